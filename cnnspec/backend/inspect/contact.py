"""A contact sheet: training pictures as the network gets them, and what augmentation makes of each."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnspec.backend.data.augment import Augmenter
from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.splits import Array, Dataset, Split, is_classes
from cnnspec.backend.inspect.counts import class_of
from cnnspec.backend.inspect.grid import TEXT, Grid, draw
from cnnspec.backend.inspect.lettering import Lettering
from cnnspec.results.data import ContactSheet
from cnnspec.runs.files import write_with

_ROWS = 10
_DRAWS = 6
_SEVERAL = 8
"""Pictures in a row where nothing is augmented."""
_BRIGHTEST = 255.0


def draw_sheet(path: Path, name: str, dataset: Dataset, augmenter: Augmenter | None, title: str) -> ContactSheet:
    """Write a PNG with pictures of input `name`: a row for each with its draws, or for each class without any.

    Epoch 0 of a training with the augmenter's seed draws as the first column does, epoch 1 as the second; the
    pictures of the sheet are the batch. Raises RunFailed where a picture cannot be read or the file written.
    """
    train = dataset.train
    output = next(iter(train.labels))
    names = dataset.classes.get(output, ())
    rows = chosen_rows(train, output, _SEVERAL if augmenter is None else 1)
    flat = np.array([row for each in rows for row in each])
    column = train.inputs[name]
    pictures = column.read(flat) if isinstance(column, Pictures) else np.asarray(column)[flat]
    lowest, highest = shown_between(column, pictures)
    lines = _split(pictures, [len(each) for each in rows]) if augmenter is None else _draws(pictures, augmenter)
    headings = ("as read", *(f"draw {number}" for number in range(1, _DRAWS + 1))) if augmenter else ()
    labels = tuple(class_of(train, output, names, int(each[0])) for each in rows)
    told = f"{title}; shown from {lowest:g} (black) to {highest:g} (white)"
    tiles = tuple(tuple(levels_between(picture, lowest, highest) for picture in line) for line in lines)
    lettering = Lettering(TEXT)
    image = draw(Grid(told, headings, labels, tiles), lettering)
    write_with(path, lambda temporary: image.save(temporary, "PNG"))
    return ContactSheet(str(path), len(flat), 0 if augmenter is None else _DRAWS, lettering.legend)


def chosen_rows(train: Split, output: str, each: int) -> list[Array]:
    """Rows of examples: of every class some, of many classes some classes; any examples where there are none."""
    labels = train.labels[output]
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if not is_classes(labels):
        rows = _spread(train.count, _ROWS)
        return [rows[at : at + 1] for at in range(len(rows))]
    classes = np.unique(labels)
    groups = [np.flatnonzero(labels == number) for number in classes[_spread(len(classes), _ROWS)]]
    per_class = 1 if each > 1 else max(1, _ROWS // len(groups))
    return [group[at : at + each] for group in groups for at in range(min(per_class, len(group)))]


def _spread(count: int, most: int) -> Array:
    """Up to `most` of the numbers below `count`, evenly."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))


def _split(pictures: Array, counts: Sequence[int]) -> list[list[Array]]:
    ends = np.cumsum(counts)
    return [list(pictures[end - count : end]) for end, count in zip(ends, counts, strict=True)]


def _draws(pictures: Array, augmenter: Augmenter) -> list[list[Array]]:
    drawn = [np.asarray(augmenter.apply(pictures, epoch, 0)) for epoch in range(_DRAWS)]
    return [[picture, *(each[row] for each in drawn)] for row, picture in enumerate(pictures)]


def shown_between(column: object, pictures: Array) -> tuple[float, float]:
    """What is shown as black and as white: 0 to 255 for pictures of bytes, else all that the split holds."""
    if isinstance(column, Pictures):
        return 0.0, _BRIGHTEST
    array = np.asarray(column)
    lowest, highest = min(0.0, float(array.min())), float(array.max())
    if array.dtype == np.uint8 and highest > _BRIGHTEST / 2:
        return 0.0, _BRIGHTEST
    return lowest, highest if highest > lowest else lowest + 1.0


def levels_between(picture: Array, lowest: float, highest: float) -> Array:
    """(h, w, c) as bytes; of 2 channels, or more than 4, the first."""
    shown = picture if picture.shape[-1] in (1, 3, 4) else picture[..., :1]
    scaled = (shown.astype(np.float64) - lowest) * (_BRIGHTEST / (highest - lowest))
    return np.rint(np.clip(scaled, 0, _BRIGHTEST)).astype(np.uint8)
