"""How far the numbers of something reach, and about what they lie."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """The numbers of a split, an input or a column: smallest, mean, standard deviation (over n), largest."""

    name: str
    least: float
    mean: float
    deviation: float
    most: float
