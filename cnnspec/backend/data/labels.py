"""From the texts of label cells to what an output learns: class numbers, numbers, or zeros and ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnspec.backend.data.cells import Cells, listed, shown, single_numbers
from cnnspec.backend.data.label_classes import check_class_count, is_fraction, refuse_numbers, sorted_classes
from cnnspec.backend.data.numerals import looks_like_a_number, trouble_with
from cnnspec.backend.data.splits import Array
from cnnspec.graph.heads import Head
from cnnspec.layers.shape import write_shape
from cnnspec.source.diagnostic import Rejected, nearest, rejected
from cnnspec.source.route import LabelAt, UnitsOf


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """Labels of each split in order, and the classes' names if they are class numbers or zeros and ones."""

    arrays: tuple[Array, ...]
    classes: tuple[str, ...] | None = None


def read_labels(
    splits: Sequence[Cells], head: Head, case_sensitive: bool = False, known: tuple[str, ...] | None = None
) -> Learnt:
    """One cell an example, as the output needs it: classes under a softmax, numbers in regression; raises Rejected.

    Classes are the values in the first split, which is the training split, sorted: numbers by size. An
    output of one unit learns two classes if it ends in a sigmoid, otherwise numbers. Names that differ in case
    alone are refused unless they are `case_sensitive`. Where classes are `known` they are these, in their order.
    """
    train = splits[0]
    if known:
        numbers = {name: number for number, name in enumerate(known)}
        return Learnt(tuple(_numbered(cells, numbers) for cells in splits), known)
    if len(head.shape) > 1:
        received = f"{head.shown} of shape {write_shape(head.shape)}, and one {train.name} an example"
        raise rejected(
            "label-kind",
            received,
            "one axis",
            "put flatten or global_avg_pool before the last layer",
            at=LabelAt(head.name),
        )
    if head.units > 1 and head.yes_or_no:
        raise _several_expected(train, head)
    if head.units > 1 or names_classes(train, head):
        return read_classes(splits, head, case_sensitive)
    return _read_targets(splits, head)


def names_classes(train: Cells, head: Head) -> bool:
    """Whether an output of one unit learns two classes: a sigmoid, unless there are shares between 0 and 1.

    Without a sigmoid what nobody reads as a number, or 0 and 1 alone, is a class, and anything else a number.
    """
    distinct, decimal = set(train.values), train.decimal
    numbers = [looks_like_a_number(value, decimal) for value in distinct]
    if not head.yes_or_no:
        return distinct == {"0", "1"} or not (any(numbers) or _are_measured(distinct, decimal))
    return not all(numbers) or (len(distinct) <= 2 and not any(is_fraction(value, decimal) for value in distinct))


def _are_measured(distinct: set[str], decimal: str) -> bool:
    """Whether more than two values are all numbers with something behind them, such as a unit; or none is a value."""
    kinds = {trouble_with(value, decimal).kind for value in distinct}
    return kinds == {"nothing"} or (len(distinct) > 2 and kinds == {"unit"})


def read_classes(splits: Sequence[Cells], head: Head, case_sensitive: bool = False) -> Learnt:
    """The number of each cell's class among those of the first split; raises Rejected where one is unknown to it."""
    refuse_numbers(splits[0], head)
    classes = sorted_classes(splits[0], case_sensitive)
    check_class_count(classes, head, splits[0])
    numbers = {name: number for number, name in enumerate(classes)}
    return Learnt(tuple(_numbered(cells, numbers) for cells in splits), classes)


def read_several(
    splits: Sequence[Cells],
    separator: str,
    head: Head,
    case_sensitive: bool = False,
    known: tuple[str, ...] | None = None,
) -> Learnt:
    """Zeros and ones (n, classes): which classes a cell names, divided by `separator`; an empty cell names none."""
    classes = known or sorted_classes(_named_in(splits[0], separator), case_sensitive)
    if len(head.shape) != 1 or head.units != len(classes):
        received = f"{splits[0].name} of {splits[0].origins.named} names {len(classes)} classes ({listed(classes)})"
        expected = f"one unit a class, where {head.shown} has shape {write_shape(head.shape)}"
        units = UnitsOf(head.name, len(classes))
        raise rejected("class-count", received, expected, units.help, at=units)
    numbers = {name: number for number, name in enumerate(classes)}
    arrays = tuple(_several_hot(cells, separator, numbers) for cells in splits)
    for cells, array in zip(splits, arrays, strict=True):
        _check_shares(array, head, cells)
    return Learnt(arrays, classes)


def read_columns(splits: Sequence[Sequence[Cells]], head: Head) -> Learnt:
    """Numbers side by side, (n, columns); if all are 0 or 1 the columns' names are the classes'."""
    names = tuple(cells.column for cells in splits[0])
    if len(head.shape) != 1 or head.units != len(names):
        received = f"label has {len(names)} columns, but {head.shown} has shape {write_shape(head.shape)}"
        raise rejected("label-kind", received, f"one unit a column: ({len(names)})", at=LabelAt(head.name))
    arrays = tuple(np.stack([single_numbers(cells) for cells in columns], axis=1) for columns in splits)
    for columns, array in zip(splits, arrays, strict=True):
        _check_shares(array, head, columns[0])
    yes_or_no = all(np.isin(array, (0, 1)).all() for array in arrays)
    if yes_or_no:
        return Learnt(tuple(array.astype(np.int32) for array in arrays), names)
    if head.yes_or_no and any(array.min() < 0 or array.max() > 1 for array in arrays):
        received = f"{head.shown} ends in sigmoid, but columns of label go beyond 0 to 1"
        raise rejected(
            "label-kind", received, "0 and 1", "for other numbers leave the activation out", at=LabelAt(head.name)
        )
    return Learnt(arrays)


def _check_shares(array: Array, head: Head, cells: Cells) -> None:
    """Raise Rejected where what a softmax is to give does not add up to one."""
    wrong = np.flatnonzero(np.abs(array.sum(axis=1) - 1) > 1e-3) if head.of_shares else array[:0, 0]
    if wrong.size:
        row = int(wrong[0])
        received = f"{cells.origins.at(row)}: the labels add up to {array[row].sum():g}"
        expected = f"1, as {head.shown} ends in softmax"
        raise rejected(
            "label-kind",
            received,
            expected,
            "where several classes may hold write activation: sigmoid",
            at=LabelAt(head.name),
        )


def _read_targets(splits: Sequence[Cells], head: Head) -> Learnt:
    """Numbers to learn, (n) each; a sigmoid reaches only 0 to 1."""
    arrays = tuple(single_numbers(cells) for cells in splits)
    for cells, numbers in zip(splits, arrays, strict=True):
        beyond = np.flatnonzero((numbers < 0) | (numbers > 1))
        if head.yes_or_no and len(beyond):
            row = int(beyond[0])
            received = f"{cells.origins.at(row)}: {cells.name} is {cells.values[row]}"
            expected = f"two classes, or numbers from 0 to 1, as {head.shown} is one sigmoid"
            units = f"{{units: {len(set(cells.values))}, activation: softmax}}"
            help = f"for classes end in dense: {units}; for numbers leave the activation out"
            raise rejected("label-kind", received, expected, help, at=LabelAt(head.name))
    return Learnt(arrays)


def _numbered(cells: Cells, numbers: dict[str, int]) -> Array:
    for number in cells.where(lambda value: value not in numbers):
        raise _unknown(number, cells, cells.values[number], numbers)
    return np.array([numbers[value] for value in cells.values], np.int32)


def _several_hot(cells: Cells, separator: str, numbers: dict[str, int]) -> Array:
    array = np.zeros((len(cells), len(numbers)), np.int32)
    for row, value in enumerate(cells.values):
        for part in map(str.strip, _parts(value, separator)):
            if part not in numbers:
                raise _unknown(row, cells, part, numbers)
            array[row, numbers[part]] = 1
    return array


def _named_in(cells: Cells, separator: str) -> Cells:
    """Every class that a cell names, with the cell's place."""
    named = [(part.strip(), row) for row, value in enumerate(cells.values) for part in _parts(value, separator)]
    rows = np.array([row for _, row in named], np.int64)
    return replace(cells, values=[part for part, _ in named], origins=cells.origins[rows])


def _parts(value: str, separator: str) -> Iterable[str]:
    return (part for part in value.split(separator) if part.strip())


def _unknown(row: int, cells: Cells, value: str, known: Iterable[str]) -> Rejected:
    names = list(known)
    close = nearest(value, names)
    help = f"write {shown(close)}" if close else "training has no example of it: add some, or take these out"
    received, expected = (
        f"{cells.origins.at(row)}: {cells.name} is {shown(value)}",
        f"a class of training: {listed(names)}",
    )
    return rejected("unknown-class", received, expected, help, at=cells.origins.route(row))


def _several_expected(train: Cells, head: Head) -> Rejected:
    received = f"{head.shown} ends in a sigmoid of {head.units} units, and {train.name} holds one class an example"
    help = (
        "for one class write activation: softmax; for several write label: {columns: [...]} with a column of 0 and 1"
        ' for each class, or label: {column: ..., separator: "|"}'
    )
    return rejected(
        "label-kind",
        received,
        "any number of classes an example, as each unit is a yes or no",
        help,
        at=LabelAt(head.name),
    )
