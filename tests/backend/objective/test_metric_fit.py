"""Whatever metric or loss a spec names, a training runs with it or says before its first step why it cannot."""

import json
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnspec.backend.data.input_arrays import fit_input
from cnnspec.backend.data.splits import Split
from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.objective.loss import check_labels, choose_loss
from cnnspec.backend.train import train
from cnnspec.graph.heads import heads
from cnnspec.language.losses import Loss
from cnnspec.language.metrics import Metric
from cnnspec.layers.kind import read_kind
from cnnspec.results.events import Event, StepsDone
from cnnspec.results.failure import RunFailed
from cnnspec.runs.folder import open_run
from cnnspec.source.diagnostic import Rejected
from tests.support.objectives import head_of, metric_of
from tests.support.small_runs import written_spec
from tests.support.spec_texts import graph_of

NUMBERS = np.arange(12) % 3
CASES = {
    "numbers": ("units: 3, activation: softmax", NUMBERS),
    "yes-no": ("units: 1, activation: sigmoid", NUMBERS % 2),
    "one-hot": ("units: 3, activation: softmax", np.eye(3, dtype="float32")[NUMBERS]),
    "floats": ("units: 1", np.linspace(-1, 2, 12).astype("float32")),
}
WRONG = {
    "numbers": {"binary_accuracy", "iou", "top_k_categorical_accuracy"},
    "yes-no": {"categorical_accuracy", "one_hot_mean_iou", "sparse_categorical_accuracy"},
    "one-hot": {"sparse_categorical_accuracy", "binary_accuracy", "mean_iou"},
    "floats": {"accuracy", "auc", "binary_accuracy", "categorical_accuracy", "f1_score", "precision"},
}
"""What would say nothing: a third of all zeros and ones is right by itself, of one unit one is always the largest."""
FIT = {"numbers": "sparse_categorical_crossentropy", "yes-no": "binary_crossentropy"}


def spec_of(folder: Path, case: str, loss: str = "auto", metrics: str = "[]") -> Any:
    head, labels = CASES[case]
    x = np.random.default_rng(0).normal(0, 1, (12, 4)).astype("float32")
    np.savez(folder / "train.npz", x=x, y=labels)
    return written_spec(
        folder,
        f"inputs: {{x: [4]}}\nmodel: [{{dense: {{{head}}}}}]\ndata: {{source: arrays, train: train.npz}}\n"
        f"training: {{epochs: 1, batch_size: 6, seed: 1, optimizer: sgd, loss: {loss}, metrics: {metrics}}}\n",
    )


def outcome(folder: Path, case: str, loss: str = "auto", metrics: str = "[]") -> dict[str, float] | Rejected:
    """The figures of two steps, or the refusal."""
    return came_of(folder, spec_of(folder, case, loss, metrics))


def came_of(folder: Path, spec: Any) -> dict[str, float] | Rejected:
    """The same of a spec and its graph; after a refusal there is no run folder."""
    try:
        return dict(train(*spec, runs_dir=folder / "runs").metrics)
    except Rejected as refusal:
        assert not (folder / "runs").exists() and all(d.span for d in refusal.diagnostics)
        return refusal


def written(metric: Metric) -> str:
    arguments = ", ".join(f"{key}: {list(v) if isinstance(v, tuple) else v}" for key, v in metric.written().items())
    return f"{{{metric.kind}: {{{arguments}}}}}" if arguments else metric.kind


@pytest.mark.parametrize("case", CASES)
def test_every_metric_trains_or_is_refused(tmp_path: Path, case: str) -> None:
    """One by one until none is refused; those that are left train together."""
    left = sorted(Metric.members)
    for _ in range(len(left)):
        listed = ", ".join(written(metric_of(kind)) for kind in left)
        result = outcome(tmp_path, case, metrics=f"[{listed}]")
        if not isinstance(result, Rejected):
            break
        (diagnostic,) = result.diagnostics
        assert diagnostic.code == "metric-mismatch" and diagnostic.help
        left.remove(diagnostic.message.split(",")[0].removeprefix("metric "))
    assert isinstance(result, dict)
    assert ("accuracy" in left) == (case != "floats") and not WRONG[case] & set(left)


def spec_under(folder: Path, case: str, losses: list[str]) -> Any:
    """A network with an output for each loss, which learn the same; whatever is said of one is in a line of its own."""
    head, labels = CASES[case]
    x = np.random.default_rng(0).normal(0, 1, (12, 4)).astype("float32")
    np.savez(folder / "train.npz", x=x, **{f"under_{kind}": labels for kind in losses})
    lines = [
        "inputs: {x: [4]}\nmodel:",
        *(f"  under_{kind}: [dense: {{{head}, from: x}}]" for kind in losses),
        "outputs:",
        *(f"  under_{kind}: under_{kind}" for kind in losses),
        "data: {source: arrays, train: train.npz}\ntraining:\n  epochs: 1\n  batch_size: 6\n  seed: 1",
        "  optimizer: sgd\n  loss:",
        *(f"    under_{kind}: {kind}" for kind in losses),
    ]
    return written_spec(folder, "\n".join(lines) + "\n")


def refused_in(folder: Path, refusal: Rejected) -> set[str]:
    """The losses in whose lines of the spec something is refused."""
    lines = (folder / "small.yaml").read_text().splitlines()
    found = [re.search(r"under_(\w+):", lines[each.span.line - 1]) for each in refusal.diagnostics if each.span]
    return {match[1] for match in found if match}


LOSSES = sorted({member.stock: kind for kind, member in Loss.members.items()}.values())
WITHOUT_LOGARITHM = {"floats": {"poisson"}}
"""Losses that take the logarithm of an output that may have none: tried alone, since no number is the end of all."""


@pytest.mark.parametrize("case", CASES)
def test_every_loss_trains_or_is_refused(tmp_path: Path, case: str) -> None:
    """Each for an output of its own, until none is refused; those that are left train together."""
    left = [kind for kind in LOSSES if kind not in WITHOUT_LOGARITHM.get(case, ())]
    while isinstance(result := came_of(tmp_path, spec_under(tmp_path, case, left)), Rejected):
        refused = refused_in(tmp_path, result)
        assert refused
        left = [kind for kind in left if kind not in refused]
    assert {f"under_{kind}_loss" for kind in left} <= set(result) and np.isfinite(list(result.values())).all()
    fit = [kind for kind in left if Loss.members[kind].stock == Loss.members[FIT.get(case, left[0])].stock]
    assert "ctc" not in left and fit


@pytest.mark.parametrize("case", WITHOUT_LOGARITHM)
def test_a_loss_without_a_logarithm_may_end_as_no_number_which_is_said(tmp_path: Path, case: str) -> None:
    for kind in WITHOUT_LOGARITHM[case]:
        with pytest.raises(RunFailed) as failure:
            outcome(tmp_path, case, kind)
        assert failure.value.diagnostics[0].code == "loss-not-finite"


def test_a_refused_metric_is_named_with_its_labels_its_output_its_place_and_another(tmp_path: Path) -> None:
    result = outcome(tmp_path, "one-hot", metrics="[accuracy, sparse_categorical_accuracy]")
    assert isinstance(result, Rejected)
    (diagnostic,) = result.diagnostics
    assert diagnostic.message == (
        "metric sparse_categorical_accuracy, where the output has shape (3,) and the labels in"
        f" {tmp_path / 'train.npz'}[y] are float32, of shape (3,); expected a metric that takes one-hot labels"
    )
    assert diagnostic.help == "write categorical_accuracy"
    assert diagnostic.span is not None and (diagnostic.span.line, diagnostic.span.width) == (6, 27)


def test_what_keras_says_of_a_loss_stands_in_the_refusal(tmp_path: Path) -> None:
    result = outcome(tmp_path, "numbers", loss="ctc")
    assert isinstance(result, Rejected) and "(Keras: " in result.diagnostics[0].message
    assert "\n" not in result.diagnostics[0].message


def test_single_labels_are_compared_as_keras_compares_a_column(tmp_path: Path) -> None:
    spec, graph = spec_of(tmp_path, "yes-no", metrics="[{f1_score: {threshold: 0.5}}, auc, mae]")
    folder = open_run(Path(train(spec, graph, runs_dir=tmp_path / "runs").run))
    evaluation = evaluate(folder, spec, graph, split="train", data_root=tmp_path)
    model = keras.models.load_model(folder.best)
    model.compile(loss="binary_crossentropy", metrics=[keras.metrics.F1Score(threshold=0.5), "auc", "mae"])
    examples = np.load(tmp_path / "train.npz")
    theirs = model.evaluate(examples["x"], examples["y"][:, None], verbose=0, return_dict=True)
    ours = sorted([evaluation.loss, *evaluation.metrics.values()])
    assert ours == pytest.approx(sorted(float(np.squeeze(value)) for value in theirs.values()), abs=1e-6)


def test_a_step_that_tensorflow_refuses_ends_the_run_with_its_first_words(tmp_path: Path) -> None:
    def refuse(event: Event) -> None:
        if isinstance(event, StepsDone):
            tf.zeros(2) + tf.zeros(3)

    with pytest.raises(RunFailed, match=r"TensorFlow stopped at a step: .*shapes.*") as failure:
        train(*spec_of(tmp_path, "numbers"), runs_dir=tmp_path / "runs", on_event=refuse)
    assert failure.value.diagnostics[0].code == "step-failed" and "\n" not in str(failure.value)
    (result,) = (tmp_path / "runs").glob("*/result.json")
    held = json.loads(result.read_text())
    assert held["status"] == "failed" and held["reason"].startswith("TensorFlow stopped")


IMAGES = np.zeros((12, 8, 8, 1), "float32")
HELPS = {
    "one-hot": ("dense: {units: 3, activation: softmax}", np.eye(3)[NUMBERS], "write loss: categorical_crossentropy"),
    "from 1": ("dense: {units: 3, activation: softmax}", NUMBERS + 1, "the labels start at 1: subtract 1"),
    "below 0": (
        "dense: {units: 3, activation: softmax}",
        NUMBERS - 1,
        "number the classes from 0; if -1 means no label",
    ),
    "beyond": ("dense: {units: 2, activation: softmax}", NUMBERS, "give the last layer 3 units"),
}


@pytest.mark.parametrize("case", HELPS)
def test_labels_that_do_not_fit_a_sparse_loss_are_told_what_to_write(case: str) -> None:
    last, labels, help = HELPS[case]
    sparse = read_kind("loss", Loss.members, "sparse_categorical_crossentropy")
    assert isinstance(sparse, Loss)
    with pytest.raises(Rejected) as refusal:
        check_labels(sparse, head_of(last), Split("train", {"x": IMAGES}, {"output": labels}))
    assert refusal.value.diagnostics[0].help.startswith(help)


@pytest.mark.parametrize(
    ("model", "help"),
    [
        ("flatten, dense: {units: 3, activation: sigmoid}", "write activation: softmax in the last layer"),
        ("flatten, dense: {units: 3, activation: relu}", "write activation: softmax in the last layer"),
        ("dense: {units: 3, activation: softmax}", "put flatten or global_avg_pool before the last layer"),
    ],
)
@pytest.mark.parametrize("labels", [NUMBERS, NUMBERS[:, None]], ids=["numbers", "column"])
def test_auto_tells_what_the_network_lacks_for_class_numbers(model: str, help: str, labels: np.ndarray) -> None:
    head = heads(graph_of(f"inputs: {{x: [8, 8, 1]}}\nmodel: [{model}]"))[0]
    with pytest.raises(Rejected) as refusal:
        choose_loss("auto", head, labels, "here")
    assert refusal.value.diagnostics[0].help == help


def test_a_column_of_class_numbers_is_sparse_and_trains_as_without_its_axis(tmp_path: Path) -> None:
    """As the labels of CIFAR-10 come."""
    spec, graph = spec_of(tmp_path, "numbers", metrics="[accuracy]")
    flat = train(spec, graph, runs_dir=tmp_path / "runs").metrics
    examples = np.load(tmp_path / "train.npz")
    np.savez(tmp_path / "train.npz", x=examples["x"], y=examples["y"][:, None])
    assert train(spec, graph, runs_dir=tmp_path / "runs").metrics == flat


def test_channels_first_is_told_to_be_transposed() -> None:
    with pytest.raises(Rejected) as refusal:
        fit_input(np.zeros((12, 3, 8, 6)), (8, 6, 3), "x.npy")
    assert refusal.value.diagnostics[0].help == "transpose the data to channels last"


@pytest.mark.parametrize(
    ("old", "new", "code", "underlined"),
    [
        ("train: train.npz", "train: train.npz, test: gone/train.npz", "no-file", "gone/train.npz"),
        ("units: 3", "units: 2", "label-range", "dense"),
        ("loss: auto", "loss: mse", "label-shape", "loss: mse"),
        ("seed: 1", "class_weight: {cat: 1}", "class-weight", "class_weight: {cat: 1}"),
        ("seed: 1", "optimizer: {sgd: {learning_rate: {cosine: {peak: 1, warmup: 9}}}}", "bad-schedule", "optimizer"),
    ],
)
def test_what_the_data_brings_to_light_is_placed_in_the_spec(
    tmp_path: Path, old: str, new: str, code: str, underlined: str
) -> None:
    spec_of(tmp_path, "numbers")
    path = tmp_path / "small.yaml"
    text = path.read_text().split("\n", 2)[2].replace(old, new)
    with pytest.raises(Rejected) as refusal:
        train(*written_spec(tmp_path, text), runs_dir=tmp_path / "runs")
    (diagnostic,) = refusal.value.diagnostics
    span = diagnostic.span
    assert diagnostic.code == code and span is not None
    line = path.read_text().splitlines()[span.line - 1]
    assert line[span.column - 1 : span.column - 1 + span.width].startswith(underlined)
