"""How sure a figure is: where it may lie, since only so many examples were seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure's `value` on what was seen; from `least` to `most` it may well lie."""

    value: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """Intervals `of` figures by name, at a `level` such as 0.95.

    They come of `resamples` drawn with replacement from so many `units`: examples, or where `groups` names a column the
    groups of examples that have the same value there, which are drawn whole; so many are `lone`, examples of which it
    says nothing. Figures of which all resamples are alike have none.
    """

    level: float
    resamples: int
    units: int
    of: Mapping[str, Interval] = field(default_factory=dict)
    groups: str = ""
    lone: int = 0
