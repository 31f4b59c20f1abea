"""Examples that occur more than once: within a split, and across splits, of which test should share none with train."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from cnnspec.backend.data.example_places import place_of
from cnnspec.backend.data.pictures import Pictures, side_by_side
from cnnspec.backend.data.splits import Array, Column, Dataset, Split
from cnnspec.backend.data.texts import Texts
from cnnspec.backend.inspect.counts import class_of
from cnnspec.results.data import Duplicates, Shared, Twin

_WITHIN, _ACROSS = 1, 2
"""Pairs that are named of each kind."""
_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class _At:
    split: Split
    row: int


def duplicates(dataset: Dataset) -> Duplicates:
    """Examples of numbered splits whose inputs are exactly alike, all inputs together."""
    splits = dataset.splits
    contents = _contents(splits)
    places: dict[str, dict[Hashable, list[int]]] = {}
    for split in splits:
        rows: dict[Hashable, list[int]] = defaultdict(list)
        for row, content in enumerate(contents[split.name]):
            rows[content].append(row)
        places[split.name] = rows
    shared, pairs = [], []
    for other, split in [*((split, split) for split in splits), *combinations(splits, 2)]:
        found = _found(places, split, other)
        shared.append(Shared(split.name, other.name, len(found), split.count))
        pairs += found[: _WITHIN if other is split else _ACROSS]
    twins = tuple(_twin(one, other, dataset) for one, other in pairs)
    return Duplicates(_compared(splits[0]), tuple(shared), _conflicting(places, splits), twins)


def _found(places: Mapping[str, dict[Hashable, list[int]]], split: Split, other: Split) -> list[tuple[_At, _At]]:
    """Each example of `split` with the first of `other` that is the same; those with two labels come first."""
    if split is other:
        groups = [rows for rows in places[split.name].values() if len(rows) > 1]
        pairs = sorted((row, first) for first, *more in groups for row in more)
    else:
        theirs = places[other.name]
        pairs = sorted(
            (row, theirs[key][0]) for key, rows in places[split.name].items() if key in theirs for row in rows
        )
    found = [(_At(split, row), _At(other, first)) for row, first in pairs]
    return sorted(found, key=lambda pair: _labels(pair[0]) == _labels(pair[1]))


def _conflicting(places: Mapping[str, dict[Hashable, list[int]]], splits: tuple[Split, ...]) -> int:
    groups: dict[Hashable, list[_At]] = defaultdict(list)
    for split in splits:
        for key, rows in places[split.name].items():
            groups[key] += [_At(split, row) for row in rows]
    several = (group for group in groups.values() if len(group) > 1)
    return sum(len(group) for group in several if len({_labels(at) for at in group}) > 1)


def _labels(at: _At) -> Hashable:
    return tuple(np.asarray(array[at.row], np.float64).tobytes() for array in at.split.labels.values())


def _twin(one: _At, other: _At, dataset: Dataset) -> Twin:
    output = next(iter(one.split.labels))
    names = dataset.classes.get(output, ())
    labels = [class_of(at.split, output, names, at.row) for at in (one, other)]
    texts = [column for column in one.split.inputs.values() if isinstance(column, Texts)]
    text = str(texts[0].items[one.row])[:_EXCERPT] if texts else ""
    place, other_place = place_of(one.split, one.row), place_of(other.split, other.row)
    return Twin(one.split.name, place, labels[0], other.split.name, other_place, labels[1], text)


def _compared(split: Split) -> str:
    kinds = {
        "text" if isinstance(c, Texts) else "file" if isinstance(c, Pictures) else "numbers"
        for c in split.inputs.values()
    }
    return {"text": "the same text", "file": "the same file, byte for byte"}.get(
        " ".join(sorted(kinds)), "the same values"
    )


def _contents(splits: tuple[Split, ...]) -> dict[str, list[Hashable]]:
    """For each example something that is equal exactly where its inputs are."""
    columns = {name: [split.inputs[name] for split in splits] for name in splits[0].inputs}
    read = {name: _alike(each) for name, each in columns.items()}
    return {
        split.name: [tuple(parts) for parts in zip(*(each[number] for each in read.values()), strict=True)]
        for number, split in enumerate(splits)
    }


def _alike(columns: list[Column]) -> list[list[Hashable]]:
    if isinstance(columns[0], Pictures):
        return _files([column for column in columns if isinstance(column, Pictures)])
    return [list(column) if isinstance(column, Texts) else _rows(np.asarray(column)) for column in columns]


def _rows(array: Array) -> list[Hashable]:
    """Numbers are compared as float64, so that an array of integers equals one of floats that holds the same."""
    return [hashlib.blake2b(np.asarray(row, np.float64).tobytes(), digest_size=16).digest() for row in array]


def _files(columns: list[Pictures]) -> list[list[Hashable]]:
    """A file of a size that no other has is read no further."""
    paths = [Path(path) for column in columns for path in column.paths]
    sizes = side_by_side(lambda path: path.stat().st_size, paths)
    several = Counter(sizes)
    contents = iter(side_by_side(lambda each: _file(*each, several[each[1]] > 1), zip(paths, sizes, strict=True)))
    return [[next(contents) for _ in range(len(column))] for column in columns]


def _file(path: Path, size: int, read: bool) -> Hashable:
    return (size, hashlib.blake2b(path.read_bytes(), digest_size=16).digest() if read else b"")
