"""Keras' optimizers and learning-rate schedules from what a spec says, epochs turned into steps."""

from typing import Any

import keras

from cnnspec.backend.data.wrong import rejected
from cnnspec.language.optimizers import Optimizer, keras_arguments
from cnnspec.language.schedules import Constant, Cosine
from cnnspec.layers.kind import Kind

RUNNING_SCHEDULES = ("constant", "cosine")


def build_optimizer(optimizer: Optimizer, epochs: int, steps_per_epoch: int) -> Any:
    """The Keras optimizer, for a training of so many epochs of so many steps."""
    rate = {}
    if "learning_rate" in optimizer.written():
        rate["learning_rate"] = build_rate(optimizer.learning_rate, epochs, steps_per_epoch)
    return getattr(keras.optimizers, optimizer.stock)(**rate, **keras_arguments(optimizer))


def build_rate(rate: float | Kind, epochs: int, steps_per_epoch: int) -> Any:
    """A learning rate as Keras takes it: a number, or a schedule over steps."""
    if isinstance(rate, Constant):
        return _constant(rate, steps_per_epoch)
    if isinstance(rate, Cosine):
        return _cosine(rate, epochs, steps_per_epoch)
    assert isinstance(rate, (int, float))
    return float(rate)


def _constant(rate: Constant, steps_per_epoch: int) -> Any:
    warmup = round(rate.warmup * steps_per_epoch)
    return _warmed(rate.rate, warmup, 1, 1.0) if warmup else rate.rate


def _cosine(rate: Cosine, epochs: int, steps_per_epoch: int) -> Any:
    warmup = round(rate.warmup * steps_per_epoch)
    steps = epochs * steps_per_epoch - warmup if rate.epochs is None else round(rate.epochs * steps_per_epoch)
    if steps <= 0:
        received = f"a cosine of {steps} steps after a warm-up of {rate.warmup} epochs, in a training of {epochs}"
        raise rejected("bad-schedule", received, "at least one step", "shorten the warm-up, or train for more epochs")
    floor = rate.final / rate.peak
    if warmup:
        return _warmed(rate.peak, warmup, steps, floor)
    return keras.optimizers.schedules.CosineDecay(rate.peak, steps, alpha=floor)


def _warmed(peak: float, warmup: int, steps: int, floor: float) -> Any:
    """From 0 to the peak in a line, then a cosine down to `floor` times the peak (1.0: it stays)."""
    schedule = keras.optimizers.schedules.CosineDecay
    return schedule(0.0, steps, alpha=floor, warmup_target=peak, warmup_steps=warmup)
