"""Numbers that differ by less than float32, in which a network computes, can tell."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.results.seen import Seen
from cnnspec.results.spread import Spread
from cnnspec.source.diagnostic import Diagnostic, doubted
from cnnspec.source.route import InputAt

_STEP = 2.0**-23
"""How far apart two neighbours among the numbers of float32 are, as a part of the number."""
_FEWEST = 64
"""Steps within one standard deviation below which something is lost."""


def inexact_numbers(subject: Subject, seen: Seen) -> Iterator[Diagnostic]:
    """Seconds since 1970 lie 128 apart in float32, however they are normalised afterwards."""
    for numbers in seen.numbers:
        for spread in numbers.columns or (numbers.all,):
            if 0 < spread.deviation < _FEWEST * _step(spread):
                told = f"{spread.name} goes from {spread.least:.10g} to {spread.most:.10g}"
                message = f"{told}, where float32 tells numbers apart that differ by {_step(spread):.3g}"
                help = f"subtract {spread.mean:.6g} or so in the data, before they become float32"
                yield doubted("inexact-numbers", message, help, at=InputAt(numbers.input))


def _step(spread: Spread) -> float:
    return max(abs(spread.least), abs(spread.most)) * _STEP
