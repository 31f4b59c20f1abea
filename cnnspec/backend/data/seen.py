"""What is seen of the training split, for rules that compare it with the network: a bounded sample, read anyway."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from cnnspec.backend.data.formats.bad_picture import BadPicture
from cnnspec.backend.data.formats.decode_picture import largest_number, look
from cnnspec.backend.data.formats.header import Header
from cnnspec.backend.data.pictures import Pictures, side_by_side
from cnnspec.backend.data.pixels import WHITE
from cnnspec.backend.data.splits import Array, Dataset, Split, is_classes
from cnnspec.backend.data.standardize import standardised
from cnnspec.backend.data.texts import Texts
from cnnspec.backend.data.unspaced import unspaced
from cnnspec.graph.heads import Head, learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import Feature
from cnnspec.language.sources.section import DataSection
from cnnspec.results.seen import DeepPictures, FoldersSeen, NumbersSeen, Seen, TextsSeen
from cnnspec.results.spread import Spread
from cnnspec.runs.ranges import Range

_MOST_NUMBERS = 2**18
_MOST_EXAMPLES = 1_000
_MOST_COLUMNS = 1_024
_MOST_LOOKED_AT = 128
"""Files whose headers are read once more."""
_MOST_DECODED = 16
_MOST_PATHS = 5_000
_BYTES = (0.0, 127.5, 73.9, 255.0)
"""Least, mean, deviation and most of bytes that are all equally frequent."""


def seen_of(dataset: Dataset, section: DataSection, graph: Graph, read: Split) -> Seen:
    """What the training split holds, texts as ids and pictures still in their files; in `read` texts are texts."""
    train, features = dataset.train, section.features(graph.inputs)
    arrays = {name: column for name, column in train.inputs.items() if isinstance(column, np.ndarray) and column.size}
    pictures = {name: column for name, column in train.inputs.items() if isinstance(column, Pictures)}
    texts = {name: array for name, array in arrays.items() if name in features and features[name].text}
    numbers = [_numbers(name, array, features.get(name)) for name, array in arrays.items() if name not in texts]
    return Seen(
        (*numbers, *(_bytes(name, column) for name, column in pictures.items())),
        tuple(deep for name, column in pictures.items() for deep in _deep(name, column)),
        tuple(_texts(name, array, read, features[name]) for name, array in texts.items()),
        {head.name: counts for head in learnt_heads(graph) if (counts := _counts(train, head, dataset.classes))},
        _folders(section, train, pictures),
        dict(_targets(train, graph)),
    )


def _targets(train: Split, graph: Graph) -> Iterator[tuple[str, Spread]]:
    """The numbers that outputs learn which say numbers."""
    for head in learnt_heads(graph):
        labels = train.labels[head.name]
        if head.form == "values" and labels.size and labels.dtype.kind in "fiu":
            yield head.name, _spread(head.name, _sample(labels))


def _texts(name: str, ids: Array, read: Split, feature: Feature) -> TextsSeen:
    most, column = int(np.count_nonzero(_sample(ids), axis=-1).max()), read.inputs[name]
    if not isinstance(column, Texts) or feature.text is None or feature.text.split != "whitespace":
        return TextsSeen(name, most)
    looked = [standardised(text, feature.text.standardize) for text in _evenly(column.items, _MOST_EXAMPLES)]
    return TextsSeen(name, most, len(looked), unspaced(looked))


def _sample(array: Array) -> Array:
    """Examples evenly taken from an array (n, ...): of large ones fewer."""
    most = max(1, min(_MOST_EXAMPLES, _MOST_NUMBERS // max(1, array[0].size)))
    return array[:: -(-len(array) // most)]


def _numbers(name: str, array: Array, feature: Feature | None) -> NumbersSeen:
    sample = _sample(array)
    spread = _spread(name, sample)
    ends = Range(spread.least, spread.mean, spread.most).ends
    return NumbersSeen(name, array.shape[1:], spread, _columns(name, sample, feature), ends and float(ends[1]))


def _columns(name: str, sample: Array, feature: Feature | None) -> tuple[Spread, ...]:
    """Each place of an example by itself, by the name of its column where it has one."""
    if sample.ndim != 2 or sample.shape[1] > _MOST_COLUMNS:
        return ()
    named = (feature.columns if feature else None) or [f"{name}[{place}]" for place in range(sample.shape[1])]
    return tuple(_spread(each, sample[:, place]) for place, each in enumerate(named))


def _spread(name: str, sample: Array) -> Spread:
    numbers = sample.astype(np.float64)
    return Spread(name, *(float(each) for each in (numbers.min(), numbers.mean(), numbers.std(), numbers.max())))


def _bytes(name: str, column: Pictures) -> NumbersSeen:
    return NumbersSeen(name, column.reading.shape, Spread(name, *_BYTES), (), _BYTES[-1])


def _deep(name: str, column: Pictures) -> Iterator[DeepPictures]:
    """The pictures of 16 bits, where the first looked at are such."""
    looked = [Path(path) for path in _evenly(column.paths, _MOST_LOOKED_AT)]
    deep = [path for path, header in zip(looked, side_by_side(look, looked), strict=True) if _is_deep(header)]
    found = [number for path in _evenly(deep, _MOST_DECODED) if (number := _largest(path)) is not None]
    if found:
        yield DeepPictures(name, len(found), max(found), column.reading.white or WHITE)


def _is_deep(header: Header | BadPicture) -> bool:
    return isinstance(header, Header) and header.depth == 16


def _largest(path: Path) -> int | None:
    try:
        return largest_number(path)
    except BadPicture:
        return None


def _evenly(items: Any, most: int) -> list[Any]:
    """At most so many items of a list or an array."""
    return list(items[:: max(1, -(-len(items) // most))])


def _counts(train: Split, head: Head, classes: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Examples by class, where labels are one class an example or yes or no for each of several classes."""
    labels, names = train.labels[head.name], classes.get(head.name, ())
    if is_classes(labels) and (names or head.activation == "softmax"):
        numbers, counts = np.unique(labels, return_counts=True)
        return {_name(int(number), names): int(count) for number, count in zip(numbers, counts, strict=True)}
    if names and labels.ndim == 2 and labels.shape[1] == len(names):
        return dict(zip(names, map(int, np.count_nonzero(labels, axis=0)), strict=True))
    return {}


def _name(number: int, names: tuple[str, ...]) -> str:
    return names[number] if 0 <= number < len(names) else str(number)


def _folders(section: DataSection, train: Split, pictures: Mapping[str, Pictures]) -> FoldersSeen | None:
    """What lies in the class folders of a source that has such."""
    if section.kind != "image_folder" or not pictures:
        return None
    ((name, column),) = pictures.items()
    skipped = len(train.source_of(name)) + 1
    inside: dict[str, set[str]] = {}
    direct: set[str] = set()
    for path in _evenly(column.paths, _MOST_PATHS):
        folder, *between = PurePath(str(path)[skipped:]).parts[:-1]
        inside.setdefault(folder, set()).update(between[:1])
        if not between:
            direct.add(folder)
    found = {folder: frozenset() if folder in direct else frozenset(held) for folder, held in inside.items()}
    return FoldersSeen(str(getattr(section, "train", "")), found)
