"""Whatever an output gives, its loss reads and its labels are, metrics are scikit-learn's on the probabilities."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax
from sklearn import metrics as theirs

from cnnspec.backend.data.splits import Split
from cnnspec.backend.objective.keras_loss import build_loss
from cnnspec.backend.objective.label_forms import become_rows
from cnnspec.backend.objective.loss import check_labels, choose_loss
from cnnspec.backend.objective.metric_fit import check_metrics, form_of
from cnnspec.backend.objective.metrics import build_metrics
from cnnspec.backend.objective.output_reading import answer_to
from cnnspec.graph.heads import Head
from cnnspec.language.losses import Loss
from cnnspec.language.metrics import Metric
from cnnspec.language.training import Training
from cnnspec.layers.kind import read_kind
from cnnspec.source.diagnostic import Rejected
from tests.support.objectives import head_ending_in, metric_of

CLASSES = 3
_LOGITS = {"from_logits": True}
LOSSES: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "one": [
        ("sigmoid", "binary_crossentropy", {}),
        ("hard_sigmoid", "binary_focal_crossentropy", {}),
        ("sigmoid", "mean_squared_error", {}),
        ("linear", "binary_crossentropy", _LOGITS),
        ("linear", "binary_focal_crossentropy", {**_LOGITS, "gamma": 1.0}),
    ],
    "several": [
        ("softmax", "sparse_categorical_crossentropy", {}),
        ("softmax", "categorical_crossentropy", {"label_smoothing": 0.1}),
        ("sparsemax", "categorical_focal_crossentropy", {}),
        ("softmax", "mean_squared_error", {}),
        ("softmax", "kl_divergence", {}),
        ("linear", "sparse_categorical_crossentropy", _LOGITS),
        ("linear", "categorical_crossentropy", _LOGITS),
        ("linear", "categorical_focal_crossentropy", _LOGITS),
        ("log_softmax", "sparse_categorical_crossentropy", _LOGITS),
    ],
    "labels": [
        ("sigmoid", "binary_crossentropy", {}),
        ("sigmoid", "dice", {}),
        ("linear", "binary_crossentropy", _LOGITS),
        ("linear", "binary_focal_crossentropy", _LOGITS),
    ],
}
"""What an output ends in, and the loss that reads it, by what it says."""


@dataclass(frozen=True)
class Drawn:
    """An output under its loss, what it gave for some examples, their labels, and what both come to."""

    head: Head
    outputs: np.ndarray
    labels: np.ndarray
    truth: np.ndarray
    """Zeros and ones (n, units)."""
    probabilities: np.ndarray

    @property
    def yes(self) -> np.ndarray:
        """Which probabilities are above a half."""
        return self.probabilities > 0.5


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    form = draw(st.sampled_from(sorted(LOSSES)))
    activation, kind, arguments = draw(st.sampled_from(LOSSES[form]))
    units = 1 if form == "one" else CLASSES
    loss = read_kind("loss", Loss.members, {kind: arguments})
    assert isinstance(loss, Loss)
    head = head_ending_in(activation, (units,)).under(loss)
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(8, 24))
    scores = random.normal(0, 2, (count, units)).astype("float32")
    numbers = np.concatenate([np.arange(CLASSES), random.integers(0, CLASSES, count - CLASSES)])
    if form == "several":
        truth, given = np.eye(CLASSES, dtype="int32")[numbers], softmax(scores, axis=1)
        sparse = kind != "mean_squared_error" and draw(st.booleans())
        labels = numbers if sparse or loss.compares == "numbers" else truth
        labels = labels[:, None] if labels.ndim == 1 and draw(st.booleans()) else labels
    else:
        truth, given = random.integers(0, 2, (count, units)), expit(scores)
        truth[0], truth[1] = 0, 1
        labels = truth
    outputs = scores if activation == "linear" else scores - np.log(np.exp(scores).sum(1, keepdims=True))
    outputs = given if activation not in ("linear", "log_softmax") else outputs
    return Drawn(head, outputs.astype("float32"), labels.astype("int32"), truth, given)


def figure(metric: Metric, of: Drawn) -> Any:
    """The metric over two batches, once it has been checked against the labels; raises Rejected."""
    split = Split("train", {"x": of.outputs}, {of.head.name: of.labels})
    assert of.head.loss is not None
    check_labels(of.head.loss, of.head, split)
    check_metrics({of.head.name: (metric,)}, (of.head,), split, Training())
    (built,) = build_metrics([metric], of.head, of.labels.shape[1:], form_of(of.head, of.labels))
    for rows in (slice(0, 5), slice(5, None)):
        built.update_state(of.labels[rows], of.outputs[rows])
    return np.asarray(built.result())


def decided(of: Drawn) -> np.ndarray:
    """What the output says, in zeros and ones."""
    if form_of(of.head, of.labels) == "class" and of.head.units > 1:
        return np.eye(CLASSES, dtype="int32")[of.probabilities.argmax(1)]
    return (of.probabilities > 0.5).astype("int32")


ORACLES: dict[str, Any] = {
    "accuracy": lambda of, said: theirs.accuracy_score(*_single(of, said)),
    "binary_accuracy": lambda of, said: (of.truth == said).mean(),
    "categorical_accuracy": lambda of, said: theirs.accuracy_score(*_single(of, said)),
    "f1_score": lambda of, said: _each(theirs.f1_score, of, said),
    "fbeta_score": lambda of, said: _each(partial(theirs.fbeta_score, beta=1), of, said),
    "precision": lambda of, _: theirs.precision_score(
        of.truth.ravel(), of.probabilities.ravel() > 0.5, zero_division=0
    ),
    "recall": lambda of, _: theirs.recall_score(of.truth.ravel(), of.probabilities.ravel() > 0.5, zero_division=0),
    "auc": lambda of, _: theirs.roc_auc_score(of.truth.ravel(), of.probabilities.ravel()),
    "crossentropy": lambda of, _: _entropy(of),
    "mean_squared_error": lambda of, _: ((of.truth - of.probabilities) ** 2).mean(),
    "mean_absolute_error": lambda of, _: np.abs(of.truth - of.probabilities).mean(),
    "top_k_categorical_accuracy": lambda of, _: theirs.top_k_accuracy_score(
        of.truth.argmax(1), of.probabilities, k=2, labels=range(CLASSES)
    ),
}
STRICT: dict[str, dict[str, Any]] = {
    "precision_at_recall": {"recall": 0.95}, "recall_at_precision": {"precision": 0.95},
    "sensitivity_at_specificity": {"specificity": 0.95}, "specificity_at_sensitivity": {"sensitivity": 0.95},
    "top_k_categorical_accuracy": {"k": 1}, "sparse_top_k_categorical_accuracy": {"k": 1},
}  # fmt: skip
"""What not even saying yes to all reaches."""
ARGUMENTS: dict[str, dict[str, Any]] = {"auc": {"num_thresholds": 5000}, "top_k_categorical_accuracy": {"k": 2}}


def _single(of: Drawn, said: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Class numbers; of labels that go together, each for itself."""
    if form_of(of.head, of.labels) == "class" and of.head.units > 1:
        return of.truth.argmax(1), said.argmax(1)
    return of.truth.ravel(), said.ravel()


def _entropy(of: Drawn) -> float:
    if form_of(of.head, of.labels) == "class" and of.head.units > 1:
        return float(theirs.log_loss(of.truth.argmax(1), of.probabilities, labels=range(CLASSES)))
    pairs = zip(of.truth.T, of.probabilities.T, strict=True)
    return float(np.mean([theirs.log_loss(truth, given, labels=(0, 1)) for truth, given in pairs]))


def _each(score: Any, of: Drawn, said: np.ndarray) -> Any:
    """The score of each label, or class, or of yes alone."""
    columns = zip(of.truth.T, said.T, strict=True)
    return [score(truth, decided, zero_division=0) for truth, decided in columns]


@settings(deadline=None)
@given(drawn(), st.sampled_from(sorted(ORACLES)))
def test_a_metric_is_scikit_learns_on_the_probabilities(of: Drawn, kind: str) -> None:
    """Or it is refused, where it would say nothing of such an output."""
    of = _exact(of)
    assume(
        kind != "auc" or np.diff(np.sort(of.probabilities, axis=None)).min() > 2 / ARGUMENTS["auc"]["num_thresholds"]
    )
    try:
        ours = figure(metric_of(kind, **ARGUMENTS.get(kind, {})), of)
    except Rejected as refusal:
        (diagnostic,) = refusal.diagnostics
        assert diagnostic.code == "metric-mismatch" and diagnostic.help
        single = of.head.units == 1 or form_of(of.head, of.labels) == "labels"
        assert kind == "binary_accuracy" if not single else kind.endswith("categorical_accuracy")
        return
    assert ours == pytest.approx(ORACLES[kind](of, decided(of)), abs=2e-3 if kind == "auc" else 1e-5)


def _exact(of: Drawn) -> Drawn:
    """With the probabilities as they come out in single precision, none at the very threshold."""
    probabilities = of.probabilities.astype("float32")
    if of.head.scale != "logits":
        probabilities = of.outputs
    assume(np.abs(probabilities - 0.5).min() > 1e-4)
    return replace(of, probabilities=probabilities)


@settings(deadline=None)
@given(drawn(), st.sampled_from(sorted(Metric.members)))
def test_no_metric_is_silently_constant(of: Drawn, kind: str) -> None:
    """What is always right, and what is always wrong, have two figures."""
    metric, figures = metric_of(kind, **STRICT.get(kind, {})), []
    right = np.where(of.truth == 1, 8.0, -8.0)
    wrong = np.roll(right, 1, axis=1) if form_of(of.head, of.labels) == "class" and of.head.units > 1 else -right
    try:
        for scores in (right, wrong):
            outputs = softmax(scores, axis=1) if of.head.of_shares else expit(scores)
            outputs = scores if of.head.scale == "logits" else outputs
            figures.append(figure(metric, replace(of, outputs=outputs.astype("float32"))))
    except Rejected:
        return
    assert not np.allclose(*figures), figures


@settings(deadline=None)
@given(drawn())
def test_a_loss_takes_class_numbers_and_rows_alike_and_evaluation_reads_the_same_probabilities(of: Drawn) -> None:
    head, loss = of.head, of.head.loss
    assert loss is not None
    ours = build_loss(loss, rows=become_rows(of.labels, head))(of.labels, of.outputs)
    if loss.compares != "numbers":
        assert float(ours) == pytest.approx(float(build_loss(loss)(of.truth.astype("float32"), of.outputs)), rel=1e-5)
    answer = answer_to(of.labels, head, ())
    read = answer.probabilities(of.outputs)[..., -head.units :]
    wanted = of.probabilities if head.scale == "logits" else of.outputs
    assert np.allclose(read, wanted, atol=1e-5)


def test_what_stands_for_no_label_counts_in_no_metric() -> None:
    """Places of a map whose class the loss ignores, for metrics of numbers and of rows."""
    loss = read_kind("loss", Loss.members, {"sparse_categorical_crossentropy": {"ignore_class": -1}})
    assert isinstance(loss, Loss)
    head = head_ending_in("softmax", (2, 2, CLASSES)).under(loss)
    random = np.random.default_rng(1)
    outputs = softmax(random.normal(0, 2, (6, 2, 2, CLASSES)), axis=-1).astype("float32")
    labels = random.integers(-1, CLASSES, (6, 2, 2)).astype("int32")
    there = labels >= 0
    said, true = outputs.argmax(-1)[there], labels[there]
    split = Split("train", {"x": outputs}, {head.name: labels})
    listed = tuple(map(metric_of, ("accuracy", "f1_score", "crossentropy")))
    check_metrics({head.name: listed}, (head,), split, Training())
    built = build_metrics(listed, head, labels.shape[1:])
    for metric in built:
        metric.update_state(labels, outputs)
    accuracy, f1, entropy = (np.asarray(metric.result()) for metric in built)
    assert accuracy == pytest.approx((said == true).mean())
    assert f1 == pytest.approx(theirs.f1_score(true, said, average=None, labels=range(CLASSES)), abs=1e-5)
    assert entropy == pytest.approx(theirs.log_loss(true, outputs[there], labels=range(CLASSES)), abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "arguments", "oracle"),
    [
        ("precision", {"class_id": 1}, lambda true, p: theirs.precision_score(true == 1, p[:, 1] > 0.5)),
        ("recall", {"class_id": 2}, lambda true, p: theirs.recall_score(true == 2, p[:, 2] > 0.5)),
        ("f1_score", {"average": "macro"}, lambda true, p: theirs.f1_score(true, p.argmax(1), average="macro")),
        ("auc", {"num_thresholds": 5000}, lambda true, p: theirs.roc_auc_score(np.eye(3)[true].ravel(), p.ravel())),
        (
            "mean_iou",
            {"num_classes": 3, "sparse_y_pred": False},
            lambda true, p: theirs.jaccard_score(true, p.argmax(1), average="macro"),
        ),
        ("true_positives", {}, lambda true, p: (p[np.arange(len(true)), true] > 0.5).sum()),
        ("accuracy", {}, lambda true, p: (p.argmax(1) == true).mean()),
    ],
)
@pytest.mark.parametrize("logits", [False, True])
def test_padding_counts_in_no_metric(kind: str, arguments: dict[str, Any], oracle: Any, logits: bool) -> None:
    """Steps that a mask leaves out, also for metrics of Keras that know no masks."""
    loss = read_kind("loss", Loss.members, {"sparse_categorical_crossentropy": _LOGITS if logits else {}})
    assert isinstance(loss, Loss)
    head, random = head_ending_in("linear" if logits else "softmax", (5, CLASSES)).under(loss), np.random.default_rng(2)
    scores, labels = random.normal(0, 1, (21, 5, CLASSES)), random.integers(0, CLASSES, (21, 5))
    given, there = softmax(scores, axis=-1), random.random((21, 5)) < 0.6
    (built,) = build_metrics([metric_of(kind, **arguments)], head, labels.shape[1:])
    for rows in (slice(0, 16), slice(16, 21)):
        outputs: Any = keras.ops.convert_to_tensor((scores if logits else given)[rows], "float32")
        outputs._keras_mask = keras.ops.convert_to_tensor(there[rows])
        built.update_state(keras.ops.convert_to_tensor(labels[rows], "int32"), outputs)
    assert float(built.result()) == pytest.approx(oracle(labels[there], given[there]), abs=1e-3)


def test_the_area_under_the_curve_of_logits_is_that_of_the_softmax_though_told_of_logits() -> None:
    loss = read_kind("loss", Loss.members, {"sparse_categorical_crossentropy": _LOGITS})
    assert isinstance(loss, Loss)
    head, random = head_ending_in("linear").under(loss), np.random.default_rng(3)
    scores, labels = random.normal(0, 2, (40, CLASSES)).astype("float32"), random.integers(0, CLASSES, 40)
    (built,) = build_metrics([metric_of("auc", from_logits=True, num_thresholds=5000)], head, ())
    built.update_state(labels, scores)
    expected = theirs.roc_auc_score(np.eye(CLASSES)[labels].ravel(), softmax(scores, axis=1).ravel())
    assert float(built.result()) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(
    ("activation", "shape", "labels", "help"),
    [
        ("softmax", (3,), np.array([0.0, 1.0, 2.0]), "save the labels as integers"),
        ("linear", (3,), np.array([0.0, 1.0, 2.0]), "save the labels as integers"),
        ("sigmoid", (3,), np.array([0, 1, 2]), "write activation: softmax in the last layer"),
    ],
)
def test_auto_tells_what_to_do_about_labels_in_another_form(
    activation: str, shape: tuple[int, ...], labels: np.ndarray, help: str
) -> None:
    with pytest.raises(Rejected) as refusal:
        choose_loss("auto", head_ending_in(activation, shape), labels, "here")
    assert refusal.value.diagnostics[0].help == help


@pytest.mark.parametrize(
    ("activation", "units", "loss", "labels", "code"),
    [
        ("sigmoid", 1, "binary_crossentropy", [1, 2, 1, 2], "label-range"),
        ("sigmoid", 3, "binary_crossentropy", [[0, 1, 2]] * 4, "label-range"),
        ("softmax", 3, "categorical_crossentropy", [[1, 1, 0]] * 4, "label-kind"),
        ("softmax", 3, "categorical_crossentropy", [0, 1, 3, 2], "label-range"),
    ],
)
def test_labels_that_no_probability_can_meet_are_refused(
    activation: str, units: int, loss: str, labels: list[Any], code: str
) -> None:
    written = read_kind("loss", Loss.members, loss)
    assert isinstance(written, Loss)
    split = Split("train", {"x": np.zeros((4, 1))}, {"output": np.array(labels)})
    with pytest.raises(Rejected) as refusal:
        check_labels(written, head_ending_in(activation, (units,)), split)
    assert refusal.value.diagnostics[0].code == code and refusal.value.diagnostics[0].help
