"""Which examples an output is wrong about, from all that it says of a split."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnspec.backend.data.splits import Array
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.results.mistaken import Example, Mistakes, Residual, WrongClass, WrongLabels, WrongPlaces


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What an output says of examples: what it `decided` (n, ...), and at which of its places it counts (None: all).

    `chances` are (n, 2), the probability of the class that was said and of the true one; of labels (n, units), the
    probability of each; None where there are many places.
    """

    decided: Array
    mask: Array | None = None
    chances: Array | None = None


def said_of(answer: Answer, numbers: Array, labels: Array, mask: Array | None) -> Said:
    """What the numbers of a batch say, whose labels these are."""
    decided = answer.decide(numbers)
    if answer.form == "class" and decided.ndim == 1:
        sides = answer.head.of_sides and answer.single
        probabilities = np.concatenate([-numbers, numbers], axis=-1) if sides else answer.probabilities(numbers)
        true = answer.truth(labels).reshape(-1)
        at = np.stack([decided, np.clip(true, 0, probabilities.shape[-1] - 1)], axis=1)
        return Said(decided, mask, np.take_along_axis(probabilities, at, axis=1))
    flat = answer.form == "labels" and decided.ndim == 2
    # What is as far above 0 as another is below is as sure.
    chances = numbers + 0.5 if answer.head.of_sides else answer.probabilities(numbers)
    return Said(decided, mask, chances if flat else None)


def joined(parts: list[Said]) -> Said:
    """What was said of all batches."""
    masks = [part.mask for part in parts if part.mask is not None]
    chances = [part.chances for part in parts if part.chances is not None]
    return Said(
        np.concatenate([part.decided for part in parts]),
        np.concatenate(masks) if masks else None,
        np.concatenate(chances) if chances else None,
    )


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
    return _of_labels(answer, truth, said.decided, said.chances, example, most)


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
    sure = np.where(true != said, np.where(said, chances, 1 - chances), -1.0).max(axis=1)
    wrong = (true != said).any(axis=1)

    def names(holds: Array) -> tuple[str, ...]:
        return tuple(answer.classes[number] for number in np.flatnonzero(holds))

    worst = tuple(
        WrongLabels(example(row), names(true[row]), names(said[row]), float(sure[row]) if answer.probable else None)
        for row in _order(wrong, sure, most)
    )
    return Mistakes("labels", int(wrong.sum()), len(true), worst)


def _of_values(true: Array, said: Said, example: Callable[[int], Example], most: int | None) -> Mistakes | None:
    rows, single = len(true), said.decided.ndim <= 2
    one, other = (array.reshape(rows, -1).astype(np.float64) for array in (true, said.decided))
    if one.shape != other.shape:
        return None
    off = other - one
    kept = np.ones(off.shape, bool) if said.mask is None else _spread(said.mask, said.decided).reshape(rows, -1)
    with np.errstate(invalid="ignore", over="ignore"):
        squares = np.where(kept, off**2, 0.0).sum(axis=1) / np.maximum(1, kept.sum(axis=1))
    size = np.nan_to_num(np.sqrt(squares), nan=np.inf)

    def residual(row: int) -> Residual:
        numbers = (tuple(one[row].tolist()), tuple(other[row].tolist())) if single else ((), ())
        return Residual(example(row), *numbers, float(off[row, 0] if off.shape[1] == 1 else size[row]))

    worst = tuple(map(residual, _order(np.ones(rows, bool), size, most)))
    return Mistakes("values", rows, rows, worst)


def _spread(mask: Array, decided: Array) -> Array:
    """A mask of places as one of all numbers at them."""
    return np.broadcast_to(mask.reshape(*mask.shape, *[1] * (decided.ndim - mask.ndim)), decided.shape)


def _of_places(
    answer: Answer, truth: Array, said: Said, example: Callable[[int], Example], most: int | None
) -> Mistakes:
    rows, true = len(truth), truth.reshape(said.decided.shape)
    wrong = true != said.decided
    counted = np.ones(wrong.shape, bool) if said.mask is None else _spread(said.mask, said.decided)
    if answer.form == "labels":
        wrong, counted = wrong.any(axis=-1), counted[..., 0]
    elif answer.ignored is not None:
        counted = counted & (true != answer.ignored)
    many, all_of_them = ((each & counted).reshape(rows, -1).sum(axis=1) for each in (wrong, np.ones_like(counted)))
    order = _order(many > 0, many / np.maximum(1, all_of_them), most)
    worst = tuple(WrongPlaces(example(row), int(many[row]), int(all_of_them[row])) for row in order)
    return Mistakes("places", int((many > 0).sum()), int((all_of_them > 0).sum()), worst)
