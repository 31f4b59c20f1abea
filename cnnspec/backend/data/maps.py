"""Labels that lie over a picture, with a class or numbers for each of its places: they go where the picture goes.

n: examples; h, w: the picture's height and width; k: numbers at a place.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.data.augment import MapMover
from cnnspec.backend.data.splits import Split
from cnnspec.backend.objective.output_reading import answer_to
from cnnspec.graph.heads import Head
from cnnspec.language.augmentation import Augmentation
from cnnspec.layers.shape import write_shape
from cnnspec.source.diagnostic import Diagnostic, Rejected
from cnnspec.source.values import Keys

_AT = ("data", "augment")


LabelsMoved = Callable[[dict[str, Any], Any, Any], dict[str, Any]]
"""The labels of a batch by output, its epoch and its number -> the labels where the pictures are."""


@dataclass(frozen=True, slots=True)
class Map:
    """The labels of an output that lie over pictures, those of an example laid out as (h, w, k).

    Classes stay `whole`: what is moved takes the nearest. `ignored` is the class number that stands for no label.
    """

    output: str
    shape: tuple[int, int, int]
    whole: bool
    ignored: int | None = None


Sizes = Mapping[str, tuple[int, ...]]
"""(h, w, channels) of the pictures of each input that reads some."""


def maps_over(sizes: Sizes, outputs: Sequence[Head], train: Split) -> tuple[Map, ...]:
    """The labels that lie over the pictures of a split; the loss of their output says what they are."""
    found = []
    for head in outputs:
        labels = train.labels[head.name]
        laid = next(filter(None, (_laid_out(labels.shape[1:], head, size) for size in sizes.values())), None)
        if laid is not None:
            answer = answer_to(labels, head, ())
            whole = answer.form != "values" and bool(np.equal(labels, np.rint(labels)).all())
            found.append(Map(head.name, laid, whole, answer.ignored if whole else None))
    return tuple(found)


def _laid_out(labels: tuple[int, ...], head: Head, picture: tuple[int, ...]) -> tuple[int, int, int] | None:
    """How the labels of an example lie over a picture; None where they do not.

    The output has numbers for each place, be it in rows and columns or with all places in a row.
    """
    height, width = picture[:2]
    in_rows = len(head.shape) == 3 or (len(head.shape) == 2 and head.activation != "softmax")
    if in_rows and labels[:2] == (height, width) and len(labels) <= 3:
        return (height, width, labels[2] if len(labels) == 3 else 1)
    if len(head.shape) == 2 and labels[:1] == (height * width,) and len(labels) <= 2:
        return (height, width, labels[1] if len(labels) == 2 else 1)
    return None


def check_followed(
    augmentations: tuple[Augmentation, ...], sizes: Sizes, outputs: Sequence[Head], train: Split, maps: Sequence[Map]
) -> None:
    """Raise Rejected for each augmentation that moves pictures where labels belong to places and cannot go along."""
    lying = {each.output for each in maps}
    apart = [head for head in outputs if head.name in train.labels and head.name not in lying]
    found: list[Diagnostic] = []
    for index, each in enumerate(augmentations):
        if each.moves:
            at = (*_AT, index)
            found += (_left_behind(each, head, train, sizes, at) for head in apart if _has_places(head, train, sizes))
            found += _cannot_follow(each, maps, train, at)
    if found:
        raise Rejected(found)


def _has_places(head: Head, train: Split, sizes: Sizes) -> bool:
    """Whether the labels of an output belong to places, though they do not lie over a picture as it is."""
    labels = train.labels[head.name].shape[1:]
    if len(head.shape) == 3:
        return len(labels) >= 2
    numbers = {size for h, w, channels in sizes.values() for size in (h * w, h * w * channels) if size > 1}
    return len(head.shape) == 1 and head.activation != "softmax" and len(labels) == 1 and labels[0] in numbers


def _left_behind(each: Augmentation, head: Head, train: Split, sizes: Sizes, at: Keys) -> Diagnostic:
    shape = train.labels[head.name].shape[1:]
    (height, width, channels), *_ = sizes.values()
    size = write_shape((height, width))
    message = (
        f"{each.kind} moves pictures of {size}, and the labels in {train.source_of(head.name)} have"
        f" shape {write_shape(shape)}; expected labels over the picture's own places, which are moved with it"
    )
    flat = len(shape) == 1
    wanted = [height, width, 1 if shape[-1:] == (height * width,) else channels]
    help = f"end in reshape: {wanted} and save the labels so, or leave {each.kind} out"
    coarse = f"save the labels at {size} and let the network end at it, or leave {each.kind} out"
    return Diagnostic("bad-augmentation", message, help=help if flat else coarse, at=at)


def _cannot_follow(each: Augmentation, maps: Sequence[Map], train: Split, at: Keys) -> Iterator[Diagnostic]:
    for one in maps:
        source = train.source_of(one.output)
        if not each.followed:
            message = (
                f"{each.kind} blends pictures that it has moved apart, so that no label in {source} belongs to one"
                " place; expected an augmentation that moves a picture as a whole"
            )
            yield Diagnostic(
                "bad-augmentation", message, help="leave it out, or take random_rotation and others", at=at
            )
        elif each.blank and one.ignored is None:
            message = (
                f"{each.kind} fills what comes in from outside with one colour, of which the labels in {source} say"
                " nothing; expected places that have labels"
            )
            yield Diagnostic("bad-augmentation", message, help=_filled(each, one), at=at)


def _filled(each: Augmentation, one: Map) -> str:
    instead = "write fill_mode: reflect" if "fill_mode" in type(each).model_fields else "leave it out"
    ignoring = ", or a loss with ignore_class: what comes in then is of that class" if one.whole else ""
    return f"{instead}{ignoring}"


def labels_moved(augmentations: tuple[Augmentation, ...], seed: int, maps: Sequence[Map]) -> LabelsMoved | None:
    """What happens to the labels of a batch whose pictures an `Augmenter` changes; None where nothing does."""
    if not maps or not any(each.moves for each in augmentations):
        return None
    moving = {each.output: _moving(augmentations, seed, each) for each in maps}

    def move(labels: dict[str, Any], epoch: Any, number: Any) -> dict[str, Any]:
        moved = {name: change(labels[name], epoch, number) for name, change in moving.items()}
        return {**labels, **moved}

    return move


def _moving(augmentations: tuple[Augmentation, ...], seed: int, one: Map) -> Callable[[Any, Any, Any], Any]:
    mover = MapMover(augmentations, seed, one.whole, float(one.ignored or 0))

    def move(labels: Any, epoch: Any, number: Any) -> Any:
        """Labels of a batch; classes keep their type, numbers become float32."""
        places = tf.reshape(tf.cast(labels, tf.float32), (-1, *one.shape))
        moved = mover.apply(places, epoch, number)
        sizes = moved.shape[1:3] if labels.shape[1:3] == one.shape[:2] else [moved.shape[1] * moved.shape[2]]
        shaped = tf.reshape(moved, (-1, *sizes, *labels.shape[1 + len(sizes) :]))
        return tf.cast(tf.round(shaped) if labels.dtype.is_integer else shaped, labels.dtype) if one.whole else shaped

    return move
