"""Random changes of training pictures: Keras' own layers, in the order written, without state of their own.

A Keras layer takes the seeds of its draws from a generator that counts its calls, so that what batch k of an
epoch becomes depends on which batches were asked for before it, and in which order. Here every layer's
generator gives seeds that are a function of (seed, position of the layer, epoch, batch) alone.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnspec.backend.data.random_seeds import Among, Draws, batched, keys, moved
from cnnspec.language.augmentation import Augmentation

_SEE_ALL = frozenset({"equalization", "random_contrast", "random_color_jitter", "rand_augment", "aug_mix"})
"""Keras' Equalization counts the values of the whole batch. RandomContrast takes the mean of each picture, whose last
bit depends on how many there are. The others have one or both of them among their changes."""


_SATURATIONS = (0.0, 1.0)
"""What Keras 3.15 means to clip saturations to; it takes the range of the pixels, and colours become negative."""


class Augmenter:
    """Changes batches of pictures at random; `augmentations` happen one after the other.

    A layer with a `seed` of its own draws by that instead of the training's `seed`.
    """

    def __init__(self, augmentations: tuple[Augmentation, ...], seed: int) -> None:
        self.sees_all = any(each.kind in _SEE_ALL for each in augmentations)
        """Whether what a picture becomes depends on the other pictures of its batch."""
        self._steps = tuple(_Step(each, seed, position) for position, each in enumerate(augmentations))
        self._function = tf.function(self._change, autograph=False)

    def apply(self, images: Any, epoch: Any, batch: Any, among: Among | None = None) -> Any:
        """The pictures (n, h, w, c) of a batch (both counted from 0), changed; the type stays what it is.

        Depends on nothing else than the arguments and what the augmenter was made with, so it may be
        mapped over batches in parallel. Pictures of several inputs with the same epoch and batch are
        changed alike. Whole numbers are rounded and kept within their type.

        Pictures that are only some `among` a batch become, bit for bit, what they are in the whole of it; not where
        the augmenter `sees_all`.
        """
        images = tf.convert_to_tensor(images)
        if images.shape.rank != 4:
            raise ValueError(f"pictures have shape {images.shape}, expected (n, h, w, c)")
        picture = tf.TensorSpec((None, *images.shape[1:]), images.dtype)
        number = tf.TensorSpec((), tf.int64)
        now = (tf.cast(epoch, tf.int64), tf.cast(batch, tf.int64))
        if among is None:
            return self._function.get_concrete_function(picture, number, number)(images, *now)
        whole = (tf.TensorSpec((None,), tf.int32), tf.TensorSpec((), tf.int32))
        changed = self._function.get_concrete_function(picture, number, number, *whole)
        return changed(images, *now, among.places, among.count)

    def _change(self, images: Any, epoch: Any, batch: Any, *whole: Any) -> Any:
        among = Among(*whole) if whole else None
        changed = tf.cast(images, tf.float32)
        for step in self._steps:
            changed = step(changed, epoch, batch, among)
        if images.dtype.is_integer:
            return tf.saturate_cast(tf.round(changed), images.dtype)
        return tf.cast(changed, images.dtype)


class MapMover:
    """Moves maps of the places of pictures as an `Augmenter` made with the same moves the pictures.

    `nearest` maps keep to the numbers that they have, as classes must; others are mixed as pixels are. What comes in
    from outside where an augmentation knows nothing of it becomes `outside`.
    """

    def __init__(self, augmentations: tuple[Augmentation, ...], seed: int, nearest: bool, outside: float = 0.0) -> None:
        self._steps = [
            _Moving(each, seed, position, nearest, outside) for position, each in enumerate(augmentations) if each.moves
        ]
        self._function = tf.function(self._move, autograph=False)

    def apply(self, maps: Any, epoch: Any, batch: Any) -> Any:
        """Maps (n, h, w, c) of float32, of all examples of a batch, where its pictures have moved."""
        each = tf.TensorSpec((None, *maps.shape[1:]), tf.float32)
        number = tf.TensorSpec((), tf.int64)
        moving = self._function.get_concrete_function(each, number, number)
        return moving(maps, tf.cast(epoch, tf.int64), tf.cast(batch, tf.int64))

    def _move(self, maps: Any, epoch: Any, batch: Any) -> Any:
        for step in self._steps:
            maps = step(maps, epoch, batch)
        return maps


def _base(written: Augmentation, seed: int, position: int) -> tuple[int, int]:
    """What the draws of an augmentation are made from, beside the epoch and the batch."""
    own = getattr(written, "seed", None)
    return (seed if own is None else own, position)


class _Step:
    """One layer; called with a batch of float32 pictures, its epoch and its number."""

    def __init__(self, written: Augmentation, seed: int, position: int) -> None:
        self._base, self._draws = _base(written, seed, position), Draws()
        self._change = batched(build_layer(written, self._draws), self._draws)

    def __call__(self, images: Any, epoch: Any, batch: Any, among: Among | None) -> Any:
        self._draws.start(key_of(self._base, epoch, batch))
        return self._change(images, among)


class _Moving:
    """The same of a layer that moves, for maps: whatever it does beside moving is left out."""

    def __init__(self, written: Augmentation, seed: int, position: int, nearest: bool, outside: float) -> None:
        self._base, self._draws = _base(written, seed, position), Draws()
        fields = type(written).model_fields
        given: dict[str, object] = {"interpolation": "nearest"} if nearest and "interpolation" in fields else {}
        if "fill_value" in fields:
            given |= {"fill_value": outside, **({"value_range": _ANY_VALUE} if "value_range" in fields else {})}
        self._move = moved(build_layer(written, self._draws, given), self._draws, nearest)

    def __call__(self, maps: Any, epoch: Any, batch: Any) -> Any:
        self._draws.start(key_of(self._base, epoch, batch))
        return self._move(maps)


_ANY_VALUE = (float(np.finfo(np.float32).min), float(np.finfo(np.float32).max))


def key_of(base: tuple[int, int], epoch: Any, batch: Any) -> Any:
    """Two numbers that a layer draws by in a batch: a function of the arguments."""
    key = tf.constant(base, tf.int64)
    for number in (epoch, batch):
        key = tf.random.experimental.stateless_fold_in(key, tf.cast(number, tf.int64), alg="philox")
    return keys(key, ())


def build_layer(written: Augmentation, draws: Draws, instead: Mapping[str, object] = MappingProxyType({})) -> Any:
    """The Keras layer, computing in single precision, that takes its seeds from `draws`.

    Arguments are as written, but for those given `instead`. A seed is always given, since Keras would else take one
    from where initial weights take theirs.
    """
    arguments = {**written.written(), **instead}
    if "seed" in type(written).model_fields:
        arguments["seed"] = arguments.get("seed") or 0
    layer = getattr(keras.layers, written.stock)(**arguments, dtype="float32")
    for part in (layer, *(value for value in vars(layer).values() if isinstance(value, keras.Layer))):
        part.dtype_policy = "float32"
        part.generator = draws.generator
        if isinstance(part, keras.layers.RandomSaturation):
            part.value_range = _SATURATIONS
    return layer
