"""Whether a spec's augmentations fit its pictures: each is tried on two of their size before the first step."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.data.augment import Augmenter
from cnnspec.backend.data.batches import Change
from cnnspec.backend.data.maps import LabelsMoved, Sizes, check_followed, labels_moved, maps_over
from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.random_seeds import Among
from cnnspec.backend.data.splits import Column, Split
from cnnspec.backend.keras_errors import refused
from cnnspec.backend.startup import quiet_start
from cnnspec.graph.heads import Head
from cnnspec.graph.nodes import Graph
from cnnspec.language.augmentation import Augmentation
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected
from cnnspec.source.values import show

_AT = ("data", "augment")
_SMALL_PART = 1 / 8
"""Pixels that fill no more of the default value_range than this were surely not counted from 0 to 255."""


def build_augmenter(augmentations: tuple[Augmentation, ...], graph: Graph, train: Split, seed: int) -> Augmenter | None:
    """What changes training pictures; None where nothing does. Raises Rejected.

    Every input that reads pictures is changed, and all of them alike; other inputs stay as they are.
    """
    if not augmentations:
        return None
    _refuse_mixing(augmentations)
    sizes = _sizes(graph, train)
    if not sizes:
        raise _no_picture(graph)
    augmenter = _fitting(augmentations, graph, sizes, seed)
    for name, size in sizes.items():
        if augmenter is None:
            _try_each(augmentations, name, graph.nodes[graph.inputs[name]].output, size)
        _check_values(augmentations, name, train.inputs[name])
    return augmenter or Augmenter(augmentations, seed)


def change_of(
    augmentations: tuple[Augmentation, ...],
    graph: Graph,
    train: Split,
    seed: int,
    outputs: Sequence[Head],
) -> Change | None:
    """What is done to training batches: to their pictures, and to labels that lie over these; None for nothing.

    `outputs` are those that are learnt, under their losses: these say whether labels are classes. Raises Rejected.
    """
    augmenter = build_augmenter(augmentations, graph, train, seed)
    if augmenter is None:
        return None
    sizes = _sizes(graph, train)
    maps = maps_over(sizes, outputs, train)
    check_followed(augmentations, sizes, outputs, train, maps)
    return on_pictures(augmenter, graph, labels_moved(augmentations, seed, maps))


def _sizes(graph: Graph, train: Split) -> Sizes:
    """(h, w, channels) of the pictures that each input reads, where it reads some."""
    return {name: _size_of(train.inputs[name]) for name in picture_inputs(graph)}


def picture_inputs(graph: Graph) -> tuple[str, ...]:
    """The inputs that read (height, width, channels)."""
    return tuple(name for name, position in graph.inputs.items() if len(graph.nodes[position].output) == 3)


def on_pictures(augmenter: Augmenter, graph: Graph, labels: LabelsMoved | None = None) -> Change:
    """What the augmenter does to the inputs of a batch: pictures are changed, all alike, and no other input.

    `labels` is what then happens to labels.
    """
    names = picture_inputs(graph)

    def make(inputs: dict[str, Any], epoch: Any, number: Any, among: Among | None) -> dict[str, Any]:
        changed = {name: augmenter.apply(inputs[name], epoch, number, among) for name in names}
        return {**inputs, **changed}

    return Change(make, augmenter.sees_all, labels)


def _refuse_mixing(augmentations: tuple[Augmentation, ...]) -> None:
    found = [
        Diagnostic("not-running", f"data.augment.{each.kind} does not run yet", help=_MIXES, at=(*_AT, index))
        for index, each in enumerate(augmentations)
        if not each.runs
    ]
    if found:
        raise Rejected(found)


_MIXES = "leave it out: it mixes labels, too, and only pictures are changed"


def _no_picture(graph: Graph) -> Rejected:
    shapes = {name: graph.nodes[position].output for name, position in graph.inputs.items()}
    received = ", ".join(f"input {name} of shape {write_shape(shape)}" for name, shape in shapes.items())
    flat = next((shape for shape in shapes.values() if len(shape) == 2), None)
    with_channel = flat and f"give the input its channels: {[*map(_size, flat), 1]}"
    help = with_channel or "leave augment out"
    return rejected("bad-augmentation", f"augment for {received}", "(height, width, channels)", help, at=_AT)


def _size(size: object) -> object:
    return size if isinstance(size, int) else "null"


def _size_of(column: Column) -> tuple[int, ...]:
    """(height, width, channels) of the pictures in a column."""
    if isinstance(column, Pictures):
        return column.reading.shape
    assert isinstance(column, np.ndarray)
    return column.shape[1:]


def _fitting(augmentations: tuple[Augmentation, ...], graph: Graph, sizes: Sizes, seed: int) -> Augmenter | None:
    """What changes training pictures, tried on two of each input; None where some step does not fit.

    All steps at once, as batches go through them: what is recorded here serves the training.
    """
    with suppress(Rejected), refused("bad-augmentation", "augment", "what fits", _OTHER, _AT), quiet_start():
        augmenter = Augmenter(augmentations, seed)
        for name, size in sizes.items():
            pictures = augmenter.apply(tf.zeros((2, *size), graph.dtypes.get(name, "float32")), 0, 0)
            if not _is_read(graph.nodes[graph.inputs[name]].output, pictures.shape[1:]):
                return None
        return augmenter
    return None


def _is_read(wanted: Shape, made: Sequence[int]) -> bool:
    """Whether an input of this shape reads pictures of these sizes."""
    return all(not isinstance(size, int) or size == other for size, other in zip(wanted, made, strict=True))


_OTHER = "change its arguments, or leave it out"


def _try_each(augmentations: tuple[Augmentation, ...], name: str, wanted: Shape, sizes: tuple[int, ...]) -> None:
    """Each step on two pictures of the size that the one before it makes; the last size must be what is read."""
    pictures: Any = tf.zeros((2, *sizes))
    resized = 0
    for index, each in enumerate(augmentations):
        before = tuple(pictures.shape[1:])
        received = f"{each.kind} for pictures of {before}, as input {name} reads"
        with refused("bad-augmentation", received, "what it can change", _OTHER, (*_AT, index)), quiet_start():
            pictures = Augmenter((each,), 0).apply(pictures, 0, 0)
        resized = index if tuple(pictures.shape[1:]) != before else resized
    result = tuple(pictures.shape[1:])
    if not _is_read(wanted, result):
        received = f"{augmentations[resized].kind} makes pictures of {result}"
        help = "give it the input's height and width, or change the input's shape"
        expected = f"{write_shape(wanted)}, as input {name} reads"
        raise rejected("bad-augmentation", received, expected, help, at=(*_AT, resized))


def _check_values(augmentations: tuple[Augmentation, ...], name: str, column: Column) -> None:
    """Raise Rejected where an augmentation takes pixels to go from 0 to 255, say, that go from 0 to 1."""
    ranged = [pair for pair in enumerate(augmentations) if "value_range" in type(pair[1]).model_fields]
    if not ranged or not isinstance(column, np.ndarray):
        return
    least, most = float(column.min()), float(column.max())
    for index, each in ranged:
        lower, upper = each.arguments()["value_range"]
        faint = "value_range" not in each.written() and most - least <= (upper - lower) * _SMALL_PART
        if lower <= least and most <= upper and not faint:
            continue
        received = f"{each.kind} takes values from {show(lower)} to {show(upper)}"
        expected = f"a value_range for the pixels of input {name}, which go from {least:g} to {most:g}"
        help = f"write value_range: [{least:g}, {most:g}], or the range that pixels can have"
        raise rejected("value-range", received, expected, help, at=(*_AT, index))
