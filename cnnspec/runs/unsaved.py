"""Which saves of a run failed, each told once: those that fail one after another for one reason are told together."""

from collections.abc import Iterable, Iterator

from cnnspec.results.events import NotSaved
from cnnspec.results.failure import RunFailed
from cnnspec.results.history import SavesFailed
from cnnspec.runs.writer import Outcome
from cnnspec.source.answers import reason

Place = tuple[int, int]
"""Epochs that were over, and steps of the one after them."""
_MOST = 100
"""Places that are written down for each reason."""


class Unsaved:
    """Collects outcomes; `steps` are those of an epoch."""

    def __init__(self, steps: int) -> None:
        self._stretches = [(0, 0, steps)]
        self._reason, self._help = "", ""
        self._held: list[Place] = []
        self._places: dict[str, list[Place]] = {}

    def told(self, outcomes: Iterable[Outcome]) -> Iterator[NotSaved]:
        """What there is to tell of these outcomes."""
        for outcome in outcomes:
            place = self._place(outcome.step)
            if outcome.failure is None:
                yield from self._rest(place)
                self._reason = ""
            else:
                yield from self._failed(place, outcome.failure)

    def from_here_on(self, step: int, epoch: int, steps: int) -> None:
        """After so many steps and epochs an epoch has others."""
        self._stretches.append((step, epoch, steps))

    def _place(self, step: int) -> Place:
        before, epoch, steps = next(each for each in reversed(self._stretches) if each[0] <= step)
        whole, rest = divmod(step - before, steps)
        return epoch + whole, rest

    def rest(self) -> Iterator[NotSaved]:
        """What was held back, where nothing comes any more."""
        yield from self._rest(None)

    def collected(self) -> tuple[SavesFailed, ...]:
        """All of them by reason."""
        return tuple(SavesFailed(why, len(places), tuple(places[:_MOST])) for why, places in self._places.items())

    def _failed(self, place: Place, failure: RunFailed) -> Iterator[NotSaved]:
        why = _reason(failure)
        places = self._places.setdefault(why, [])
        if places[-1:] == [place]:  # best.keras failed there, and then the checkpoint that waited for it
            return
        places.append(place)
        if why == self._reason:
            self._held.append(place)
            return
        yield from self._rest(None)
        self._reason, self._help = why, failure.diagnostics[0].help
        yield NotSaved((place,), str(failure), self._help)

    def _rest(self, again: Place | None) -> Iterator[NotSaved]:
        held, self._held = tuple(self._held), []
        if self._reason and (held or again):
            yield NotSaved(held, self._reason, self._help, repeated=True, saved_again=again)


def _reason(failure: RunFailed) -> str:
    """What the operating system said, which is the same for every path."""
    cause = failure.__cause__
    return reason(cause) if isinstance(cause, OSError) else str(failure)
