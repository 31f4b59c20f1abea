"""How fast two ways of training are in a trial by turns, and whether the quicker one is worth the change."""

from dataclasses import dataclass

_WORTHWHILE = 0.9


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds until the first step is done, and for a step in each of the turns that followed."""

    first: float
    turns: tuple[float, ...]

    @property
    def step(self) -> float:
        """Seconds a step at its best: other programs only ever make it slower."""
        return min(self.turns)

    def won(self, usual: "Timed") -> int:
        """In how many turns it was quicker than the usual pace by a tenth or more."""
        return sum(mine < _WORTHWHILE * other for mine, other in zip(self.turns, usual.turns, strict=True))

    def saves(self, usual: "Timed", steps: int) -> bool:
        """Whether a training of so many steps is worth the change from the usual pace."""
        here, there = (pace.first + pace.step * steps for pace in (self, usual))
        return self.won(usual) == len(self.turns) and here < _WORTHWHILE * there

    def verdict(self, usual: "Timed", steps: int) -> str:
        """What speaks for the change or against it, in words."""
        won, turns = self.won(usual), len(self.turns)
        if won < turns:
            return f"quicker by a tenth in {won or 'none'} of {turns} turns"
        if not self.saves(usual, steps):
            return f"{steps:,} steps are too few to win back the longer start"
        return f"quicker by a tenth in each of {turns} turns"

    def __str__(self) -> str:
        return f"{short(1000 * self.step)} ms"


def short(number: float) -> str:
    """Two digits are enough of what was timed."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"
