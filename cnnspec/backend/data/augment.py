"""Random changes of training pictures: Keras' own layers, in the order written, without state of their own.

A Keras layer takes the seeds of its draws from a generator that counts its calls, so that what batch k of an
epoch becomes depends on which batches were asked for before it, and in which order. Here every layer's
generator gives seeds that are a function of (seed, position of the layer, epoch, batch) alone.
"""

from typing import Any

import keras
import tensorflow as tf

from cnnspec.backend.data.random_seeds import Among, Draws, batched, keys
from cnnspec.language.augmentation import Augmentation

_SEE_ALL = frozenset({"equalization", "random_contrast", "random_color_jitter", "rand_augment", "aug_mix"})
"""Keras' Equalization counts the values of the whole batch. RandomContrast takes the mean of each picture, whose last
bit depends on how many there are. The others have one or both of them among their changes."""


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


class _Step:
    """One layer; called with a batch of float32 pictures, its epoch and its number."""

    def __init__(self, written: Augmentation, seed: int, position: int) -> None:
        own = getattr(written, "seed", None)
        self._base = (seed if own is None else own, position)
        self._draws = Draws()
        self._change = batched(build_layer(written, self._draws), self._draws)

    def __call__(self, images: Any, epoch: Any, batch: Any, among: Among | None) -> Any:
        self._draws.start(key_of(self._base, epoch, batch))
        return self._change(images, among)


def key_of(base: tuple[int, int], epoch: Any, batch: Any) -> Any:
    """Two numbers that a layer draws by in a batch: a function of the arguments."""
    key = tf.constant(base, tf.int64)
    for number in (epoch, batch):
        key = tf.random.experimental.stateless_fold_in(key, tf.cast(number, tf.int64), alg="philox")
    return keys(key, ())


def build_layer(written: Augmentation, draws: Draws) -> Any:
    """The Keras layer, computing in single precision, that takes its seeds from `draws`.

    A seed is always given, since Keras would else take one from where initial weights take theirs.
    """
    arguments = written.written()
    if "seed" in type(written).model_fields:
        arguments["seed"] = arguments.get("seed") or 0
    layer = getattr(keras.layers, written.stock)(**arguments, dtype="float32")
    for part in (layer, *(value for value in vars(layer).values() if isinstance(value, keras.Layer))):
        part.dtype_policy = "float32"
        part.generator = draws.generator
    return layer
