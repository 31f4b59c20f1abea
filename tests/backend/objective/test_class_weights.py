"""How much examples count by their class is what numpy says directly, for every form of labels and every output."""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_sample_weight

from cnnspec.backend.data.splits import Split
from cnnspec.backend.objective.class_weights import example_weights
from cnnspec.backend.objective.keras_loss import build_loss
from cnnspec.backend.objective.metric_fit import form_of
from cnnspec.graph.heads import Head
from cnnspec.language.losses import Loss
from cnnspec.layers.kind import read_kind
from cnnspec.source.diagnostic import Rejected
from tests.support.objectives import head_ending_in

NUMBERS = np.arange(12) % 3
NAMES = ("ant", "bee", "cow")


def learning(activation: str, loss: str, shape: tuple[int, ...] = (3,), name: str = "output") -> Head:
    written = read_kind("loss", Loss.members, loss)
    assert isinstance(written, Loss)
    return head_ending_in(activation, shape, name).under(written)


SOFTMAX = learning("softmax", "sparse_categorical_crossentropy")
SIGMOIDS = learning("sigmoid", "binary_crossentropy")
SIGMOID = learning("sigmoid", "binary_crossentropy", (1,))
VALUE = learning("linear", "mean_squared_error", (1,), "price")


def weights(written: Any, labels: Any, *heads: Head, names: tuple[str, ...] = NAMES) -> Any:
    """By output; of an only one its own."""
    labelled = labels if isinstance(labels, dict) else {heads[0].name: labels}
    split = Split("train", {"x": np.zeros((len(next(iter(labelled.values()))), 1))}, labelled)
    forms = {head.name: form_of(head, labelled[head.name]) for head in heads}
    found = example_weights(written, split, {heads[0].name: names}, heads, forms)
    assert found is not None
    return found if len(heads) > 1 else found[heads[0].name]


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30))
def test_balanced_class_numbers_and_one_hot_rows_weigh_as_in_scikit_learn(drawn: list[int]) -> None:
    """Single numbers, a column of them, rows, and one unit for two classes."""
    numbers = np.array(drawn)
    theirs = compute_sample_weight("balanced", numbers)
    for labels in (numbers, numbers[:, None], np.eye(3)[numbers]):
        assert weights("balanced", labels, SOFTMAX) == pytest.approx(theirs)
    yes = (numbers > 0).astype("int32")
    assert weights("balanced", yes[:, None], SIGMOID) == pytest.approx(compute_sample_weight("balanced", yes))


def test_weights_by_class_are_those_of_each_example_at_each_place() -> None:
    by_class = np.array([2.0, 1.0, 0.5])
    written = {"ant": 2.0, "cow": 0.5}
    assert np.array_equal(weights(written, NUMBERS, SOFTMAX), by_class[NUMBERS])
    assert np.array_equal(weights(written, np.eye(3)[NUMBERS], SOFTMAX), by_class[NUMBERS])
    places = NUMBERS.reshape(3, 2, 2)
    of_places = learning("softmax", "sparse_categorical_crossentropy", (2, 2, 3))
    assert np.array_equal(weights(written, places, of_places), by_class[places])
    assert np.array_equal(weights({"0": 3.0}, np.array([0, 1, 1]), SIGMOID, names=()), [3, 1, 1])


def test_of_labels_that_go_together_each_that_holds_weighs_as_its_class() -> None:
    """Balanced, yes and no of a label weigh the same in sum; one that all have, or none, weighs 1."""
    labels = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [1, 1, 0]])
    given = weights({"bee": 4.0}, labels, SIGMOIDS)
    assert np.array_equal(given, np.where(labels == 1, [1, 4, 1], 1))
    balanced = weights("balanced", labels, SIGMOIDS)
    for column in (0, 1):
        assert balanced[:, column] == pytest.approx(compute_sample_weight("balanced", labels[:, column]))
    assert np.array_equal(balanced[:, 2], np.ones(4))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_of_labels_weighs_each_as_numpy_does(smoothing: float) -> None:
    """And without weights it is Keras' own."""
    random = np.random.default_rng(3)
    labels, said = random.integers(0, 2, (6, 3)), random.uniform(0.05, 0.95, (6, 3)).astype("float32")
    assert SIGMOIDS.loss is not None
    apart = build_loss(SIGMOIDS.loss, smoothing, apart=True)
    each = weights({"ant": 3.0, "bee": 0.5}, labels, SIGMOIDS)
    truth = labels * (1 - smoothing) + smoothing / 2
    entropy = -(truth * np.log(said) + (1 - truth) * np.log(1 - said))
    assert float(apart(labels, said, each)) == pytest.approx((entropy * each).mean(), rel=1e-5)
    theirs = keras.losses.BinaryCrossentropy(label_smoothing=smoothing)(labels, said)
    assert float(apart(labels, said)) == pytest.approx(float(theirs), rel=1e-6)


def test_of_several_outputs_those_with_classes_are_weighed_or_each_as_written() -> None:
    labels = {"output": NUMBERS, "price": np.linspace(0, 1, 12)}
    both = weights("balanced", labels, SOFTMAX, VALUE)
    assert both["output"] == pytest.approx(compute_sample_weight("balanced", NUMBERS))
    assert np.array_equal(both["price"], np.ones(12))
    by_class = weights({"bee": 2.0}, labels, SOFTMAX, VALUE)
    assert np.array_equal(by_class["output"], np.where(NUMBERS == 1, 2, 1))
    other = learning("softmax", "sparse_categorical_crossentropy", (3,), "other")
    two = {"output": NUMBERS, "other": (NUMBERS + 1) % 3}
    each = weights({"other": {"0": 5.0}}, two, SOFTMAX, other)
    assert np.array_equal(each["other"], np.where(two["other"] == 0, 5, 1)) and np.array_equal(
        each["output"], np.ones(12)
    )
    with pytest.raises(Rejected, match=r"with 2 outputs of classes"):
        weights({"bee": 2.0}, two, SOFTMAX, other)


def test_what_has_no_classes_is_refused() -> None:
    for head in (VALUE, learning("sigmoid", "dice")):
        with pytest.raises(Rejected, match="class_weight"):
            weights("balanced", np.linspace(0, 1, 12 * head.units).reshape(12, head.units), head)
    with pytest.raises(Rejected, match="names horse"):
        weights({"horse": 2.0}, NUMBERS, SOFTMAX)
