"""What a training is warned of while it goes on: rules over what is known of it, one small file a rule."""

from collections.abc import Callable, Iterator

from cnnspec.backend.loop.huge_loss import huge_loss
from cnnspec.backend.loop.so_far import SoFar
from cnnspec.backend.loop.young_statistics import young_statistics
from cnnspec.source.diagnostic import Diagnostic

DoubtRule = Callable[[SoFar], Diagnostic | None]

DOUBTS: tuple[DoubtRule, ...] = (huge_loss, young_statistics)
"""The rules, in the order in which they are asked; each warns once in the life of a run."""


class Doubts:
    """Asks the rules again and again, and tells what is new."""

    def __init__(self) -> None:
        self._left = list(DOUBTS)

    def new(self, known: SoFar) -> Iterator[Diagnostic]:
        """The warnings that nobody has been told yet; their rules are asked no more."""
        for rule in tuple(self._left):
            found = rule(known)
            if found is not None:
                self._left.remove(rule)
                yield found
