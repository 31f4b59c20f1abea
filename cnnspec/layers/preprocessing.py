"""Layers that bring raw data into range, so that the exported model takes what the data holds."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cnnspec.layers.base import Facts, Layer, Misfit, Weight, place_of
from cnnspec.layers.building import keras_layer
from cnnspec.layers.fields import Axes, NumberOrList, Numbers
from cnnspec.layers.meaning import UNTOLD, Meaning
from cnnspec.layers.phrase import Phrase
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import NOTHING_AGAIN


class Rescaling(Layer, kind="rescaling"):
    """Multiply by `scale` and add `offset`: the shape stays.

    ```yaml
    - rescaling: 0.00392156862745098                            # (28, 28, 1) -> (28, 28, 1)
    - rescaling: {scale: 0.00784313725490196, offset: -1}       # (96, 96, 3) -> (96, 96, 3)
    ```
    """

    formula = "y = scale * x + offset"

    keeps_places = True
    prepares = True
    hands_on = True
    rereads = NOTHING_AGAIN

    scale: NumberOrList
    """A number, or a list with one for each channel."""
    offset: NumberOrList = 0.0
    """A number, or a list with one for each channel."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        for field, value in (("scale", self.scale), ("offset", self.offset)):
            sizes = _shape(value, field)
            # Keras takes any list and keeps the shape that it read, though the sum may have another.
            if sizes and sizes not in ((1,), inputs[0][-1:]):
                received = f"{field} of shape {write_shape(sizes)} on {write_shape(inputs[0])}"
                raise Misfit(field, received, "one number, or a list with one for each channel")
        return Facts(inputs[0])

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """A list has a number for each channel."""
        lists = {name: Symbol(f"{name}[c]") for name in ("scale", "offset") if isinstance(vars(self)[name], tuple)}
        return {**super().symbols(*inputs), **lists}

    def ranged(self, least: float, most: float) -> tuple[float, float]:
        """Over all channels together."""
        return _between(least, most, _flat(self.scale), _flat(self.offset))

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """The bounds of what it reads, rescaled; of a scale for each channel no more is known than of any number."""
        if read[0].any_number and self.scale != 0:
            return read[0]
        if isinstance(self.scale, tuple) or isinstance(self.offset, tuple) or not self.scale:
            return UNTOLD
        ends = [self.scale * bound + self.offset for bound in (read[0].low, read[0].high)]
        return Meaning(min(ends), max(ends), read[0].told)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Rescaling."""
        return keras_layer(keras, self, "Rescaling", name, scale=_listed(self.scale), offset=_listed(self.offset))


class Normalization(Layer, kind="normalization"):
    """Subtract the mean and divide by the standard deviation, given or learnt from the data: the shape stays.

    Learnt, they are those of the training split as this layer reads it, before augmentation, as Keras' `adapt` finds
    them; `train` does that before its first step and says so, and keeps them with the weights. What starts from trained
    weights takes them over where it has this layer's. A model as `build` makes it has mean 0 and variance 1.

    ```yaml
    - normalization                                                               # (28, 28, 3) -> (28, 28, 3)
    - normalization: {mean: [124, 117, 104], variance: [3409, 3265, 3293]}        # (28, 28, 3) -> (28, 28, 3)
    ```
    """

    formula = "y[P] = (x[P] - mean[e]) / max(sqrt(variance[e]), 1e-7)  # e is its place along the axis"

    keeps_places = True
    prepares = True
    hands_on = True
    rereads = NOTHING_AGAIN

    said_by_name = True

    axis: Axes | None = -1
    """The axis or axes with a mean of their own, the batch counting as 0; null: one mean for all."""
    mean: NumberOrList | None = None
    """The mean, together with the variance; without them both are learnt from the training data."""
    variance: NumberOrList | None = None
    """The variance."""
    invert: bool = False
    """Whether to multiply and add instead, which undoes the layer."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays; learnt, there are a mean and a variance for each place along the axes, and a count."""
        kept = self._kept(inputs[0])
        if (self.mean is None) != (self.variance is None):
            missing = "variance" if self.variance is None else "mean"
            raise Misfit(missing, f"no {missing}", "mean and variance, or neither")
        if self.mean is None or self.variance is None:
            learnt = (Weight("mean", kept, False), Weight("variance", kept, False), Weight("count", (), False))
            return Facts(inputs[0], learnt)
        self._check_given(_shape(self.mean, "mean"), _shape(self.variance, "variance"), kept)
        return Facts(inputs[0])

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """Whether its figures are given; they are many."""
        said = super().phrase(read, output)
        return said if self.mean is None else replace(said, text=f"{said.text}, given")

    def learnt_axes(self, shape: Shape) -> tuple[int, ...] | None:
        """Those with a mean of their own, where it is not given."""
        return tuple(place + 1 for place in self._places(shape)) if self.mean is None else None

    @property
    def _axes(self) -> tuple[int, ...]:
        return () if self.axis is None else (self.axis,) if isinstance(self.axis, int) else self.axis

    def _places(self, shape: Shape) -> list[int]:
        """The axes with a mean of their own, in order, the first one of an example counting as 0; raises Misfit."""
        return sorted(place_of(shape, axis) for axis in self._axes)

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Any number of any number; else it depends on the data."""
        return read[0] if read[0].any_number else UNTOLD

    def _kept(self, shape: Shape) -> tuple[int, ...]:
        places = self._places(shape)
        sizes = tuple(size for size in (shape[place] for place in places) if isinstance(size, int))
        if len(set(places)) < len(places):
            raise Misfit("axis", f"axis {list(self._axes)} on {write_shape(shape)}", "each axis once")
        if len(sizes) < len(places):
            raise Misfit("axis", "normalization along an axis of unknown length", "an axis whose size is known")
        return sizes

    def _check_given(self, mean: tuple[int, ...], variance: tuple[int, ...], kept: tuple[int, ...]) -> None:
        if mean != variance:
            received = f"a mean of shape {write_shape(mean)} and a variance of shape {write_shape(variance)}"
            raise Misfit("variance", received, "the same shape")
        last = kept[len(kept) - len(mean) :]
        if len(mean) > len(kept) or any(given not in (1, size) for given, size in zip(mean, last, strict=True)):
            received = f"a mean of shape {write_shape(mean)} for axes of sizes {write_shape(kept)}"
            raise Misfit("mean", received, "one number, or one for each place along the axes")

    def ranged(self, least: float, most: float) -> tuple[float, float] | None:
        """Over all places together, where mean and variance are given; learnt, they fit whatever is read."""
        if self.mean is None or self.variance is None or self.invert:
            return None
        scales = [1 / math.sqrt(variance) if variance > 0 else 1.0 for variance in _flat(self.variance)]
        offsets = [-mean * scale for mean, scale in zip(_flat(self.mean), scales, strict=False)]
        return _between(least, most, scales, offsets)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Normalization."""
        mean = None if self.mean is None else _listed(self.mean)
        variance = None if self.variance is None else _listed(self.variance)
        return keras_layer(keras, self, "Normalization", name, mean=mean, variance=variance)


def _shape(value: Numbers, field: str) -> tuple[int, ...]:
    """The shape of a number, a list or nested lists; raises Misfit where lists differ in length."""
    if not isinstance(value, tuple):
        return ()
    inner = {_shape(item, field) for item in value}
    if len(inner) > 1:
        raise Misfit(field, f"{field} with lists of different lengths", "lists of one length")
    return (len(value), *inner.pop())


def _flat(value: Numbers) -> list[float]:
    """All numbers of a number, a list or nested lists."""
    if not isinstance(value, tuple):
        return [float(value)]
    return [number for item in value for number in _flat(item)]


def _between(least: float, most: float, scales: Sequence[float], offsets: Sequence[float]) -> tuple[float, float]:
    """The ends of what such numbers become, scaled and shifted; one scale or shift may stand for all places."""
    places = range(max(len(scales), len(offsets)))
    shifted = [
        end * scales[place % len(scales)] + offsets[place % len(offsets)] for place in places for end in (least, most)
    ]
    return min(shifted), max(shifted)


def _listed(value: Numbers) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value
