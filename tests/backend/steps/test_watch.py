"""What is watched is what a gradient tape and NumPy make of the same batches, and the training stays what it was."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnspec.analysis import analyse
from cnnspec.backend.prepared import Prepared, prepare
from cnnspec.backend.steps.stepper import Stepper, make_ready
from cnnspec.backend.steps.watch import Watch
from cnnspec.backend.train import train
from cnnspec.results.watched import Activity, Watched
from tests.support.small_loops import batches_of, learner_of, network_of, prepared
from tests.support.small_runs import ALONE, MODEL, SMALLEST, small_spec, written_spec

BOTH = ("gradients", "activations")
EVERY = 3
STAGES = """
inputs: {image: [6, 6, 1]}
model:
  scale: [rescaling: 0.1]
  first layer:
    - conv: {filters: 4, kernel_size: 3, norm: batch, activation: relu}
  block:
    - residual:
        shortcut: pad
        layers: [conv: {filters: 6, kernel_size: 3, strides: 2, padding: same, activation: relu}]
  head:
    - flatten
    - dense: {units: 3, activation: softmax, kernel_regularizer: {l2: 0.01}}
"""
TWICE = """
inputs: {one: [4], other: [4]}
model:
  encode: [{dense: {units: 5, activation: relu, from: one}}]
  again: [reuse: {entry: encode, from: other}]
  frozen: [concat: {from: [encode, again]}, dense: {units: 6, trainable: false}]
  yes: [dense: {units: 1, activation: sigmoid, from: frozen}]
  size: [dense: {units: 1, from: frozen}]
outputs: {answer: yes, size: size}
data: {source: synthetic, train: 40}
training: {loss: {answer: auto, size: mse}, loss_weights: {size: 0}, batch_size: 8, seed: 5}
"""
WORDS = """
inputs: {tokens: {shape: [6], dtype: int32}}
model:
  embed: [embedding: {input_dim: 50, output_dim: 4}]
  head: [global_avg_pool, dense: {units: 1, activation: sigmoid}]
data: {source: synthetic, train: 40}
training: {loss: auto, batch_size: 8, seed: 5}
"""


def watching(
    job: Prepared, kinds: tuple[str, ...] = BOTH, xla: bool = False, pause: Callable[[int], int] | None = None
) -> tuple[list[np.ndarray], Watched]:
    """What an epoch of steps leaves in a network and its optimizer, and what was seen of it."""
    learner, tensors = network_of(job)
    batches = _ready(job, learner)
    watch = Watch(job.graph, learner, tensors, kinds, EVERY) if kinds else None
    for _ in Stepper(learner, xla, watch=watch).train(batches, len(batches), 0, pause):
        pass
    variables = (*learner.variables, *learner.optimizer.variables, *learner.metrics_variables)
    return [np.asarray(variable) for variable in variables], watch.watched() if watch else Watched(0)


def _ready(job: Prepared, learner: Any) -> Any:
    """The batches of an epoch, once the network has made its variables."""
    split = batches_of(job, job.dataset.train, job.weights)
    assert split is not None
    make_ready(learner, split.gather(np.arange(1)))
    return split.over(np.arange(split.count), job.training.batch_size)


def taped(job: Prepared, outputs: Callable[[Any], list[Any]]) -> Watched:
    """The same step by step, by tapes; `outputs` are the tensors of the stages of a model."""
    model, learner = learner_of(job)
    seen: list[tuple[dict[str, float], list[list[float]]]] = []
    stages = keras.Model(learner.input, [learner.output, outputs(model)])
    for number, (inputs, labels) in enumerate(_ready(job, learner)):
        with tf.GradientTape() as tape:
            answers, inside = stages(inputs, training=True)
            loss = learner.compute_loss(y=labels, y_pred=answers)
        gradients = tape.gradient(loss, learner.trainable_variables)
        if number % EVERY == 0:
            seen.append((by_stage(learner, gradients), [activity(np.asarray(each)) for each in inside]))
        pairs = zip(gradients, learner.trainable_variables, strict=True)
        learner.optimizer.apply_gradients([pair for pair in pairs if pair[0] is not None])
    means = {name: float(np.mean([norms[name] for norms, _ in seen])) for name in seen[0][0]}
    rows = np.mean([rows for _, rows in seen], axis=0)
    titles = [stage.title for stage in job.graph.stages]
    return Watched(len(seen), means, {title: Activity(*row) for title, row in zip(titles, rows, strict=True)})


def by_stage(learner: Any, gradients: list[Any]) -> dict[str, float]:
    """Root mean squares of gradients, by the first part of the weights' names; one that is missing is zero."""
    parts: dict[str, list[np.ndarray]] = {}
    for variable, gradient in zip(learner.trainable_variables, gradients, strict=True):
        dense = tf.zeros_like(variable) if gradient is None else tf.convert_to_tensor(gradient)
        name = variable.path.partition(".")[0].replace("_", " ")
        parts.setdefault(name, []).append(np.asarray(dense, "float64").ravel())
    return {name: float(np.sqrt(np.mean(np.concatenate(each) ** 2))) for name, each in parts.items()}


def activity(output: np.ndarray) -> list[float]:
    """Mean, deviation, and the share of channels without a number but 0."""
    channels = output.reshape(-1, output.shape[-1])
    return [float(output.mean()), float(output.std()), float((channels == 0).all(axis=0).mean())]


def same(one: Watched, other: Watched, tolerance: float = 1e-5) -> None:
    """Both saw the same steps, stages and numbers."""
    assert (one.steps, list(one.gradients), list(one.activations)) == (
        other.steps,
        list(other.gradients),
        list(other.activations),
    )
    assert list(one.gradients.values()) == pytest.approx(list(other.gradients.values()), rel=tolerance)
    pairs = zip(one.activations.values(), other.activations.values(), strict=True)
    for mine, theirs in pairs:
        rows = [(each.mean, each.deviation, each.silent) for each in (mine, theirs)]
        assert rows[0] == pytest.approx(rows[1], rel=tolerance, abs=1e-6)


def test_norms_are_those_of_a_tape_on_the_same_batches(tmp_path: Path) -> None:
    """Gradients with what the regularisation adds, and what each stage puts out; the third and the sixth step too."""
    job = prepared(tmp_path, "optimizer: {sgd: {learning_rate: 0.1}}", STAGES)

    def stages(model: Any) -> list[Any]:
        return [model.get_layer(job.graph.nodes[stage.output].name).output for stage in job.graph.stages]

    seen = watching(job)[1]
    same(seen, taped(job, stages))
    assert seen.steps == 3
    assert list(seen.gradients) == ["first layer", "block", "head"]
    assert list(seen.activations) == ["scale", "first layer", "block", "head"]


def test_shared_frozen_and_unused_weights_and_several_inputs_and_outputs(tmp_path: Path) -> None:
    """Shared weights belong to the stage that made them; where a loss weighs 0, so does its gradient; frozen, none."""
    job = prepare(*written_spec(tmp_path, TWICE))

    def stages(model: Any) -> list[Any]:
        one, other = (model.get_layer("encode.dense1")(model.input[name]) for name in ("one", "other"))
        both = model.get_layer("frozen.dense1")(keras.ops.concatenate([one, other], -1))
        return [one, other, both, *(model.get_layer(f"{name}.dense1")(both) for name in ("yes", "size"))]

    seen = watching(job)[1]
    same(seen, taped(job, stages))
    assert list(seen.gradients) == ["encode", "yes", "size"]
    assert seen.gradients["size"] == 0


def test_the_gradient_of_a_table_of_words_is_that_of_all_its_rows(tmp_path: Path) -> None:
    """TensorFlow gives rows, one word's several times: they are summed before they are squared."""
    job = prepare(*written_spec(tmp_path, WORDS))
    outputs = ("embed.embedding1", "head.dense1")
    same(watching(job)[1], taped(job, lambda model: [model.get_layer(name).output for name in outputs]))


@pytest.mark.parametrize(
    ("precision", "watched"),
    [("float32", [("gradients",), ("activations",), BOTH]), ("mixed_float16", [BOTH])],
    ids=["float32", "mixed_float16"],
)
def test_watching_changes_no_bit_of_a_training(tmp_path: Path, precision: str, watched: list[tuple[str, ...]]) -> None:
    """Dropout, batch statistics, averages, loss scale: every variable is what it is when nobody watches."""
    job = prepared(tmp_path, f"optimizer: {{adam: {{learning_rate: 0.01}}}}, ema: {{}}, precision: {precision}")
    alone = watching(job, ())[0]
    for kinds in watched:
        for mine, other in zip(watching(job, kinds)[0], alone, strict=True):
            np.testing.assert_array_equal(mine, other)


def test_the_loss_scale_is_undone(tmp_path: Path) -> None:
    """In mixed_float16 gradients are those of the loss itself, as far as 16 bits tell."""
    exact = watching(prepared(tmp_path, "", STAGES))[1]
    seen = watching(prepared(tmp_path, "precision: mixed_float16", STAGES))[1]
    same(seen, exact, 0.02)


def test_with_xla_the_same_is_seen(tmp_path: Path) -> None:
    """The compiled step looks at the same steps; only its rounding is another.

    Of whole batches, since each other size is compiled anew.
    """
    job = prepared(tmp_path, "xla: true", STAGES)
    job = replace(job, dataset=replace(job.dataset, train=job.dataset.train.take(np.arange(56), "train")))
    seen = watching(job, xla=True)[1]
    assert seen.steps == 3
    same(seen, watching(job)[1], 1e-4)


def test_how_many_steps_a_call_takes_does_not_matter(tmp_path: Path) -> None:
    """To the last bit: it depends on the machine, and a resumed training stops elsewhere."""
    job = prepared(tmp_path, "", MODEL.replace("norm: batch, ", ""), ALONE)
    whole = watching(job)[1]
    assert watching(job, pause=lambda done: done + 1)[1] == whole
    assert watching(job, pause=lambda done: 5 if done < 5 else 8)[1] == whole


def test_steps_that_lost_their_numbers_do_not_count(tmp_path: Path) -> None:
    """A gradient that overflows under the loss scale says nothing of the network."""
    job = prepared(tmp_path, "", STAGES)
    learner, tensors = network_of(job)
    watch = Watch(job.graph, learner, tensors, ("gradients",), 1)
    weights = learner.trainable_variables
    watch.look([tf.ones_like(weight) * 2 for weight in weights], 2.0, ())
    watch.look([tf.ones_like(weight) * np.inf for weight in weights], 2.0, ())
    assert watch.watched() == Watched(1, {"first layer": 1.0, "block": 1.0, "head": 1.0})
    watch.begin()
    assert watch.watched().steps == 0
    assert all(np.isnan(value) for value in watch.watched().gradients.values())


def test_vanishing_gradients_are_told_beyond_the_squares_of_single_precision(tmp_path: Path) -> None:
    """A gradient of 1e-30 has a square of 1e-60, which float32 would round to 0."""
    job = prepared(tmp_path, "", STAGES)
    learner, tensors = network_of(job)
    watch = Watch(job.graph, learner, tensors, ("gradients",), 1)
    watch.look([tf.fill(weight.shape, np.float32(1e-30)) for weight in learner.trainable_variables], 1.0, ())
    assert watch.watched().gradients["head"] == pytest.approx(1e-30)


def test_a_run_keeps_what_was_watched_beside_its_figures(tmp_path: Path) -> None:
    """In each line of metrics.jsonl, while metrics.csv stays a table."""
    keys = "epochs: 2, batch_size: 8, loss: auto, metrics: [accuracy], seed: 5, optimizer: sgd"
    folders = []
    for watch in ("", ", watch: [activations, gradients]"):
        spec, graph = small_spec(tmp_path, f"training: {{{keys}{watch}}}", SMALLEST)
        folders.append(Path(train(spec, graph, runs_dir=tmp_path / "runs").run))
    tables = [(folder / "metrics.csv").read_text() for folder in folders]
    assert tables[0] == tables[1]
    rows = [json.loads(line) for line in (folders[1] / "metrics.jsonl").read_text().splitlines()]
    assert [row["watch"]["steps"] for row in rows] == [1, 1]
    assert all(0 < value < 10 for row in rows for value in row["watch"]["gradients"].values())
    assert set(rows[0]["watch"]["activations"]["flatten1"]) == {"mean", "deviation", "silent"}


def test_a_misspelt_name_is_refused_with_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text("cnnspec: 1\ninputs: {x: [8]}\nmodel: [dense: 3]\ntraining: {watch: [gradient]}\n")
    (found,) = analyse(str(path)).diagnostics
    assert found.message == 'watch.0 is "gradient", expected gradients or activations'
    assert (found.help, found.span and found.span[1:3]) == ("write gradients", (4, 20))
