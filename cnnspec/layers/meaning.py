"""What the numbers that a layer gives can be: how far they go, and whether they are probabilities or their logarithms.

A fold over the graph: each layer says it of itself, from what it reads (`Layer.gives`).
"""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from cnnspec.source.frozen import frozen


@frozen
class Meaning:
    """The numbers of a tensor lie from `low` to `high`.

    `told`: they do go as far, for some weights and inputs; else nothing is known but that they do not go further.
    `shares`: along the last axis they are at least 0 and add up to one. `logarithms`: they are logarithms of numbers
    from 0 to 1.
    """

    low: float = -inf
    high: float = inf
    told: bool = True
    shares: bool = False
    logarithms: bool = False

    @property
    def probable(self) -> bool:
        """Whether all may be probabilities."""
        return self.low >= 0 and self.high <= 1

    @property
    def improbable(self) -> bool:
        """Whether some surely are not."""
        return self.told and not self.probable

    @property
    def any_number(self) -> bool:
        """Whether they surely are what a weighted sum gives: large or small without bound."""
        return self.told and self.low == -inf and self.high == inf

    @property
    def apart(self) -> "Meaning":
        """The same numbers, no longer beside those that they add up with."""
        return replace(self, shares=False) if self.shares else self

    def clipped(self, low: float, high: float) -> "Meaning":
        """What is left where smaller numbers become `low`, and larger ones `high`."""
        least, most = (min(max(bound, low), high) for bound in (self.low, self.high))
        return Meaning(least, most, self.told, self.shares and self.low >= low and self.high <= high)

    def words(self) -> str:
        """How far they go, for a message."""
        if self.low == -inf:
            return "any number" if self.high == inf else f"any number up to {self.high:g}"
        if self.high < inf:
            return f"anything from {self.low:g} to {self.high:g}"
        return f"any number from {self.low:g} on"


ANY = Meaning()
"""What a weighted sum gives."""
UNTOLD = Meaning(told=False)
"""Of which nothing is known."""


def among(read: Sequence[Meaning]) -> Meaning:
    """Of numbers that are each one of those that are read, and no longer add up with others."""
    low, high = min(each.low for each in read), max(each.high for each in read)
    told = any(each.improbable for each in read) or all(each.told for each in read)
    return Meaning(low, high, told, logarithms=all(each.logarithms for each in read))
