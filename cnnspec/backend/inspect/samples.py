"""Some training examples of each class as values that others show: pictures as files, texts, curves."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image

from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.splits import Array, Column, Dataset
from cnnspec.backend.data.texts import Texts
from cnnspec.backend.inspect.contact import chosen_rows, levels_between, shown_between
from cnnspec.backend.inspect.counts import class_of
from cnnspec.results.samples import PictureKind, Sample, SampleCurve, SamplePicture, Samples, SampleText

_EACH = 4
"""Examples of a class."""
_LARGEST, _PLAIN = 192, 64
"""A picture's longer side in pixels at most, and up to which it is kept without loss."""
_QUALITY = 85
_TEXT = 240
"""Characters of a text."""
_POINTS, _CHANNELS = 240, 3


def samples_of(dataset: Dataset) -> tuple[Samples, ...]:
    """Of each input that can be shown; raises RunFailed where a picture cannot be read."""
    train = dataset.train
    output = next(iter(train.labels))
    rows = np.array([row for each in chosen_rows(train, output, _EACH) for row in each])
    labels = [class_of(train, output, dataset.classes.get(output, ()), int(row)) for row in rows]
    found = (_shown(name, column, rows, labels) for name, column in train.inputs.items())
    return tuple(samples for samples in found if samples is not None)


def _shown(name: str, column: Column, rows: Array, labels: list[str]) -> Samples | None:
    if isinstance(column, Texts):
        texts = (str(column.items[row]) for row in rows)
        return Samples(name, tuple(SampleText(label, text[:_TEXT]) for label, text in zip(labels, texts, strict=True)))
    if isinstance(column, Pictures):
        return _pictures(name, column, column.read(rows), labels)
    array = np.asarray(column)
    if array.ndim == 4:
        return _pictures(name, column, array[rows], labels)
    several = array.ndim == 3 or (array.ndim == 2 and array.shape[1] >= _PLAIN and array.dtype.kind == "f")
    return Samples(name, tuple(_curves(array[rows], labels))) if several else None


def _pictures(name: str, column: Column, pictures: Array, labels: list[str]) -> Samples:
    lowest, highest = shown_between(column, pictures)
    shown = tuple(
        _picture(levels_between(picture, lowest, highest), label)
        for picture, label in zip(pictures, labels, strict=True)
    )
    return Samples(name, shown, f"as the network gets them, from {lowest:g} (black) to {highest:g} (white)")


def _picture(levels: Array, label: str) -> Sample:
    """A file of (h, w, 1, 3 or 4) bytes: small pictures as they are, larger ones as photographs are kept."""
    image = Image.fromarray(levels[..., 0] if levels.shape[-1] == 1 else np.ascontiguousarray(levels))
    plain = max(image.size) <= _PLAIN or image.mode == "RGBA"
    image.thumbnail((_LARGEST, _LARGEST))
    kind: PictureKind = "png" if plain else "jpeg"
    held = BytesIO()
    image.save(held, kind.upper(), **({"optimize": True} if plain else {"quality": _QUALITY}))
    return SamplePicture(label, held.getvalue(), kind, image.size)


def _curves(arrays: Array, labels: list[str]) -> Iterator[Sample]:
    """Evenly taken from (n, length) or (n, length, channels)."""
    taken = arrays if arrays.ndim == 3 else arrays[..., None]
    places = np.unique(np.linspace(0, taken.shape[1] - 1, min(_POINTS, taken.shape[1])).astype(np.int64))
    for array, label in zip(taken[:, places, :_CHANNELS], labels, strict=True):
        yield SampleCurve(label, tuple(tuple(map(float, channel)) for channel in array.T))
