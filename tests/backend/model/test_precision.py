"""Precision and XLA: what runs in which numbers, that it learns, and what `auto` becomes."""

import json
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.backend.auto.race import Timed
from cnnspec.backend.auto.settle import has_bfloat16, settled
from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.model.build import build_model, save_model
from cnnspec.backend.model.precision import policies
from cnnspec.backend.prepared import Prepared
from cnnspec.backend.startup import make_repeatable
from cnnspec.backend.steps.stepper import Stepper, make_ready
from cnnspec.backend.train import train
from cnnspec.language.location import locate
from cnnspec.results.failure import RunFailed
from cnnspec.runs.folder import open_run
from cnnspec.source.diagnostic import Rejected
from tests.support.small_loops import agree, batches_of, fitted, learner_of, prepared, trained
from tests.support.small_runs import ALONE, DATA, MODEL, SMALLEST, examples, small_spec, written_spec
from tests.support.spec_texts import graph_of, read

MIXED = ["mixed_bfloat16", "mixed_float16"]
CALM = MODEL.replace("  - dropout: 0.2\n", "")
"""The small network without what is drawn differently under XLA."""


@pytest.fixture
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trial's verdict does not matter."""
    monkeypatch.setattr("cnnspec.backend.auto.race._SECONDS", 0.01)


def in_whole_batches(folder: Path, training: str, model: str = MODEL, data: str = DATA) -> Any:
    """The small spec without examples left over, since each other size of a batch is compiled anew."""
    read = small_spec(folder, training, model, data)
    for path in folder.glob("*.npz"):
        held = np.load(path)
        np.savez(path, **{name: values[: len(values) // 8 * 8] for name, values in held.items()})
    return read


@pytest.mark.parametrize("precision", MIXED)
def test_all_but_the_two_ends_computes_in_16_bits(tmp_path: Path, precision: str) -> None:
    """Pixels are scaled and probabilities made in float32; every weight is float32; the file says so to plain Keras."""
    _, graph = small_spec(tmp_path)
    model = build_model(graph, "small", precision)
    exact = [layer.name for layer in model.layers if layer.compute_dtype == "float32"]
    assert exact == ["image", "rescaling1", "dense1"] and len(model.layers) > 6
    assert {weight.dtype for weight in model.weights} == {"float32"} and model.output.dtype == "float32"
    assert keras.config.dtype_policy().name == "float32"
    save_model(model, tmp_path / "model.keras")
    opened, (pictures, _) = keras.models.load_model(tmp_path / "model.keras"), examples(5)
    assert [layer.compute_dtype for layer in opened.layers] == [layer.compute_dtype for layer in model.layers]
    assert np.array_equal(opened(pictures), model(pictures))


@pytest.mark.parametrize(
    "first",
    ["gaussian_noise: 0.1", "dropout: 0.1", "concat: {from: [one, two]}", "group_norm: {groups: 1}", "reshape: [2, 1]"],
)
def test_what_comes_before_the_data_is_in_range_is_exact(first: str) -> None:
    """A year that is moved, or that noise is added to, is not rounded on its way to the normalisation."""
    from_one = "" if "from" in first else "\n  - identity: {from: one}"
    written = f"inputs: {{one: [2], two: [2]}}\nmodel:{from_one}\n  - {first}\n  - normalization\n  - dense: 2\n"
    graph = graph_of(written if "from" in first else written.replace(", two: [2]", ""))
    kinds = [node.kind for node in graph.nodes]
    exact = policies(graph, "mixed_bfloat16")[: kinds.index("normalization") + 1]
    assert set(exact) == {"float32"}


@pytest.mark.parametrize("declared", ["[3]", "{shape: [3], dtype: int32}"])
def test_ids_and_raw_numbers_are_not_rounded(tmp_path: Path, declared: str) -> None:
    """bfloat16 knows no 2001, but its embedding is the one that is looked up, even where ids come as floats."""
    model = f"inputs: {{ids: {declared}}}\nmodel: [embedding: {{input_dim: 3000, output_dim: 4}}, flatten, dense: 2]\n"
    _, graph = written_spec(tmp_path, model)
    mixed, plain = build_model(graph, "ids", "mixed_bfloat16"), build_model(graph, "ids")
    plain.set_weights(mixed.get_weights())
    ids = np.array([[2001, 2999, 257]])
    tables = [keras.Model(each.input, each.layers[1].output)(ids) for each in (mixed, plain)]
    assert np.array_equal(*tables)


@pytest.mark.parametrize(("precision", "data"), [("mixed_bfloat16", DATA), ("mixed_float16", ALONE)], ids=MIXED)
def test_mixed_precision_learns_as_under_fit(tmp_path: Path, precision: str, data: str) -> None:
    """The same network with Keras' own loss scaling, on the same batches."""
    job = prepared(tmp_path, f"epochs: 6, precision: {precision}, optimizer: {{adam: 0.01}}", data=data)
    adam = keras.optimizers.Adam(0.01)
    optimizer = keras.optimizers.LossScaleOptimizer(adam) if precision == "mixed_float16" else adam
    (_, epochs), (_, history) = trained(job), fitted(job, compiled={"optimizer": optimizer})
    agree(epochs, history, 1e-3)
    assert epochs[-1].figures["loss"] < 0.8 * epochs[0].figures["loss"]


def test_only_float16_scales_the_loss(tmp_path: Path) -> None:
    for precision, scaled in (("float32", False), ("mixed_bfloat16", False), ("mixed_float16", True)):
        optimizer = learner_of(prepared(tmp_path, f"precision: {precision}"))[1].optimizer
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer) == scaled


def test_a_second_scale_of_the_loss_is_refused(tmp_path: Path) -> None:
    job = prepared(tmp_path, "precision: mixed_float16, optimizer: {adam: {loss_scale_factor: 8}}")
    with pytest.raises(Rejected, match="loss_scale_factor together with precision: mixed_float16"):
        learner_of(job)


@pytest.mark.parametrize(
    ("precision", "more", "data"),
    [
        ("float32", ", ema: {momentum: 0.9}, gradient_clip: {global_norm: 1.0}, gradient_accumulation: 2", DATA),
        ("mixed_float16", ", label_smoothing: 0.1", ALONE),
    ],
    ids=["float32", "mixed_float16"],
)
def test_a_compiled_step_trains_as_one_that_is_not(tmp_path: Path, precision: str, more: str, data: str) -> None:
    """For whole batches and for the smaller last one."""
    job = prepared(tmp_path, f"epochs: 3, optimizer: {{adam: 0.01}}, precision: {precision}{more}", CALM, data)
    (_, plain), (_, compiled) = trained(job), trained(job, xla=True)
    for mine, other in zip(plain, compiled, strict=True):
        assert mine.figures == pytest.approx(other.figures, abs=1e-3 if precision == "float32" else 0.05)


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_xla_really_compiles_a_step(tmp_path: Path, precision: str) -> None:
    job = prepared(tmp_path, f"precision: {precision}", SMALLEST, ALONE)
    _, learner = learner_of(job)
    batch = _batch(job)
    make_ready(learner, batch)
    assert "HloModule" in Stepper(learner, xla=True)._learn.function.experimental_get_compiler_ir(batch)(stage="hlo")


def _batch(job: Prepared) -> Any:
    train = batches_of(job, job.dataset.train)
    assert train is not None
    return train.gather(np.arange(8))


def test_what_auto_becomes_is_told_and_kept(tmp_path: Path, short_turns: None) -> None:
    """In the run's spec stands what was chosen, so that evaluation and a repetition compute the same."""
    training = "training: {epochs: 2, batch_size: 8, loss: auto, precision: auto, xla: auto, seed: 5}\n"
    result = train(*in_whole_batches(tmp_path, training, CALM), runs_dir=tmp_path / "runs")
    folder = open_run(Path(result.run))
    spec, graph = read(locate(str(folder.spec), print))
    assert spec.training is not None
    precision, xla = spec.training.precision, spec.training.xla
    assert precision in ("float32", "mixed_bfloat16") and isinstance(xla, bool)
    told = json.loads(folder.environment.read_text())["auto"]
    assert told["precision"].startswith(f"{precision} (") and told["xla"].startswith(f"{str(xla).lower()} (")
    assert "no instructions" in told["precision"] or re.search(
        r"trial .* ms a step, .*(turns|too few)", told["precision"]
    )
    assert "of compiling" in told["xla"] and re.search("turns|too few", told["xla"])
    assert evaluate(folder, spec, graph).loss == pytest.approx(result.metrics["test_loss"], abs=1e-6)


POOLED = CALM.replace("  - flatten\n", "  - max_pool: 2\n  - flatten\n")


def test_a_network_that_xla_refuses_trains_without_it_where_that_is_auto(tmp_path: Path, short_turns: None) -> None:
    """TensorFlow's fixed order refuses the gradient of a max pool; where XLA is written, the run fails and says so."""
    make_repeatable()
    training = "training: {epochs: 1, batch_size: 8, loss: auto, xla: %s, seed: 5}\n"
    with pytest.raises(RunFailed, match="TensorFlow stopped at a step") as failure:
        train(*small_spec(tmp_path, training % "true", POOLED, ALONE), runs_dir=tmp_path / "runs")
    assert failure.value.diagnostics[0].help.startswith("XLA does not compile this network")
    folder = open_run(
        Path(train(*small_spec(tmp_path, training % "auto", POOLED, ALONE), runs_dir=tmp_path / "runs").run)
    )
    told = json.loads(folder.environment.read_text())["auto"]["xla"]
    assert told == "false (XLA does not compile this network)"


def test_a_choice_must_save_a_tenth_of_the_training_and_win_every_turn() -> None:
    """Compiling counts: what is worth it over thousands of steps is not over ten."""
    usual, quick = Timed(first=1.0, turns=(0.010, 0.011)), Timed(first=6.0, turns=(0.006, 0.005))
    assert quick.saves(usual, 10_000) and not quick.saves(usual, 10)
    assert not Timed(1.0, (0.0095, 0.0096)).saves(usual, 10_000)
    assert not Timed(1.0, (0.005, 0.020)).saves(usual, 10_000), "once another program made the usual way slower"


@pytest.mark.parametrize(
    ("turns", "steps", "verdict"),
    [
        ((0.006, 0.005), 10_000, "quicker by a tenth in each of 2 turns"),
        ((0.006, 0.020), 10_000, "quicker by a tenth in 1 of 2 turns"),
        ((0.012, 0.010), 10_000, "quicker by a tenth in none of 2 turns"),
        ((0.006, 0.005), 10, "10 steps are too few to win back the longer start"),
    ],
)
def test_a_verdict_is_the_reason_of_the_choice(turns: tuple[float, ...], steps: int, verdict: str) -> None:
    usual, other = Timed(first=1.0, turns=(0.010, 0.011)), Timed(first=6.0, turns=turns)
    assert other.verdict(usual, steps) == verdict
    assert other.saves(usual, steps) == ("each" in verdict)


@pytest.mark.parametrize(
    ("told", "can"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx512f avx512_bf16\n", True),
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512f\n", False),
        ("processor\t: 0\nFeatures\t: fp asimd bf16\n", True),
        ("processor\t: 0\n", None),
        (None, None),
    ],
)
def test_the_processor_is_asked_for_bfloat16(tmp_path: Path, told: str | None, can: bool | None) -> None:
    """On x86 and ARM under Linux; where nobody tells, the trial alone decides."""
    if told is not None:
        (tmp_path / "cpuinfo").write_text(told)
    assert has_bfloat16(tmp_path / "cpuinfo") is can


def test_without_instructions_for_it_bfloat16_is_not_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnspec.backend.auto.settle.has_bfloat16", lambda: False)
    done = settled(prepared(tmp_path, "precision: auto"), None)
    assert done.training.precision == "float32"
    assert done.objective.auto["precision"] == "float32 (this processor has no instructions for bfloat16)"


def test_nothing_is_tried_where_nothing_is_auto(tmp_path: Path) -> None:
    job = prepared(tmp_path, "precision: mixed_bfloat16, xla: true")
    assert settled(job, None) is job


def test_a_compiled_run_repeats_itself(tmp_path: Path) -> None:
    training = "training: {epochs: 2, batch_size: 8, loss: auto, xla: true, seed: 5}\n"
    read = in_whole_batches(tmp_path, training, MODEL.replace("norm: batch, ", ""), ALONE)
    first, again = (train(*read, runs_dir=tmp_path / "runs") for _ in range(2))
    assert first.metrics and first.metrics == again.metrics
