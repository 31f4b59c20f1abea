"""Which examples an output is wrong about, from all that it says of a split."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import numpy as np

from cnnspec.backend.data.splits import Array
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.backend.scores.calibration import Reliability, of_classes, of_labels
from cnnspec.backend.scores.top_k import ranks_of
from cnnspec.results.mistaken import Example, Mistakes, Residual, WrongClass, WrongLabels, WrongPlaces


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What an output says of examples: what it `decided` (n, ...), and at which of its places it counts (None: all).

    `chances` are (n, 2), the probability of the class that was said and of the true one; of labels (n, units), the
    probability of each; None where there are many places. `ranks` (n) count the classes that are likelier than the true
    one, of three and more; `scores` (n) tell how likely the second of two is. Where an output gives no probabilities
    its own numbers stand for them. `reliability` is of probabilities.
    `lost` counts examples with a number that is not finite.
    """

    decided: Array
    mask: Array | None = None
    chances: Array | None = None
    ranks: Array | None = None
    scores: Array | None = None
    reliability: Reliability | None = None
    lost: int = 0

    def take(self, rows: Array) -> "Said":
        """Of some examples, in the order of `rows`; their reliability is not known apart."""
        columns = {name: getattr(self, name) for name in _COLUMNS}
        taken = {name: None if each is None else each[rows] for name, each in columns.items()}
        return Said(self.decided[rows], **taken, lost=self.lost)


_COLUMNS = ("mask", "chances", "ranks", "scores")


def said_of(answer: Answer, numbers: Array, labels: Array, mask: Array | None) -> Said:
    """What the numbers of a batch say, whose labels these are."""
    found = _said(answer, numbers, labels, mask)
    lost = int((~np.isfinite(numbers).reshape(len(numbers), -1).all(axis=1)).sum())
    return replace(found, reliability=_reliability(answer, numbers, labels, mask), lost=lost)


def _reliability(answer: Answer, numbers: Array, labels: Array, mask: Array | None) -> Reliability | None:
    """Of the places that count; None where the numbers are no probabilities."""
    if answer.form == "values" or not answer.probable or answer.head.of_sides:
        return None
    probabilities = answer.probabilities(numbers)
    truth = answer.truth(labels).reshape(probabilities.shape[: None if answer.form == "labels" else -1])
    counted = np.ones(probabilities.shape[:-1], bool) if mask is None else spread(mask, probabilities[..., 0])
    if answer.form == "labels":
        return of_labels(probabilities, truth, counted)
    if answer.ignored is not None:
        counted = counted & (truth != answer.ignored)
    return of_classes(probabilities, truth, counted)


def _said(answer: Answer, numbers: Array, labels: Array, mask: Array | None) -> Said:
    decided = answer.decide(numbers)
    if answer.form == "class" and decided.ndim == 1:
        sides = answer.head.of_sides and answer.single
        probabilities = np.concatenate([-numbers, numbers], axis=-1) if sides else answer.probabilities(numbers)
        true = np.clip(answer.truth(labels).reshape(-1), 0, probabilities.shape[-1] - 1)
        at = np.stack([decided, true], axis=1)
        chances = np.take_along_axis(probabilities, at, axis=1)
        if probabilities.shape[-1] > 2:
            return Said(decided, mask, chances, ranks=ranks_of(probabilities, true))
        return Said(decided, mask, chances, scores=_second(answer, numbers, probabilities))
    flat = answer.form == "labels" and decided.ndim == 2
    return Said(decided, mask, answer.probabilities(numbers) if flat else None)


def _second(answer: Answer, numbers: Array, probabilities: Array) -> Array:
    """How likely the second of two classes is (n): its probability, else the single number, else how far it leads."""
    if answer.probable:
        return np.asarray(probabilities[:, 1])
    return np.asarray(numbers[:, 0] if answer.single else numbers[:, 1] - numbers[:, 0])


def joined(parts: list[Said]) -> Said:
    """What was said of all batches."""

    def one_after_the_other(column: str) -> Array | None:
        found = [held for part in parts if (held := getattr(part, column)) is not None]
        return np.concatenate(found) if found else None

    columns = {name: one_after_the_other(name) for name in _COLUMNS}
    reliable = [part.reliability for part in parts if part.reliability is not None]
    total = reduce(add, reliable) if reliable else None
    decided = np.concatenate([part.decided for part in parts])
    return Said(decided, **columns, reliability=total, lost=sum(part.lost for part in parts))


def mistakes(
    answer: Answer, labels: Array, said: Said, example: Callable[[int], Example], most: int | None
) -> Mistakes | None:
    """The mistakes of a split with these labels, up to `most` of them (None: all) with their examples.

    None where numbers were learnt that have another shape than what is said.
    """
    truth = answer.truth(labels)
    if answer.form == "values":
        return _of_values(truth, said, example, most)
    if said.chances is None:
        return _of_places(answer, truth, said, example, most)
    if answer.form == "class":
        return _of_classes(answer, truth.reshape(-1), said.decided, said.chances, example, most)
    # What is as far above 0 as another is below is as sure.
    chances = said.chances + 0.5 if answer.head.of_sides else said.chances
    return _of_labels(answer, truth, said.decided, chances, example, most)


def _order(wrong: Array, weights: Array, most: int | None) -> list[int]:
    """The rows that are wrong, those of the largest weights first, equal ones as they come."""
    rows = np.flatnonzero(wrong)
    order: list[int] = rows[np.argsort(-weights[rows], kind="stable")][:most].tolist()
    return order


def _of_classes(
    answer: Answer, true: Array, said: Array, chances: Array, example: Callable[[int], Example], most: int | None
) -> Mistakes:
    counted = np.ones(len(true), bool) if answer.ignored is None else true != answer.ignored
    wrong = counted & (true != said)
    worst = tuple(
        WrongClass(
            example(row),
            answer.classes[true[row]],
            answer.classes[said[row]],
            *(chances[row].tolist() if answer.probable else (None, None)),
        )
        for row in _order(wrong, chances[:, 0], most)
    )
    return Mistakes("class", int(wrong.sum()), int(counted.sum()), worst)


def _of_labels(
    answer: Answer, true: Array, said: Array, chances: Array, example: Callable[[int], Example], most: int | None
) -> Mistakes:
    each = np.where(true != said, np.where(said, chances, 1 - chances), -np.inf)
    sure, surest = each.max(axis=1), each.argmax(axis=1)
    wrong = (true != said).any(axis=1)

    def names(holds: Array) -> tuple[str, ...]:
        return tuple(answer.classes[number] for number in np.flatnonzero(holds))

    worst = tuple(
        WrongLabels(
            example(row),
            names(true[row]),
            names(said[row]),
            float(sure[row]) if answer.probable else None,
            answer.classes[surest[row]],
        )
        for row in _order(wrong, sure, most)
    )
    return Mistakes("labels", int(wrong.sum()), len(true), worst)


def _of_values(true: Array, said: Said, example: Callable[[int], Example], most: int | None) -> Mistakes | None:
    rows, single = len(true), said.decided.ndim <= 2
    one, other = (array.reshape(rows, -1).astype(np.float64) for array in (true, said.decided))
    if one.shape != other.shape:
        return None
    off = other - one
    kept = np.ones(off.shape, bool) if said.mask is None else spread(said.mask, said.decided).reshape(rows, -1)
    with np.errstate(invalid="ignore", over="ignore"):
        squares = np.where(kept, off**2, 0.0).sum(axis=1) / np.maximum(1, kept.sum(axis=1))
    size = np.nan_to_num(np.sqrt(squares), nan=np.inf)

    def residual(row: int) -> Residual:
        numbers = (tuple(one[row].tolist()), tuple(other[row].tolist())) if single else ((), ())
        return Residual(example(row), *numbers, float(off[row, 0] if off.shape[1] == 1 else size[row]))

    worst = tuple(map(residual, _order(np.ones(rows, bool), size, most)))
    return Mistakes("values", rows, rows, worst)


def spread(mask: Array, decided: Array) -> Array:
    """A mask of places as one of all numbers at them."""
    return np.broadcast_to(mask.reshape(*mask.shape, *[1] * (decided.ndim - mask.ndim)), decided.shape)


def _of_places(
    answer: Answer, truth: Array, said: Said, example: Callable[[int], Example], most: int | None
) -> Mistakes:
    rows, true = len(truth), truth.reshape(said.decided.shape)
    wrong = true != said.decided
    counted = np.ones(wrong.shape, bool) if said.mask is None else spread(said.mask, said.decided)
    if answer.form == "labels":
        wrong, counted = wrong.any(axis=-1), counted[..., 0]
    elif answer.ignored is not None:
        counted = counted & (true != answer.ignored)
    many, all_of_them = ((each & counted).reshape(rows, -1).sum(axis=1) for each in (wrong, np.ones_like(counted)))
    order = _order(many > 0, many / np.maximum(1, all_of_them), most)
    worst = tuple(WrongPlaces(example(row), int(many[row]), int(all_of_them[row])) for row in order)
    return Mistakes("places", int((many > 0).sum()), int((all_of_them > 0).sum()), worst)
