"""Which examples an output says something wrong of, the worst mistakes first."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """Where an example stands: its file, its line or row, or its index; and what it says, if it is a text."""

    place: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class WrongClass:
    """An example of one class that was taken for another, with what probability, and which the true one had.

    None where the output gives no probabilities.
    """

    example: Example
    true: str
    said: str
    probability: float | None
    of_true: float | None


@dataclass(frozen=True, slots=True)
class WrongLabels:
    """An example of whose labels some were `missed` or `added`; the `surest` of these had this `probability`.

    That of a label that was missed is how sure it was that the label does not hold; None without probabilities.
    """

    example: Example
    true: tuple[str, ...]
    said: tuple[str, ...]
    probability: float | None
    surest: str = ""

    @property
    def missed(self) -> tuple[str, ...]:
        """Labels that hold, and were not said."""
        return tuple(label for label in self.true if label not in self.said)

    @property
    def added(self) -> tuple[str, ...]:
        """Labels that were said, and do not hold."""
        return tuple(label for label in self.said if label not in self.true)


@dataclass(frozen=True, slots=True)
class Residual:
    """Numbers and what was said for them; the `error` of a single one is the difference, of several its RMS.

    Of numbers that have several axes only the error is here.
    """

    example: Example
    true: tuple[float, ...]
    said: tuple[float, ...]
    error: float

    @property
    def farthest(self) -> int | None:
        """Which of several numbers is off the most; None of one, and where only the error is here."""
        off = [abs(said - true) for said, true in zip(self.said, self.true, strict=True)]
        known = [math.inf if math.isnan(each) else each for each in off]
        return known.index(max(known)) if len(known) > 1 else None


@dataclass(frozen=True, slots=True)
class WrongPlaces:
    """An example with an answer at each of many places, so many of which are wrong."""

    example: Example
    wrong: int
    of: int


Mistake = WrongClass | WrongLabels | Residual | WrongPlaces


@dataclass(frozen=True, slots=True)
class Mistakes:
    """The mistakes of an output: so many `wrong` examples of those that count, and the `worst` of them in order.

    Classes and labels are ordered by how sure the network was, numbers by their error (then all examples are here),
    maps by the share of their places that is wrong.
    """

    form: str
    wrong: int
    count: int
    worst: tuple[Mistake, ...] = ()
