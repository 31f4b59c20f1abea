"""From which probability on an output says yes, and how sure it has to be."""

from dataclasses import dataclass

FEWEST = 19
"""Examples of a split that are needed for a promise of how many new ones are withheld."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What an output's probabilities have to reach.

    `yes` is what the second of two classes needs to be said, or each label for itself; none where more classes exclude
    each other. An answer that is less sure than `unsure` is none of the classes: its probability, of two classes
    measured so that `yes` lies at one half. None where nothing is withheld; of labels that is where none holds. It was
    chosen on so many examples of a `split`, or by a person: then there is no split.
    """

    output: str
    yes: tuple[float, ...] = ()
    unsure: float | None = None
    split: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Withheld:
    """So many of the examples are none of the classes; the rest are right in this `accuracy`, None of nothing."""

    count: int
    of: int
    accuracy: float | None
