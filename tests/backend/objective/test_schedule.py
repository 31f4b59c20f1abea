"""Learning rates over steps, compared with Keras' own schedules and with the published formulas."""

import math
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backend.objective.schedule import build_rate
from cnnspec.language.schedules import Constant, Cosine, Exponential, OneCycle, Schedule, Step
from cnnspec.source.diagnostic import Rejected
from tests.support.often import examples

PEAKS = st.floats(1e-5, 10)
FACTORS = st.floats(0.05, 0.95)
PER_EPOCH = st.integers(1, 50)
EPOCHS = st.integers(2, 12)
OFTEN = settings(max_examples=examples(20, 50), deadline=None)


def rates(schedule: Any, steps: int) -> np.ndarray:
    """The rate of every step."""
    return np.array([float(schedule(step)) for step in range(steps)])


def agree(written: Schedule, wanted: Any, epochs: int, per_epoch: int, peak: float) -> None:
    """At steps over the whole training and a little beyond, the rate is the one wanted; of one step, too."""
    ours = build_rate(written, epochs, per_epoch)
    steps = np.unique([*np.linspace(0, epochs * per_epoch, 17, dtype=int), 1, per_epoch, per_epoch + 1])
    found, expected = np.asarray(ours(steps)), np.array([float(wanted(int(step))) for step in steps])
    assert found == pytest.approx(expected, rel=2e-5, abs=2e-6 * peak), steps
    assert float(ours(np.int64(per_epoch))) == found[steps == per_epoch]


@OFTEN
@given(PEAKS, EPOCHS, PER_EPOCH, st.integers(0, 3), st.floats(0, 1), st.none() | st.integers(1, 9))
def test_a_cosine_with_warm_up_is_keras_cosine_decay(
    peak: float, epochs: int, per_epoch: int, warmup: int, share: float, length: int | None
) -> None:
    epochs += warmup
    written = Cosine(peak=peak, warmup=warmup, final=share * peak, epochs=length)
    steps = (epochs - warmup if length is None else length) * per_epoch
    decay = keras.optimizers.schedules.CosineDecay
    up = {"warmup_target": peak, "warmup_steps": warmup * per_epoch} if warmup else {}
    agree(written, decay(0.0 if warmup else peak, steps, alpha=share, **up), epochs, per_epoch, peak)


@OFTEN
@given(PEAKS, EPOCHS, PER_EPOCH, st.integers(1, 3))
def test_a_constant_rate_climbs_as_keras_polynomial_decay(peak: float, epochs: int, per_epoch: int, up: int) -> None:
    line = keras.optimizers.schedules.PolynomialDecay(0.0, up * per_epoch, end_learning_rate=peak, power=1.0)
    agree(Constant(rate=peak, warmup=up), line, epochs, per_epoch, peak)


@OFTEN
@given(PEAKS, FACTORS, EPOCHS, PER_EPOCH, st.sets(st.integers(1, 12), min_size=1, max_size=4))
def test_steps_at_epochs_are_keras_piecewise_constant(
    peak: float, factor: float, epochs: int, per_epoch: int, at: set[int]
) -> None:
    """The first step of the epoch after a fall has the lower rate; Keras counts a boundary to what is before it."""
    moments = sorted(at)
    values = [peak * factor**falls for falls in range(len(moments) + 1)]
    bounds = [moment * per_epoch - 1 for moment in moments]
    wanted = keras.optimizers.schedules.PiecewiseConstantDecay(bounds, values)
    agree(Step(peak=peak, at=tuple(moments), factor=factor), wanted, epochs, per_epoch, peak)


@OFTEN
@given(PEAKS, FACTORS, EPOCHS, PER_EPOCH, st.integers(1, 5), st.integers(0, 3))
def test_steps_every_so_many_epochs_are_keras_staircase_after_the_warm_up(
    peak: float, factor: float, epochs: int, per_epoch: int, every: int, warmup: int
) -> None:
    stairs = keras.optimizers.schedules.ExponentialDecay(peak, every * per_epoch, factor, staircase=True)

    def wanted(step: int) -> float:
        up = warmup * per_epoch
        return peak * step / up if step < up else float(stairs(step - up))

    agree(Step(peak=peak, every=every, factor=factor, warmup=warmup), wanted, epochs, per_epoch, peak)


@OFTEN
@given(PEAKS, FACTORS, EPOCHS, PER_EPOCH, st.integers(1, 5), st.booleans())
def test_an_exponential_is_keras_exponential_decay(
    peak: float, factor: float, epochs: int, per_epoch: int, every: int, staircase: bool
) -> None:
    wanted = keras.optimizers.schedules.ExponentialDecay(peak, every * per_epoch, factor, staircase=staircase)
    agree(Exponential(peak=peak, factor=factor, every=every, staircase=staircase), wanted, epochs, per_epoch, peak)


def one_cycle(peak: float, epochs: int, per_epoch: int, rise: float) -> Any:
    """As fastai writes it: cosines over `pos` from 0 to 1, from peak / 25 up and down to peak / 25 / 10,000."""

    def cosine(start: float, end: float, pos: float) -> float:
        return start + (1 + math.cos(math.pi * (1 - pos))) * (end - start) / 2

    def rate(step: int) -> float:
        pos = step / (epochs * per_epoch)
        if pos < rise:
            return cosine(peak / 25, peak, pos / rise)
        return cosine(peak, peak / 25 / 1e4, min(1.0, (pos - rise) / (1 - rise)))

    return rate


@OFTEN
@given(PEAKS, EPOCHS, PER_EPOCH, st.none() | st.floats(0.1, 0.9))
def test_one_cycle_is_the_published_curve(peak: float, epochs: int, per_epoch: int, rise: float | None) -> None:
    written = OneCycle(peak=peak, rise=None if rise is None else rise * epochs)
    agree(written, one_cycle(peak, epochs, per_epoch, rise or 0.3), epochs, per_epoch, peak)


def test_one_cycle_keeps_to_its_own_ends() -> None:
    rate = build_rate(OneCycle(peak=1.0, start=0.1, final=0.01, rise=2), 4, 10)
    assert [float(rate(step)) for step in (0, 20, 40, 50)] == pytest.approx([0.1, 1.0, 0.01, 0.01])


@pytest.mark.parametrize(("every", "per_epoch"), [(0.1, 30), (0.3, 10), (1 / 3, 300), (0.7, 10)])
def test_a_part_of_an_epoch_ends_at_its_step(every: float, per_epoch: int) -> None:
    """Three steps of 0.1 epochs are three steps, though no float is a tenth."""
    rate = build_rate(Step(peak=1.0, every=every, factor=0.5), 4, per_epoch)
    length = round(every * per_epoch)
    assert rates(rate, 4 * length) == pytest.approx(0.5 ** (np.arange(4 * length) // length))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (Cosine(peak=0.1, warmup=5), "a cosine after a warm-up of 5 epochs, in a training of 4"),
        (Step(peak=0.1, at=(1, 3), warmup=2), "a fall after 1 epochs, within the warm-up of 2"),
        (OneCycle(peak=0.1, rise=4), "a one_cycle that rises for 4 epochs, in a training of 4"),
    ],
)
def test_a_schedule_that_cannot_be_followed_is_refused(written: Schedule, message: str) -> None:
    with pytest.raises(Rejected, match=message):
        build_rate(written, 4, 10)
