"""What numbers a network of arrays has learnt from, and so what the black and the white of a picture are to it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnspec.runs.reading import entries, number

if TYPE_CHECKING:
    from cnnspec.language.sources.section import DataSection

_WHITES = (1, 15, 16, 255, 1023, 4095, 65535)
"""What white is where black is 0."""
_BALANCED = ((-0.5, 0.5), (-1, 1), (-128, 127))
"""What black and white are where grey is 0."""


@dataclass(frozen=True, slots=True)
class Range:
    """The least, the mean and the largest of the numbers that an input reads in the training split."""

    least: float
    mean: float
    largest: float

    @property
    def ends(self) -> tuple[float, float] | None:
        """What black and white are; None where nobody can tell, as with numbers that were standardised.

        Pictures seldom lack both dark and light, so that their numbers fill more than half of what they may be.
        """
        if self.least >= 0:
            return next(((0, white) for white in _WHITES if white / 2 < self.largest <= white), None)
        for black, white in _BALANCED:
            if black <= self.least < black / 2 and white / 2 < self.largest <= white:
                return black, white
        return None

    @property
    def light(self) -> float | None:
        """How light the pictures are on average, from 0 for black to 1 for white."""
        if self.ends is None:
            return None
        black, white = self.ends
        return (self.mean - black) / (white - black)

    def __str__(self) -> str:
        return f"{self.least:.4g} to {self.largest:.4g}"


def known_range(section: "DataSection | None", ranges: Mapping[str, Range], name: str) -> Range | None:
    """What the input `name` ranges over, as its run says, else as the source of its data has it; None if unknown."""
    if name in ranges or section is None or section.known_range is None:
        return ranges.get(name)
    return Range(*section.known_range)


def read_range(value: object) -> Range | None:
    """The range that a run's file holds; None for anything else."""
    held = entries(value)
    found = [number(held.get(key)) for key in ("least", "mean", "largest")]
    least, mean, largest = (each if each is not None and math.isfinite(each) else None for each in found)
    if least is None or mean is None or largest is None:
        return None
    return Range(least, mean, largest) if least <= mean <= largest else None
