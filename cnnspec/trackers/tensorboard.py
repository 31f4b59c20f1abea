"""Figures as TensorBoard's events, in files that are written anew where a training goes on.

An event file cannot be mended: what a killed process wrote of an epoch that is trained again would stand there twice.
So a training that goes on writes all of its points into a new file, and the older ones of the run are deleted.
"""

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Sequence
from pathlib import Path

from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX.record_writer import RecordWriter

from cnnspec.results.failure import RunFailed
from cnnspec.results.history import Ended
from cnnspec.runs.files import write_text
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.opening import Strange, read_file, strange
from cnnspec.source.answers import reason
from cnnspec.trackers.tracker import Point, Tracked, Unavailable

_SUFFIX = ".cnnspec"
_PREFIX = "events.out.tfevents"
_VERSION = "brain.Event:2"
"""What a file of events begins with."""


class TensorBoard:
    """Event files in `folder/<run>`, or in the run's own folder where none is given."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._writer: RecordWriter | None = None

    @property
    def name(self) -> str:
        """Where the events are."""
        return "TensorBoard's events" if self._folder is None else f"TensorBoard's events in {self._folder}"

    def begin(self, run: Tracked, points: Sequence[Point]) -> None:
        """A new file with these points, in place of all that the run had."""
        place = RunFolder(Path(run.path)).tensorboard if self._folder is None else self._folder / run.name
        try:
            self._abandon()
            _claim(place, run)
            before = _files(place)
            name = f"{_PREFIX}.{int(time.time())}.{os.getpid()}.{secrets.token_hex(4)}{_SUFFIX}"
            # The whole path: tensorboardX takes a relative one that begins with s3: for a bucket.
            self._writer = RecordWriter(str(place.absolute() / name))
            self._put(Event(wall_time=time.time(), file_version=_VERSION))
            self._write(points)
            for path in before:
                path.unlink(missing_ok=True)
        except (OSError, RunFailed) as error:
            self._abandon()
            raise Unavailable(reason(error) if isinstance(error, OSError) else str(error)) from error

    def add(self, point: Point) -> None:
        """One more point, on the disk at once."""
        try:
            self._write([point])
        except OSError as error:
            self._abandon()
            raise Unavailable(reason(error)) from error

    def end(self, status: Ended) -> None:
        """Nothing more comes."""
        self._abandon()

    def _write(self, points: Sequence[Point]) -> None:
        assert self._writer is not None
        for point in points:
            for name, value in point.figures.items():
                summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
                self._put(Event(wall_time=point.when, step=point.epoch, summary=summary))
        self._writer.flush()

    def _put(self, event: Event) -> None:
        assert self._writer is not None
        self._writer.write(event.SerializeToString())

    def _abandon(self) -> None:
        """Close the file, if there is one; what a full disk did not take is in the next."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(OSError):
                writer.close()


def _files(place: Path) -> list[Path]:
    return list(place.glob(f"{_PREFIX}.*{_SUFFIX}"))


def _claim(place: Path, run: Tracked) -> None:
    """Let the folder be this run's; raises Strange where it is another's, or none that cnnspec made."""
    _refuse(place, strange(place, stat.S_IFDIR) and "is no folder of its own")
    place.mkdir(parents=True, exist_ok=True)
    mark = place / f"run{_SUFFIX}"
    try:
        with read_file(mark) as file:
            _refuse(place, "" if file.read(1000) == run.started.encode() else "holds another run of this name")
    except FileNotFoundError:
        _refuse(place, "holds events of something else" if any(place.glob("*tfevents*")) else "")
        write_text(mark, run.started)


def _refuse(place: Path, what: str) -> None:
    if what:
        raise Strange(errno.EINVAL, f"{place} {what}: name another folder")
