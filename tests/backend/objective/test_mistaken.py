"""Which examples an output is wrong about, held against a loop over the examples one by one."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.backend.objective.mistaken import Said, joined, mistakes, said_of
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.graph.heads import Form, Head
from cnnspec.results.mistaken import Example, Mistakes, Residual, WrongClass, WrongLabels, WrongPlaces

SEEDS = st.integers(0, 2**32 - 1)
COUNTS = st.integers(1, 40)
MOST = st.sampled_from([None, 1, 10])


def answer(form: Form, *shape: int, ignored: int | None = None) -> Answer:
    """An output of this shape whose classes are called a, b, ..."""
    classes = tuple("abcdefgh"[: max(2, shape[-1])]) if form != "values" else ()
    return Answer(Head("output", shape, "", "the output"), form, classes, ignored=ignored)


def found(
    of: Answer, numbers: np.ndarray, labels: np.ndarray, most: int | None, mask: np.ndarray | None = None
) -> Mistakes:
    """The mistakes of all examples, said in two batches where there are two."""
    cuts = sorted({0, len(numbers) // 2, len(numbers)})
    parts = [
        said_of(of, numbers[a:b], labels[a:b], None if mask is None else mask[a:b]) for a, b in itertools.pairwise(cuts)
    ]
    made = mistakes(of, labels, joined(parts), lambda row: Example(str(row)), most)
    assert made is not None
    return made


def shares(random: np.random.Generator, *shape: int) -> np.ndarray:
    """Probabilities of classes, in single precision."""
    numbers = random.random(shape).astype("float32") + 1e-3
    return numbers / numbers.sum(axis=-1, keepdims=True)


@given(SEEDS, COUNTS, st.integers(1, 5), st.booleans(), st.sampled_from([None, -1, 1]), MOST)
def test_of_classes_the_surest_mistakes_come_first(
    seed: int, count: int, units: int, one_hot: bool, ignored: int | None, most: int | None
) -> None:
    """One unit is the probability of the second of two classes; what is ignored is no mistake."""
    random = np.random.default_rng(seed)
    if units == 1:
        numbers, one_hot, ignored = random.random((count, 1)).astype("float32"), False, None
    else:
        numbers = shares(random, count, units)
    true = random.integers(0, max(2, units), count)
    of, expected = answer("class", units, ignored=None if one_hot else ignored), []
    if ignored == -1 and not one_hot:
        true[random.random(count) < 0.3] = -1
    labels = np.eye(max(2, units))[true] if one_hot else true
    for row in range(count):
        chances = [1 - numbers[row][0], numbers[row][0]] if units == 1 else list(numbers[row])
        said = max(range(len(chances)), key=lambda each, chances=chances: (chances[each], -each))
        if said != true[row] and true[row] != of.ignored:
            expected.append((chances[said], row, true[row], said, chances[true[row]]))
    expected.sort(key=lambda each: (-each[0], each[1]))
    made = found(of, numbers, labels, most)
    counted = count if of.ignored is None else int((true != of.ignored).sum())
    assert (made.wrong, made.count, len(made.worst)) == (len(expected), counted, len(expected[:most]))
    for mistake, (sure, row, right, said, of_true) in zip(made.worst, expected, strict=False):
        assert isinstance(mistake, WrongClass)
        assert (mistake.example.place, mistake.true, mistake.said) == (str(row), of.classes[right], of.classes[said])
        assert (mistake.probability, mistake.of_true) == (pytest.approx(sure), pytest.approx(of_true))


@given(SEEDS, COUNTS, st.integers(2, 5), MOST)
def test_of_labels_it_is_said_which_were_missed_and_which_added(
    seed: int, count: int, units: int, most: int | None
) -> None:
    """A label holds above a half; an example comes by the surest of its wrong labels."""
    random = np.random.default_rng(seed)
    numbers = random.random((count, units)).astype("float32")
    labels = random.integers(0, 2, (count, units)).astype("float32")
    of, expected = answer("labels", units), []
    for row in range(count):
        wrong = [at for at in range(units) if (numbers[row, at] > 0.5) != bool(labels[row, at])]
        if wrong:
            sure = max(max(numbers[row, at], 1 - numbers[row, at]) for at in wrong)
            missed = tuple(of.classes[at] for at in wrong if labels[row, at])
            added = tuple(of.classes[at] for at in wrong if not labels[row, at])
            expected.append((sure, row, missed, added))
    expected.sort(key=lambda each: (-each[0], each[1]))
    made = found(of, numbers, labels, most)
    assert (made.wrong, made.count, len(made.worst)) == (len(expected), count, len(expected[:most]))
    for mistake, (sure, row, missed, added) in zip(made.worst, expected, strict=False):
        assert isinstance(mistake, WrongLabels)
        assert (mistake.example.place, mistake.missed, mistake.added) == (str(row), missed, added)
        assert mistake.probability == pytest.approx(sure)


@given(SEEDS, COUNTS, st.integers(1, 3), st.booleans(), MOST)
def test_of_numbers_the_largest_errors_come_first(
    seed: int, count: int, units: int, flat: bool, most: int | None
) -> None:
    """A single number has its difference, several the root of their mean square."""
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(count, units)).astype("float32")
    labels = random.normal(size=(count, units)).astype("float32")
    made = found(answer("values", units), numbers, labels[:, 0] if flat and units == 1 else labels, most)
    off = [[float(a) - float(b) for a, b in zip(numbers[row], labels[row], strict=True)] for row in range(count)]
    sizes = [math.sqrt(sum(each**2 for each in row) / units) for row in off]
    order = sorted(range(count), key=lambda row: (-sizes[row], row))[:most]
    assert (made.wrong, made.count) == (count, count)
    assert [mistake.example.place for mistake in made.worst] == list(map(str, order))
    for mistake, row in zip(made.worst, order, strict=True):
        assert isinstance(mistake, Residual)
        assert mistake.error == pytest.approx(off[row][0] if units == 1 else sizes[row])
        assert mistake.true == tuple(map(float, labels[row])) and mistake.said == tuple(map(float, numbers[row]))


@given(SEEDS, st.integers(1, 12), st.sampled_from(["class", "labels", "values"]), st.booleans(), MOST)
def test_of_maps_each_example_has_its_wrong_places(
    seed: int, count: int, form: Form, masked: bool, most: int | None
) -> None:
    """Of three places of two numbers those count that the mask leaves; numbers have their error alone."""
    random = np.random.default_rng(seed)
    numbers = shares(random, count, 3, 2) if form == "class" else random.random((count, 3, 2)).astype("float32")
    labels = random.integers(0, 2, (count, 3) if form == "class" else (count, 3, 2)).astype("float32")
    mask = random.random((count, 3)) < 0.7 if masked else None
    made = found(answer(form, 3, 2), numbers, labels, most, mask)
    rows = []
    for row in range(count):
        kept = [at for at in range(3) if mask is None or mask[row, at]]
        if form == "values":
            squares = [(float(numbers[row, at, u]) - float(labels[row, at, u])) ** 2 for at in kept for u in range(2)]
            rows.append((math.sqrt(sum(squares) / max(1, len(squares))), row, 0, 0))
            continue
        said = [numbers[row, at].argmax() if form == "class" else tuple(numbers[row, at] > 0.5) for at in kept]
        true = [labels[row, at] if form == "class" else tuple(labels[row, at] > 0.5) for at in kept]
        wrong = sum(one != other for one, other in zip(said, true, strict=True))
        if wrong:
            rows.append((wrong / len(kept), row, wrong, len(kept)))
    rows.sort(key=lambda each: (-each[0], each[1]))
    assert made.wrong == (count if form == "values" else len(rows))
    for mistake, (size, row, wrong, of) in zip(made.worst, rows, strict=False):
        assert mistake.example.place == str(row) or form == "values"
        if isinstance(mistake, WrongPlaces):
            assert (mistake.wrong, mistake.of) == (wrong, of)
        else:
            assert isinstance(mistake, Residual) and (mistake.error, mistake.true) == (pytest.approx(size), ())


def test_an_answer_that_is_no_number_is_the_largest_error() -> None:
    """It neither hides nor hides others."""
    numbers, labels = np.array([[1.0], [np.nan], [5.0]], "float32"), np.zeros((3, 1), "float32")
    made = found(answer("values", 1), numbers, labels, None)
    assert [mistake.example.place for mistake in made.worst] == ["1", "2", "0"]


def test_numbers_of_another_shape_than_the_labels_have_no_mistakes() -> None:
    """What is compared by its loss alone cannot be told example by example."""
    said = Said(np.zeros((4, 3), "float32"))
    assert mistakes(answer("values", 3), np.zeros((4, 2)), said, lambda row: Example(str(row)), None) is None
