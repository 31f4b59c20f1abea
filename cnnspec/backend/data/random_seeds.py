"""Seeds for Keras' random layers that nothing counts, and the three layers that need more than that."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import tensorflow as tf

_LARGEST = 2**31 - 3
"""Keras folds seeds to below 2**31 - 2; smaller ones stay as they are."""


@dataclass(frozen=True, slots=True)
class Among:
    """Some examples among those of a batch: at these `places` (n) of `count`."""

    places: Any
    count: Any

    def blank(self, pictures: Any) -> Any:
        """As many pictures as the batch has, of the size of these; only their shape means something."""
        whole = tf.zeros(tf.concat([[self.count], tf.shape(pictures)[1:]], 0), pictures.dtype)
        return tf.ensure_shape(whole, (None, *pictures.shape[1:]))

    def own(self, drawn: Any) -> Any:
        """Of what was drawn for the whole batch, the rows of these examples; what is drawn once stays."""
        return tf.nest.map_structure(self._row, drawn)

    def _row(self, value: Any) -> Any:
        each = tf.is_tensor(value) and value.shape.rank and value.shape[0] is None
        return tf.gather(value, self.places) if each else value


Change = Callable[[Any, Among | None], Any]
"""Pictures (n, h, w, c) -> changed pictures; where they are only some among a batch, each as in the whole of it."""


class Draws:
    """The seeds of one layer's draws in one batch: as Keras' SeedGenerator gives them if its state was `key`."""

    def __init__(self) -> None:
        self.generator: Any = keras.random.SeedGenerator(0)
        self.generator.next = self.next
        self._key: Any = None
        self._count = 0

    def start(self, key: Any) -> None:
        """Begin a batch."""
        self._key, self._count = key, 0

    def next(self, ordered: bool = True) -> Any:
        """The seed of the next draw: two whole numbers."""
        seed = self._key + tf.constant((0, self._count), tf.int64)
        self._count += 1
        return seed


def keys(seed: Any, shape: tuple[Any, ...]) -> Any:
    """Keys (*shape, 2) for draws that have nothing to do with each other: a function of the seed."""
    return tf.random.stateless_uniform((*shape, 2), seed, 0, _LARGEST, tf.int64, alg="philox")


def batched(layer: Any, draws: Draws) -> Change:
    """What the layer does to a batch of pictures, as part of a graph."""
    if isinstance(layer, keras.layers.RandomElasticTransform):
        return _one_by_one(layer, draws)
    if isinstance(layer, keras.layers.RandAugment):
        return _chosen(layer)
    if isinstance(layer, keras.layers.AugMix):
        return _mixed(layer, draws)
    if isinstance(layer, keras.layers.RandomColorJitter):
        return _in_a_row(layer)
    return lambda images, among: _changed(layer, images, among)


def moved(layer: Any, draws: Draws, nearest: bool) -> Callable[[Any], Any]:
    """What a layer that moves pictures does to maps (n, h, w, c) of a whole batch: to their places, and nothing else.

    It draws as for the pictures, since no place depends on channels. `nearest` is whether no number may lie between
    two others; the layer itself must then know that, but for a crop, which has no such argument.
    """
    if isinstance(layer, keras.layers.RandAugment):
        change = _chosen(layer, _MOVING)
    elif nearest and isinstance(layer, keras.layers.RandomCrop):
        change = _cut_out(layer)
    else:
        change = batched(layer, draws)
    return lambda maps: change(maps, None)


_MOVING = frozenset({"random_shear", "random_translation", "random_rotation"})
"""The parts of a rand_augment that move."""


def _cut_out(layer: Any) -> Change:
    """A random_crop that takes the nearest value where it enlarges; Keras' mixes them."""

    def change(maps: Any, among: Among | None) -> Any:
        top, left = _drawn(layer, maps, among)
        piece = maps[:, top : top + layer.height, left : left + layer.width]
        return tf.image.resize(piece, (layer.height, layer.width), "nearest")

    return change


def _changed(layer: Any, images: Any, among: Among | None) -> Any:
    """What a layer makes of pictures: of a whole batch, or of some `among` it, drawn as for all of it."""
    if among is None:
        return layer(images, training=True)
    drawn = layer.get_random_transformation(among.blank(images), training=True)
    return layer.transform_images(images, among.own(drawn), training=True)


def _drawn(layer: Any, images: Any, among: Among | None) -> Any:
    """What a layer draws for these pictures."""
    if among is None:
        return layer.get_random_transformation(images, training=True)
    return among.own(layer.get_random_transformation(among.blank(images), training=True))


def _one_by_one(layer: Any, draws: Draws) -> Change:
    """A random_elastic_transform, which takes a batch whose length a graph does not know for a single picture."""
    alone = Draws()

    def one(picture: tuple[Any, Any, Any], strength: Any) -> Any:
        image, applies, key = picture
        alone.start(key)
        drawn = {"apply_transform": applies[None], "distortion_factor": strength, "seed": alone.generator}
        return layer.transform_images(image[None], drawn)[0]

    def change(images: Any, among: Among | None) -> Any:
        drawn = _drawn(layer, images, among)
        if drawn is None:
            return images
        strength, count = drawn["distortion_factor"], tf.shape(images)[0] if among is None else among.count
        noise = keys(draws.next(), (count,))
        pictures = (images, drawn["apply_transform"], noise if among is None else among.own(noise))
        signature = tf.TensorSpec(images.shape[1:], images.dtype)
        return tf.map_fn(lambda picture: one(picture, strength), pictures, fn_output_signature=signature)

    return change


def _in_a_row(layer: Any) -> Change:
    """A random_color_jitter, whose layers draw one after the other."""
    names = ("random_brightness", "random_contrast", "random_saturation", "random_hue")
    parts = [part for name in names if (part := getattr(layer, name)) is not None]

    def change(images: Any, among: Among | None) -> Any:
        if among is None:
            return layer(images, training=True)
        for part in parts:
            images = _changed(part, images, among)
        return images

    return change


def _chosen(layer: Any, only: Collection[str] | None = None) -> Change:
    """A rand_augment, which in a graph computes all its changes to keep one; here one is computed.

    Of some parts `only`, the others leave everything as it is.
    """

    def change(images: Any, among: Among | None) -> Any:
        drawn = _drawn(layer, images, among)
        parts = [(name, getattr(layer, name), how) for name, how in drawn["transforms"].items()]

        def change_once(position: Any, now: Any) -> Any:
            def by(name: str, part: Any, how: Any) -> Any:
                return part.transform_images(now, how) if only is None or name in only else now

            changed = tf.switch_case(drawn["layer_idxes"][position], [partial(by, *each) for each in parts])
            return position + 1, tf.ensure_shape(changed, now.shape)

        return tf.while_loop(lambda position, _: position < layer.num_ops, change_once, (tf.constant(0), images))[1]

    return change


def _mixed(layer: Any, draws: Draws) -> Change:
    """An aug_mix, which in a graph chooses its changes once for all batches; here they are drawn for each."""
    parts = [getattr(layer, name) for name in vars(layer)["_augment_layers"]]

    def change_once(images: Any, key: Any, among: Among | None) -> Any:
        draws.start(key)
        chosen = keras.random.randint((), 0, len(parts) + 1, seed=draws.generator)
        changes = [lambda part=part: _changed(part, images, among) for part in parts]
        return tf.ensure_shape(tf.switch_case(chosen, [*changes, lambda: images]), images.shape)

    def change(images: Any, among: Among | None) -> Any:
        weights = keras.random.gamma((layer.num_chains,), layer.alpha, seed=draws.generator)
        share = keras.random.beta((), layer.alpha, layer.alpha, seed=draws.generator)
        links = keys(draws.next(), (layer.num_chains * layer.chain_depth,))

        def link(position: Any, end: Any, mixture: Any) -> Any:
            end = change_once(end, links[position], among)
            chain, is_last = position // layer.chain_depth, (position + 1) % layer.chain_depth == 0
            mixed = mixture + end * weights[chain] / tf.reduce_sum(weights)
            return position + 1, tf.where(is_last, images, end), tf.where(is_last, mixed, mixture)

        count = layer.num_chains * layer.chain_depth
        start = (tf.constant(0), images, tf.zeros_like(images))
        mixture = tf.while_loop(lambda position, *_: position < count, link, start)[2]
        return tf.clip_by_value(share * images + (1 - share) * mixture, *layer.value_range)

    return change
