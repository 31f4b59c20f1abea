"""Learning rates over time: the schedules of a spec as functions of the step, lengths in epochs.

Time is `e = step / steps_per_epoch`, in epochs since the training began; all arithmetic is in float64, so that a fall
comes at its very step. Where a schedule ends before the training does, its last rate stays.
"""

import math
from collections.abc import Callable
from typing import Any

import keras

from cnnspec.language.schedules import Constant, Cosine, Exponential, OneCycle, Step
from cnnspec.layers.kind import Kind
from cnnspec.source.diagnostic import rejected

Curve = Callable[[Any], Any]
"""From epochs since the warm-up ended, a float64 scalar of at least 0, to the rate."""

_AT = ("training", "optimizer")
_BEGINNING = 0.3
"""The part of a one-cycle training that climbs, where it does not say."""
_SLACK = 1e-9
"""Epochs by which rounding may miss the moment of a fall."""


class Rate(keras.optimizers.schedules.LearningRateSchedule):
    """A straight line from 0 to the peak over the warm-up, then a curve; steps count from the one `begun` with."""

    def __init__(self, curve: Curve, peak: float, warmup: float, steps_per_epoch: int, begun: int = 0) -> None:
        self._curve, self._peak, self._warmup, self._per_epoch = curve, peak, warmup, steps_per_epoch
        self._begun = begun

    def __call__(self, step: Any) -> Any:
        """The rate of a step, counted from 0, as a float32 scalar."""
        ops = keras.ops
        epoch = (ops.cast(step, "float64") - self._begun) / self._per_epoch
        rate = self._curve(ops.maximum(epoch - self._warmup, 0.0))
        if self._warmup:
            rate = ops.where(epoch < self._warmup - _SLACK, self._peak * epoch / self._warmup, rate)
        return ops.cast(rate, "float32")


def build_rate(rate: float | Kind, epochs: int, steps_per_epoch: int, begun: int = 0) -> Any:
    """A learning rate as Keras takes it: a number, or a schedule over steps; raises Rejected where it does not fit."""
    if not isinstance(rate, Kind):
        return float(rate)
    if isinstance(rate, OneCycle):
        return Rate(_one_cycle(rate, epochs), rate.peak, 0.0, steps_per_epoch, begun)
    if isinstance(rate, Constant):
        constant = rate.rate
        return Rate(_constant(constant), constant, rate.warmup, steps_per_epoch, begun) if rate.warmup else constant
    assert isinstance(rate, (Cosine, Step, Exponential))
    return Rate(_fall(rate, epochs), rate.peak, rate.warmup, steps_per_epoch, begun)


def _fall(rate: Cosine | Step | Exponential, epochs: int) -> Curve:
    if isinstance(rate, Cosine):
        return _cosine(rate, epochs)
    return _step(rate) if isinstance(rate, Step) else _exponential(rate)


def _constant(rate: float) -> Curve:
    return lambda epoch: keras.ops.full_like(epoch, rate)


def _cosine(rate: Cosine, epochs: int) -> Curve:
    """final + (peak - final) (1 + cos(pi t)) / 2 (Loshchilov and Hutter 2017, eq. 5 without restarts)."""
    length = epochs - rate.warmup if rate.epochs is None else rate.epochs
    if length <= 0:
        received = f"a cosine after a warm-up of {rate.warmup:g} epochs, in a training of {epochs}"
        raise rejected(
            "bad-schedule", received, "some time left", "shorten the warm-up, or train for more epochs", at=_AT
        )
    return lambda epoch: _wave(rate.peak, rate.final, epoch / length)


def _wave(first: float, last: float, part: Any) -> Any:
    """From one rate to the other along half a cosine wave; `part` of the way is done."""
    return last + (first - last) * (1 + keras.ops.cos(math.pi * keras.ops.minimum(part, 1.0))) / 2


def _step(rate: Step) -> Curve:
    """peak factor^n after n falls."""
    if rate.at is None:
        assert rate.every is not None
        every = rate.every
        return lambda epoch: rate.peak * rate.factor ** keras.ops.floor((epoch + _SLACK) / every)
    if rate.at[0] < rate.warmup:
        received = f"a fall after {rate.at[0]:g} epochs, within the warm-up of {rate.warmup:g}"
        raise rejected(
            "bad-schedule", received, "falls after it", "shorten the warm-up, or let the rate fall later", at=_AT
        )
    moments = [moment - rate.warmup - _SLACK for moment in rate.at]

    def falling(epoch: Any) -> Any:
        return rate.peak * rate.factor ** sum(keras.ops.cast(epoch >= moment, "float64") for moment in moments)

    return falling


def _exponential(rate: Exponential) -> Curve:
    """peak factor^(epoch / every), the exponent rounded down for a staircase."""

    def falling(epoch: Any) -> Any:
        times = keras.ops.floor((epoch + _SLACK) / rate.every) if rate.staircase else epoch / rate.every
        return rate.peak * rate.factor**times

    return falling


def _one_cycle(rate: OneCycle, epochs: int) -> Curve:
    """Two half waves, up to the peak and down to the final rate (Smith and Topin 2018, with cosines as in fastai)."""
    rise = _BEGINNING * epochs if rate.rise is None else rate.rise
    if rise >= epochs:
        received = f"a one_cycle that rises for {rise:g} epochs, in a training of {epochs}"
        raise rejected("bad-schedule", received, "some time left to come down", "write a smaller rise", at=_AT)
    start = rate.peak / 25 if rate.start is None else rate.start
    final = start / 10_000 if rate.final is None else rate.final

    def cycle(epoch: Any) -> Any:
        up, down = _wave(start, rate.peak, epoch / rise), _wave(rate.peak, final, (epoch - rise) / (epochs - rise))
        return keras.ops.where(epoch < rise, up, down)

    return cycle
