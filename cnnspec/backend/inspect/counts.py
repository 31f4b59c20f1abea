"""Labels: how many examples each class has in each split, and what always giving one answer would score."""

import numpy as np

from cnnspec.backend.data.splits import Array, Dataset, Split
from cnnspec.backend.inspect.ranges import range_of
from cnnspec.backend.objective.label_forms import side_names
from cnnspec.backend.objective.output_reading import answer_to, counted
from cnnspec.graph.heads import Head
from cnnspec.results.data import ClassCount, Constant, LabelView


def label_view(head: Head, dataset: Dataset) -> LabelView:
    """The labels of one output over all splits, judged by its loss, or by that which `auto` would choose."""
    splits = dataset.splits
    names = tuple(split.name for split in splits)
    known = dataset.classes.get(head.name, ()) or side_names(splits[0].labels[head.name], head)
    answer = answer_to(splits[0].labels[head.name], head, known)
    labels = [answer.truth(split.labels[head.name]) for split in splits]
    if answer.form == "values":
        numbers = [_alike(array, head) for array in labels]
        ranges = tuple(range_of(name, array) for name, array in zip(names, numbers, strict=True))
        return LabelView(head.name, answer.form, "examples", names, (), ranges, None, _mean(numbers))
    several = answer.form == "labels"
    present = labels if several else [counted(array, answer) for array in labels]
    counts = _hot_counts(present) if several else _counts(present, max(len(known), 2, head.units))
    classes = tuple(ClassCount(_name(number, known), row) for number, row in counts.items())
    places = "examples" if several or labels[0].size == len(labels[0]) else "places"
    constant = _each_majority(labels) if several else _majority(classes)
    return LabelView(head.name, answer.form, places, names, classes, (), _imbalance(classes), constant)


def class_of(split: Split, output: str, names: tuple[str, ...], row: int) -> str:
    """An example's label as people call it: its class, its classes, or its number; empty for maps."""
    label = np.asarray(split.labels[output][row])
    if names and label.ndim == 1 and label.size == len(names):
        return ", ".join(name for name, holds in zip(names, label, strict=True) if holds) or "none"
    if label.size != 1:
        return ""
    value = label.reshape(()).item()
    return names[int(value)] if names and 0 <= value < len(names) else f"{value:g}"


def _alike(numbers: Array, head: Head) -> Array:
    """Single values (n, 1) as (n)."""
    drop = numbers.ndim == len(head.shape) + 1 and numbers.shape[-1] == 1 and numbers.ndim > 1
    return numbers[..., 0] if drop else numbers


def _name(number: int, known: tuple[str, ...]) -> str:
    return known[number] if number < len(known) else str(number)


def _counts(labels: list[Array], units: int) -> dict[int, tuple[int, ...]]:
    """For each class its counts by split."""
    counted = [
        dict(
            zip(
                *(each.tolist() for each in np.unique(array.astype(np.int64), return_counts=True)),
                strict=True,
            )
        )
        for array in labels
    ]
    numbers = sorted({*range(units), *(number for column in counted for number in column)})
    return {number: tuple(column.get(number, 0) for column in counted) for number in numbers}


def _hot_counts(labels: list[Array]) -> dict[int, tuple[int, ...]]:
    counted = [array.reshape(-1, array.shape[-1]).sum(0) for array in labels]
    return {number: tuple(int(column[number]) for column in counted) for number in range(len(counted[0]))}


def _imbalance(classes: tuple[ClassCount, ...]) -> float | None:
    sizes = [each.counts[0] for each in classes if each.counts[0]]
    return max(sizes) / min(sizes) if sizes else None


def _majority(classes: tuple[ClassCount, ...]) -> Constant:
    largest = max(classes, key=lambda each: each.counts[0])
    totals = [sum(column) for column in zip(*(each.counts for each in classes), strict=True)]
    scores = tuple(count / total if total else 0.0 for count, total in zip(largest.counts, totals, strict=True))
    return Constant(f"class {largest.name}", "accuracy", scores)


def _each_majority(labels: list[Array]) -> Constant:
    usual = labels[0].reshape(-1, labels[0].shape[-1]).mean(0) > 0.5
    scores = tuple(float((array == usual).mean()) for array in labels)
    return Constant("for each label what most have", "binary accuracy", scores)


def _mean(labels: list[Array]) -> Constant:
    mean = labels[0].astype(np.float64).mean(0)
    scores = tuple(float(((array.astype(np.float64) - mean) ** 2).mean()) for array in labels)
    return Constant("the mean", "mean squared error", scores)
