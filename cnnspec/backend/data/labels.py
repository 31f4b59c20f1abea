"""From the texts of label cells to what an output learns: class numbers, numbers, or zeros and ones."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cnnspec.backend.data.origins import Origins
from cnnspec.backend.data.splits import Array
from cnnspec.graph.heads import Head
from cnnspec.layers.shape import write_shape
from cnnspec.source.diagnostic import Rejected, nearest, rejected
from cnnspec.source.route import LabelAt, UnitsOf
from cnnspec.source.values import show

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SHOWN = 8


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """What stands in one column of one split; `name` is how messages call it, `column` what a table does."""

    name: str
    values: Sequence[str]
    origins: Origins
    column: str = ""

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """Labels of each split in order, and the classes' names if they are class numbers or zeros and ones."""

    arrays: tuple[Array, ...]
    classes: tuple[str, ...] | None = None


def read_labels(splits: Sequence[Cells], head: Head) -> Learnt:
    """One cell an example, as the output needs it: classes under a softmax, numbers in regression; raises Rejected.

    Classes are the values in the first split, which is the training split, sorted: numbers by size. An
    output of one unit learns two classes if it ends in a sigmoid, otherwise numbers.
    """
    train = splits[0]
    if len(head.shape) > 1:
        received = f"{head.shown} of shape {write_shape(head.shape)}, and one {train.name} an example"
        raise rejected(
            "label-kind",
            received,
            "one axis",
            "put flatten or global_avg_pool before the last layer",
            at=LabelAt(head.name),
        )
    distinct = set(train.values)
    if head.units > 1:
        if head.activation == "sigmoid":
            raise _several_expected(train, head)
        return read_classes(splits, head)
    return read_classes(splits, head) if _names_classes(distinct, head) else _read_targets(splits, head)


def _names_classes(distinct: set[str], head: Head) -> bool:
    """Whether an output of one unit learns two classes: a sigmoid, unless there are shares between 0 and 1.

    Without a sigmoid what is no number, or 0 and 1 alone, is a class, and anything else a number.
    """
    numbers = sum(map(is_number, distinct))
    if head.activation == "sigmoid":
        return len(distinct) <= 2 or numbers < len(distinct)
    return numbers == 0 or distinct == {"0", "1"}


def read_classes(splits: Sequence[Cells], head: Head) -> Learnt:
    """The number of each cell's class among those of the first split; raises Rejected where one is unknown to it."""
    classes = sorted_classes(splits[0])
    check_class_count(classes, head, splits[0])
    numbers = {name: number for number, name in enumerate(classes)}
    return Learnt(tuple(_numbered(cells, numbers) for cells in splits), classes)


def read_several(splits: Sequence[Cells], separator: str, head: Head) -> Learnt:
    """Zeros and ones (n, classes): which classes a cell names, divided by `separator`; an empty cell names none."""
    parts = [
        Cells(cells.name, [part.strip() for value in cells.values for part in _parts(value, separator)], cells.origins)
        for cells in splits
    ]
    classes = sorted_classes(parts[0])
    if len(head.shape) != 1 or head.units != len(classes):
        received = f"{splits[0].name} of {splits[0].origins.named} names {len(classes)} classes ({_listed(classes)})"
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
    arrays = tuple(np.stack([read_numbers(cells) for cells in columns], axis=1) for columns in splits)
    for columns, array in zip(splits, arrays, strict=True):
        _check_shares(array, head, columns[0])
    yes_or_no = all(np.isin(array, (0, 1)).all() for array in arrays)
    if yes_or_no:
        return Learnt(tuple(array.astype(np.int32) for array in arrays), names)
    if head.activation == "sigmoid" and any(array.min() < 0 or array.max() > 1 for array in arrays):
        received = f"{head.shown} ends in sigmoid, but columns of label go beyond 0 to 1"
        raise rejected(
            "label-kind", received, "0 and 1", "for other numbers leave the activation out", at=LabelAt(head.name)
        )
    return Learnt(tuple(array.astype(np.float32) for array in arrays))


def sorted_classes(cells: Cells) -> tuple[str, ...]:
    """The values that occur, each once: numbers by size, anything else by its characters; raises Rejected.

    One number in two spellings is refused, since they would be two classes.
    """
    distinct = set(cells.values)
    if not all(map(is_number, distinct)):
        return tuple(sorted(distinct))
    classes = tuple(sorted(distinct, key=lambda name: (float(name), name)))
    for one, other in pairwise(classes):
        if float(one) == float(other):
            received = f"{cells.name} of {cells.origins.named} holds {one} and {other}, which are one number"
            raise rejected(
                "bad-label",
                received,
                "one spelling for each class",
                f"write {one} everywhere",
                at=cells.origins.route(),
            )
    return classes


def check_class_count(classes: Sequence[str], head: Head, cells: Cells) -> None:
    """Raise Rejected unless the output has one unit a class (a single one for two)."""
    units = 2 if head.units == 1 else head.units
    where_from, listed = f"{cells.name} of {cells.origins.named}", _listed(classes)
    if len(classes) == 1:
        received = f"{where_from} holds a single class, {listed}"
        raise rejected("one-class", received, "at least two classes to tell apart", at=cells.origins.route())
    if len(classes) != units:
        received = f"{where_from} holds {len(classes)} classes ({listed})"
        unit = f"{head.units} unit{'s' if head.units > 1 else ''}"
        expected = f"{units}, as {head.shown} has {unit}"
        measured = all(map(is_number, classes)) and any(not float(name).is_integer() for name in classes)
        wanted = UnitsOf(head.name, 1, " to learn numbers") if measured else UnitsOf(head.name, len(classes))
        raise rejected("class-count", received, expected, wanted.help, at=wanted)


def _check_shares(array: Array, head: Head, cells: Cells) -> None:
    """Raise Rejected where what a softmax is to give does not add up to one."""
    wrong = np.flatnonzero(np.abs(array.sum(axis=1) - 1) > 1e-3) if head.activation == "softmax" else array[:0, 0]
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


def read_numbers(cells: Cells) -> Array:
    """Every cell as a float64; raises Rejected naming the cells that are no finite number."""
    wrong = where(cells, lambda value: not is_number(value))
    if wrong:
        received = f"{cells.origins.among(wrong)}: {cells.name} is {_shown(cells.values[wrong[0]])}"
        raise rejected("not-numbers", received, "a number", at=cells.origins.route(wrong[0]))
    return np.array([float(value) for value in cells.values], np.float64)


def where(cells: Cells, wrong: Callable[[str], bool]) -> list[int]:
    """The examples whose cell is wrong."""
    bad = {value for value in set(cells.values) if wrong(value)}
    return [number for number, value in enumerate(cells.values) if value in bad] if bad else []


def is_number(text: str) -> bool:
    """Whether a cell is a finite number as people write it: no nan, no inf, no underscores."""
    return bool(_NUMBER.fullmatch(text.strip(" "))) and math.isfinite(float(text))


def _read_targets(splits: Sequence[Cells], head: Head) -> Learnt:
    """Numbers to learn, (n) each; a sigmoid reaches only 0 to 1."""
    arrays = tuple(read_numbers(cells).astype(np.float32) for cells in splits)
    for cells, numbers in zip(splits, arrays, strict=True):
        beyond = np.flatnonzero((numbers < 0) | (numbers > 1))
        if head.activation == "sigmoid" and len(beyond):
            row = int(beyond[0])
            received = f"{cells.origins.at(row)}: {cells.name} is {cells.values[row]}"
            expected = f"two classes, or numbers from 0 to 1, as {head.shown} is one sigmoid"
            units = f"{{units: {len(set(cells.values))}, activation: softmax}}"
            help = f"for classes end in dense: {units}; for numbers leave the activation out"
            raise rejected("label-kind", received, expected, help, at=LabelAt(head.name))
    return Learnt(arrays)


def _numbered(cells: Cells, numbers: dict[str, int]) -> Array:
    for number in where(cells, lambda value: value not in numbers):
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


def _parts(value: str, separator: str) -> Iterable[str]:
    return (part for part in value.split(separator) if part.strip())


def _unknown(row: int, cells: Cells, value: str, known: Iterable[str]) -> Rejected:
    names = list(known)
    close = nearest(value, names)
    help = f"write {_shown(close)}" if close else "training has no example of it: add some, or take these out"
    received, expected = (
        f"{cells.origins.at(row)}: {cells.name} is {_shown(value)}",
        f"a class of training: {_listed(names)}",
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


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(_shown, names[:_SHOWN])) + more


def _shown(value: str) -> str:
    return value if value.isprintable() and value == value.strip() and 0 < len(value) <= 40 else show(value, 40)
