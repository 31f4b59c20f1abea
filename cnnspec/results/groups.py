"""Figures of an output for parts of the data, which a column tells apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnspec.results.intervals import Interval


@dataclass(frozen=True, slots=True)
class Group:
    """The examples with one value of the column, or with values of one range: how many, and their figures."""

    name: str
    count: int
    figures: Mapping[str, float] = field(default_factory=dict)
    intervals: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a column, those with the most examples first, ranges by size; `left_out` are further values."""

    column: str
    rows: tuple[Group, ...]
    left_out: int = 0
