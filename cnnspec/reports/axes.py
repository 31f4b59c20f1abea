"""The axes of a curve: which stretch of numbers they show, and where they are labelled."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

_STEPS = (1, 2, 2.5, 5)
_ROWS = 3
"""Lines between two labels of the upright axis, at the least."""
_NEAR = 0.2
"""An end of the axis that is so near a round number, in steps, is moved there."""
_OUTLIER = 50
"""A value so many times the median would flatten all others, unless the axis is logarithmic."""
_SMALL, _LARGE = 1e-290, 1e290
"""Beyond these sums and quotients of floats leave their range."""
_COLUMNS = 8
"""Cells from one labelled epoch to the next, at the least."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The upright axis: its ends, the values that are labelled, and whether it is logarithmic."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """How far up a value lies, from 0 to 1."""
        if self.logarithmic:
            low = math.log10(self.low)
            return (math.log10(value) - low) / (math.log10(self.high) - low)
        return (value - self.low) / (self.high - self.low)


def drawable(value: float) -> bool:
    """Whether an axis can show the value: it is finite, and not beyond all that means anything."""
    return abs(value) < _LARGE


def has_logarithm(value: float) -> bool:
    """Whether a logarithmic axis can show the value, too."""
    return _SMALL < value < _LARGE


def upright_axis(values: Iterable[float], height: int) -> Axis:
    """An axis of `height` lines over drawable values, of which there are some."""
    known = [value if abs(value) > _SMALL else 0.0 for value in values]
    low, high = min(known), max(known)
    if low > 0 and high > _OUTLIER * sorted(known)[len(known) // 2]:
        return logarithmic_axis(low, high, height)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        room = max(abs(low), abs(high)) / 10 or 1.0
        low, high = low - room, high + room
    step = next(step for step in _steps((high - low) / height) if _labels(low, high, step) <= max(2, height // _ROWS))
    first, last = math.ceil(low / step - _NEAR), math.floor(high / step + _NEAR)
    ticks = tuple((number * step, _label(number * step, step)) for number in range(first, last + 1))
    return Axis(min(low, first * step), max(high, last * step), ticks)


def _steps(least: float) -> Iterator[float]:
    """Round numbers in rising order, from about `least`."""
    power = math.floor(math.log10(least))
    return (factor * 10.0**each for each in count(power) for factor in _STEPS)


def _labels(low: float, high: float, step: float) -> int:
    """How many times a step has a place between both ends."""
    return math.floor(high / step + _NEAR) - math.ceil(low / step - _NEAR)


def logarithmic_axis(low: float, high: float, height: int) -> Axis:
    """An axis of `height` lines over whole powers of ten, for numbers above 0."""
    first = math.floor(math.log10(low))
    last = max(math.ceil(math.log10(high)), first + 1)
    step = -(-(last - first) // max(2, height // _ROWS))
    ticks = tuple((10.0**power, f"{10.0**power:g}") for power in range(first, last + 1, step))
    return Axis(10.0**first, 10.0**last, ticks, logarithmic=True)


def _label(value: float, step: float) -> str:
    if abs(value) < step / 2:
        return "0"
    if step >= 1e5 or step < 1e-4:
        return f"{value:.4g}"
    return f"{value:.{len(f'{step:g}'.partition('.')[2])}f}"


def epoch_labels(places: Sequence[int]) -> str:
    """The line under the level axis: numbers of epochs, counted from 1, each under its place among `places`."""
    room = max(1, places[-1] // _COLUMNS)
    step = next(step for step in _whole_steps() if (len(places) - 1) / step <= room)
    line = ""
    for epoch in dict.fromkeys((1, *range(step, len(places) + 1, step))):
        label = str(epoch)
        start = max(0, min(places[epoch - 1] - len(label) // 2, places[-1] + 1 - len(label)))
        if not line or start > len(line) + 1:
            line = line.ljust(start) + label
    return line


def _whole_steps() -> Iterator[int]:
    return (factor * 10**power for power in count() for factor in (1, 2, 5))
