"""Follows a training for its trackers: in a thread of its own, so that no store keeps the training waiting.

What a tracker cannot take now is kept, and it is begun again with all points at the next epoch: nothing is lost while a
server is away for a while, and nothing is there twice. Who is told of it is told once.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cnnspec.results.events import Doubted, EpochEnded, Event, NothingLeft, Resumed, RunStarted, Scored
from cnnspec.results.failure import RunFailed
from cnnspec.results.history import Ended
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.log import read_log
from cnnspec.runs.reading import Unreadable, read_bytes, read_facts, text
from cnnspec.runs.result import read_result
from cnnspec.runs.settings import flattened, read_settings
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.text import MAX_BYTES
from cnnspec.source.values import show
from cnnspec.trackers.tracker import Point, Tracked, Tracker, Unavailable

_PATIENCE = 30.0
"""Seconds that are waited for a store when the training is over."""
_MOST_SETTINGS = 500


class Following:
    """Hands the events of a training on to each tracker, and to `tell`, who also hears of a tracker that fails."""

    def __init__(self, trackers: Iterable[Tracker], tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._lines = [_Line(tracker) for tracker in trackers]

    def take(self, event: Event) -> None:
        """One event."""
        if isinstance(event, RunStarted):
            self._each(lambda line, run: line.start(run), tracked(RunFolder(Path(event.path))))
        elif isinstance(event, Resumed):
            self._points(_point(each, each.epoch) for each in event.ended)
        elif isinstance(event, EpochEnded):
            self._points([_point(event, event.epoch)])
        elif isinstance(event, Scored):
            named = {f"{event.split}_{name}": value for name, value in event.figures.items()}
            self._points([Point(event.epoch, named, time.time())])
        elif isinstance(event, NothingLeft):
            self._all_of(RunFolder(Path(event.path)))
        self._tell(event)
        self._doubt()

    def __enter__(self) -> "Following":
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.close(kind)

    def close(self, kind: type[BaseException] | None) -> None:
        """The training is over, ended by an exception where there is one; waits for the stores, not for ever."""
        status: Ended = "finished" if kind is None else "failed" if issubclass(kind, RunFailed) else "interrupted"
        for line in self._lines:
            line.finish(status)
        until = time.monotonic() + _PATIENCE
        for line in self._lines:
            line.wait(until - time.monotonic())
        self._doubt()

    def _each(self, do: "Callable[[_Line, Tracked], None]", run: Tracked) -> None:
        for line in self._lines:
            do(line, run)

    def _points(self, points: Iterable[Point]) -> None:
        found = list(points)
        for line in self._lines:
            line.put(found)

    def _all_of(self, folder: RunFolder) -> None:
        """A run that was finished before: all that its files tell."""
        self._each(lambda line, run: line.start(run), tracked(folder))
        self._points(recorded_points(folder))

    def _doubt(self) -> None:
        for line in self._lines:
            for diagnostic in line.doubts():
                self._tell(Doubted(diagnostic))


def _point(event: EpochEnded, epoch: int) -> Point:
    return Point(epoch, {**event.figures, "learning_rate": event.learning_rate}, time.time())


def tracked(folder: RunFolder) -> Tracked:
    """A run as trackers know it, by its files."""
    settings, _ = read_settings(folder)
    flat = ((path, value) for path, value in flattened(settings) if path.partition(".")[0] != "model")
    told = {path: value if isinstance(value, str) else show(value, 500) for path, value in flat if path}
    started, versions = _begun(folder)
    return Tracked(
        folder.name,
        str(folder.path),
        folder.name.rpartition("-")[0] or folder.name,
        started,
        dict(list(told.items())[:_MOST_SETTINGS]),
        versions,
        _spec(folder),
    )


def _begun(folder: RunFolder) -> tuple[str, Mapping[str, str]]:
    """When it began, and with which versions."""
    try:
        held = read_facts(folder.environment) or {}
    except Unreadable:
        return "", {}
    packages = held.get("packages")
    versions = packages.items() if isinstance(packages, dict) else ()
    return text(held.get("started")), {f"version.{name}": text(value) for name, value in list(versions)[:20]}


def _spec(folder: RunFolder) -> str:
    try:
        return (read_bytes(folder.spec, MAX_BYTES) or b"").decode(errors="replace")
    except Unreadable:
        return ""


def recorded_points(folder: RunFolder) -> list[Point]:
    """The points of a finished run, as its events were while it was trained."""
    log = read_log(folder)
    rates, when = log.figures.get("learning_rate", ()), time.time()
    points = [
        Point(epoch, {**log.at(epoch), **({"learning_rate": rates[epoch]} if rates else {})}, when)
        for epoch in range(log.epochs)
    ]
    try:
        result = read_result(folder)
    except Unreadable:
        return points
    tested = {name: value for name, value in (result.metrics if result else {}).items() if name.startswith("test_")}
    return [*points, *([Point(result.best.epoch, tested, when)] if result and result.best and tested else [])]


class _Line:
    """One tracker, the points that it is to have, and the thread that hands them on."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self._changed = threading.Condition()
        self._run: Tracked | None = None
        self._points: list[Point] = []
        self._status: Ended | None = None
        self._done, self._tried, self._there = 0, False, False
        self._doubts: list[Diagnostic] = []
        self._warned = False
        self._thread: threading.Thread | None = None

    def start(self, run: Tracked) -> None:
        """The run is known: from here on points are handed on."""
        self._run = run
        self._thread = threading.Thread(target=self._work, name=self._tracker.name, daemon=True)
        self._thread.start()

    def put(self, points: list[Point]) -> None:
        """More points."""
        with self._changed:
            self._points += points
            self._changed.notify()

    def finish(self, status: Ended) -> None:
        """No more points come."""
        with self._changed:
            self._status = status
            self._changed.notify()

    def wait(self, seconds: float) -> None:
        """Until all is handed on or given up, but no longer than this."""
        if self._thread is not None:
            self._thread.join(max(seconds, 0.1))
            if self._thread.is_alive():
                self._warn("it takes too long")

    def doubts(self) -> list[Diagnostic]:
        """What has gone wrong since this was asked last."""
        with self._changed:
            found, self._doubts = self._doubts, []
        return found

    def _work(self) -> None:
        """Hand on what there is whenever there is more; end with the training, whatever could be handed on."""
        assert self._run is not None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._status is not None or self._waits())
                points, status = list(self._points), self._status
            self._hand_on(self._run, points, status)
            if status is not None:
                return

    def _waits(self) -> bool:
        """Whether there is something that was not tried."""
        return len(self._points) > self._done or not self._tried

    def _hand_on(self, run: Tracked, points: list[Point], status: Ended | None) -> None:
        try:
            if not self._there:
                self._tracker.begin(run, points)
                self._there = True
            else:
                for point in points[self._done :]:
                    self._tracker.add(point)
            if status is not None:
                self._tracker.end(status)
        except Unavailable as error:
            self._there = False
            self._warn(str(error))
        self._tried, self._done = True, len(points)

    def _warn(self, why: str) -> None:
        """Once in the life of a training."""
        with self._changed:
            if self._warned:
                return
            self._warned = True
            message = f"{self._tracker.name} cannot be written: {why}"
            help = "the training goes on; cnnspec train --resume RUN with the same option sends what is missing"
            self._doubts.append(Diagnostic("not-tracked", message, severity="warning", help=help))
