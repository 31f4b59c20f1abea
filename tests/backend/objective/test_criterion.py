"""What is told of the losses of a split is what numpy makes of all its examples at once, however it was cut."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from cnnspec.backend.objective.criterion import MASK, Criterion, criterion_of
from cnnspec.language.losses import Loss
from cnnspec.language.training import Training
from cnnspec.layers.kind import read_kind
from tests.support.often import examples

PLACES, CLASSES = 3, 4


def log_of_softmax(scores: np.ndarray) -> np.ndarray:
    return (
        scores
        - scores.max(-1, keepdims=True)
        - np.log(np.exp(scores - scores.max(-1, keepdims=True)).sum(-1, keepdims=True))
    )


@dataclass(frozen=True)
class Kind:
    """A loss as it is written; what draws labels and outputs of n examples; the loss of each place by numpy."""

    written: dict[str, Any]
    draw: Callable[[Any, int], tuple[np.ndarray, np.ndarray]]
    each: Callable[[np.ndarray, np.ndarray], np.ndarray]
    smoothing: float = 0.0


def of_classes(random: Any, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Class numbers of places, -1 among them, and scores."""
    labels = random.integers(-1, CLASSES, (count, PLACES)).astype("int32")
    return labels, random.normal(size=(count, PLACES, CLASSES)).astype("float32")


def of_one(random: Any, count: int) -> tuple[np.ndarray, np.ndarray]:
    return random.integers(0, CLASSES, count).astype("int64"), random.normal(size=(count, CLASSES)).astype("float32")


def of_answers(random: Any, count: int) -> tuple[np.ndarray, np.ndarray]:
    return random.integers(0, 2, (count, 1)).astype("float32"), random.normal(size=(count, 1)).astype("float32")


def of_numbers(random: Any, count: int) -> tuple[np.ndarray, np.ndarray]:
    return random.normal(size=(count, 2)).astype("float32"), random.normal(size=(count, 2)).astype("float32")


def cross_entropy(labels: np.ndarray, scores: np.ndarray, smoothing: float = 0.0) -> np.ndarray:
    hot = np.eye(scores.shape[-1])[np.maximum(labels, 0)] * (1 - smoothing) + smoothing / scores.shape[-1]
    return -(hot * log_of_softmax(scores.astype("float64"))).sum(-1)


def yes_or_no(labels: np.ndarray, logits: np.ndarray, smoothing: float = 0.0) -> np.ndarray:
    wanted, logits = labels * (1 - smoothing) + smoothing / 2, logits.astype("float64")
    return (np.logaddexp(0, logits) - wanted * logits).mean(-1)


LOGITS = {"from_logits": True}
KINDS = {
    "classes": Kind({"sparse_categorical_crossentropy": LOGITS}, of_one, cross_entropy),
    "ignored": Kind({"sparse_categorical_crossentropy": {**LOGITS, "ignore_class": -1}}, of_classes, cross_entropy),
    "smoothed": Kind({"sparse_categorical_crossentropy": LOGITS}, of_one, lambda y, p: cross_entropy(y, p, 0.2), 0.2),
    "smoothed and ignored": Kind(
        {"sparse_categorical_crossentropy": {**LOGITS, "ignore_class": -1}},
        of_classes,
        lambda y, p: cross_entropy(y, p, 0.2),
        0.2,
    ),
    "answers": Kind({"binary_crossentropy": LOGITS}, of_answers, lambda y, p: yes_or_no(y, p, 0.2), 0.2),
    "squares": Kind({"mean_squared_error": {}}, of_numbers, lambda y, p: ((y - p) ** 2).mean(-1)),
    "distances": Kind({"mean_absolute_error": {}}, of_numbers, lambda y, p: np.abs(y - p).mean(-1)),
}


def built(kinds: dict[str, str], reduction: str, weights: dict[str, float], batch_size: int) -> Criterion:
    """A criterion of outputs by name, each with the loss of a kind, and that kind's smoothing."""
    losses = {}
    for output, kind in kinds.items():
        ((name, arguments),) = KINDS[kind].written.items()
        losses[output] = read_kind("loss", Loss.members, {name: {**arguments, "reduction": reduction}})
    smoothing = max(KINDS[kind].smoothing for kind in kinds.values())
    return criterion_of(
        losses, Training(loss_weights=weights or None, label_smoothing=smoothing, batch_size=batch_size)
    )


def cuts(count: int, sizes: list[int]) -> list[slice]:
    """Batches of these sizes, over and over, until all are in one."""
    found: list[slice] = []
    while not found or found[-1].stop < count:
        start = found[-1].stop if found else 0
        found.append(slice(start, min(count, start + sizes[len(found) % len(sizes)])))
    return found


def masked(outputs: np.ndarray, mask: np.ndarray | None) -> Any:
    tensor = tf.constant(outputs)
    if mask is not None:
        setattr(tensor, MASK, tf.constant(mask))
    return tensor


SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=3)
REDUCTIONS = st.sampled_from(["sum_over_batch_size", "mean", "mean_with_sample_weight", "sum"])


@settings(max_examples=examples(30, 60), deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.integers(1, 60), SIZES, REDUCTIONS, st.booleans(), st.integers(0, 99))
def test_the_loss_of_an_output_is_the_mean_over_all_that_counts(
    kind: str, count: int, sizes: list[int], reduction: str, masks: bool, seed: int
) -> None:
    """Places that a mask or an ignored class leaves out do not count; under `sum` it is the sum of a full batch."""
    random = np.random.default_rng(seed)
    labels, outputs = KINDS[kind].draw(random, count)
    each, counts = KINDS[kind].each(labels, outputs), labels >= 0 if "ignored" in kind else np.ones(len(labels), bool)
    mask = random.random(each.shape) < 0.6 if masks and each.ndim > 1 else None
    counts = counts if mask is None else counts & mask
    criterion = built({"output": kind}, reduction, {}, batch_size=8)
    for part in cuts(count, sizes):
        given_mask = None if mask is None else mask[part]
        criterion.add(
            criterion.cost(tf.constant(labels[part]), masked(outputs[part], given_mask), []), tf.constant(labels[part])
        )
    if reduction == "sum":
        expected = each[np.broadcast_to(counts, each.shape)].sum() / count * 8
    else:
        expected = each[counts].mean() if counts.any() else 0.0
    assert criterion.figures() == {"loss": pytest.approx(expected, rel=1e-5, abs=1e-6)}


@settings(max_examples=examples(20, 40), deadline=None)
@given(
    st.integers(1, 60), SIZES, st.sampled_from(["sum_over_batch_size", "mean_with_sample_weight"]), st.integers(0, 99)
)
def test_weighted_examples_count_by_their_weight(count: int, sizes: list[int], reduction: str, seed: int) -> None:
    """By default the sum of weighted losses over the number of examples; else scikit-learn's weighted mean."""
    random = np.random.default_rng(seed)
    labels, outputs = of_one(random, count)
    weights = random.random(count).astype("float32") + 0.1
    criterion = built({"output": "classes"}, reduction, {}, batch_size=8)
    for part in cuts(count, sizes):
        cost = criterion.cost(labels[part], tf.constant(outputs[part]), [], tf.constant(weights[part]))
        criterion.add(cost, labels[part])
    chances = np.exp(log_of_softmax(outputs.astype("float64")))
    theirs = log_loss(labels, chances, sample_weight=weights, labels=range(CLASSES))
    expected = theirs * (weights.mean() if reduction == "sum_over_batch_size" else 1)
    assert criterion.figures()["loss"] == pytest.approx(expected, rel=1e-5)


@settings(max_examples=examples(15, 40), deadline=None)
@given(
    st.dictionaries(st.sampled_from("abc"), st.sampled_from(["classes", "ignored", "squares"]), min_size=2),
    st.integers(1, 60),
    SIZES,
    st.dictionaries(st.sampled_from("abc"), st.sampled_from([0.0, 0.5, 3.0])),
    st.integers(0, 99),
)
def test_the_weighted_losses_and_the_regularisation_add_up(
    kinds: dict[str, str], count: int, sizes: list[int], weights: dict[str, float], seed: int
) -> None:
    """An output that loss_weights do not name counts once; what regularisation adds is a mean over examples."""
    random = np.random.default_rng(seed)
    drawn = {output: KINDS[kind].draw(random, count) for output, kind in kinds.items()}
    criterion = built(kinds, "sum_over_batch_size", weights, batch_size=8)
    penalties = []
    for part in cuts(count, sizes):
        labels = {output: tf.constant(pair[0][part]) for output, pair in drawn.items()}
        outputs = {output: tf.constant(pair[1][part]) for output, pair in drawn.items()}
        penalty = random.random(2).astype("float32")
        penalties += [penalty.sum()] * (part.stop - part.start)
        cost = criterion.cost(labels, outputs, list(map(tf.constant, penalty)))
        parts = {output: cost.losses[at] * weights.get(output, 1.0) for at, output in enumerate(kinds)}
        assert float(cost.total) == pytest.approx(sum(map(float, parts.values())) + penalty.sum(), rel=1e-5)
        criterion.add(cost, labels)
    expected = {}
    for output, kind in kinds.items():
        each, counts = KINDS[kind].each(*drawn[output]), drawn[output][0] >= 0 if kind == "ignored" else slice(None)
        expected[f"{output}_loss"] = each[counts].mean() if each[counts].size else 0.0
    total = sum(value * weights.get(name.removesuffix("_loss"), 1.0) for name, value in expected.items())
    found = criterion.figures()
    assert found == pytest.approx({**expected, "loss": total + np.mean(penalties)}, rel=1e-5, abs=1e-6)


def test_a_loss_of_whole_batches_counts_each_by_its_examples() -> None:
    """Dice compares all of a batch with all of it, and has no loss of an example, nor a sum of such."""
    random = np.random.default_rng(3)
    labels, outputs = random.integers(0, 2, (5, 6)).astype("float32"), random.random((5, 6)).astype("float32")
    written = read_kind("loss", Loss.members, {"dice": {"reduction": "sum"}})
    criterion = criterion_of({"output": written}, Training(batch_size=4))
    for part in (slice(0, 4), slice(4, 5)):
        criterion.add(criterion.cost(labels[part], tf.constant(outputs[part]), []), labels[part])
    theirs = [float(keras.losses.Dice()(labels[part], outputs[part])) for part in (slice(0, 4), slice(4, 5))]
    assert criterion.figures()["loss"] == pytest.approx((4 * theirs[0] + theirs[1]) / 5, rel=1e-5)


def test_nothing_counts_before_the_first_batch_and_after_a_reset() -> None:
    criterion = built({"output": "squares"}, "mean", {}, batch_size=8)
    assert criterion.figures() == {"loss": 0.0}
    criterion.add(criterion.cost(np.ones((3, 2)), tf.zeros((3, 2)), []), np.ones((3, 2)))
    assert criterion.figures() == {"loss": 1.0}
    criterion.reset()
    assert criterion.figures() == {"loss": 0.0}
