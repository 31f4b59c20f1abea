"""A training that is one of a series: done once, gone on with where it was broken off, then told from its folder."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnspec.analysis import analyse
from cnnspec.backend.data.given import Given
from cnnspec.backend.parallel.layout import ANY, Wish
from cnnspec.backend.train import resume, train
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.results.events import Event
from cnnspec.results.failure import RunFailed
from cnnspec.results.series import Member, Membership
from cnnspec.results.transfer import Start
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.older_texts import settings_of_then
from cnnspec.runs.series import ended, find_members, told
from cnnspec.runs.settings import settings_in
from cnnspec.stopping import Stopping

_OF_THE_TRAINING = frozenset({"loss-not-finite", "out-of-memory", "step-failed"})
"""What ends one training and says nothing about the others; a full disk would end them too."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A training that a series is to have, and how: the spec and its graph are those of this member."""

    membership: Membership
    spec: Spec
    graph: Graph
    runs_dir: Path
    data_root: Path | None = None
    fold: tuple[int, int] | None = None
    start_from: Start | None = None
    given: Given | None = None


def carry_out(
    wanted: Wanted,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    wish: Wish = ANY,
    stopping: Stopping | None = None,
    callbacks: Sequence[Any] = (),
) -> Member:
    """Train it, unless it is finished: then its folder tells what it came to. What was broken off is gone on with.

    A training that fails by itself, its loss no number for one, is a member that `failed`, and is not tried again.
    Raises Rejected, RunFailed where nothing can be trained here, KeyboardInterrupt.
    """
    seen = _Seen(on_event)
    there = find_members(wanted.runs_dir, wanted.membership.series).get(wanted.membership.member)
    try:
        if there is None:
            run = _begun(wanted, seen, wish, stopping, callbacks)
        elif ended(there):
            run = there
        else:
            run = _gone_on(there, wanted, seen, wish, stopping, callbacks)
    except RunFailed as failure:
        if seen.run is None or all(each.code not in _OF_THE_TRAINING for each in failure.diagnostics):
            raise
        run = seen.run
    finally:
        gc.collect()  # the network and its optimizer refer to each other, and the next ones come at once
    return told(wanted.membership.member, run)


class _Seen:
    """Hands events on, and remembers the folder of the run."""

    def __init__(self, on_event: Callable[[Event], None]) -> None:
        self._on_event = on_event
        self.run: RunFolder | None = None

    def __call__(self, event: Event) -> None:
        path = getattr(event, "path", None)
        self.run = RunFolder(Path(path)) if isinstance(path, str) else self.run
        self._on_event(event)


def _begun(wanted: Wanted, seen: _Seen, wish: Wish, stopping: Stopping | None, callbacks: Sequence[Any]) -> RunFolder:
    result = train(
        wanted.spec,
        wanted.graph,
        runs_dir=wanted.runs_dir,
        data_root=wanted.data_root,
        fold=wanted.fold,
        start_from=wanted.start_from,
        on_event=seen,
        wish=wish,
        stopping=stopping,
        callbacks=callbacks,
        given=wanted.given,
        membership=wanted.membership,
    )
    return RunFolder(Path(result.run))


def _gone_on(
    there: RunFolder,
    wanted: Wanted,
    seen: _Seen,
    wish: Wish,
    stopping: Stopping | None,
    callbacks: Sequence[Any],
) -> RunFolder:
    """By the spec in its folder, read as when it was trained."""
    then = settings_of_then(settings_in(there)[0], there)
    spec, graph = analyse(str(there.spec), then, trained=True).require()
    resume(
        there,
        spec,
        graph,
        data_root=wanted.data_root,
        on_event=seen,
        wish=wish,
        stopping=stopping,
        callbacks=callbacks,
        given=wanted.given,
    )
    return there
