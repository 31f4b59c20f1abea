"""Which trackers follow a training, beside its own folder."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from cnnspec import door
from cnnspec.api.named import PathLike
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE
from cnnspec.trackers.tracker import Tracker, Unavailable

_SERVERS = frozenset({"http", "https", "databricks"})
_DATABASES = frozenset({"sqlite", "postgresql", "mysql", "mssql"})
_LIBRARIES = {"tensorboard": "tensorboardX", "mlflow": "mlflow"}


@dataclass(frozen=True, slots=True)
class Tracking:
    """What was asked for: TensorBoard's events in a folder, the run's own where its name is empty; MLflow's address."""

    tensorboard: str | None = None
    mlflow: str | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """The options that ask for it."""
        board = () if self.tensorboard is None else ("--tensorboard", *filter(None, (self.tensorboard,)))
        return (*(() if self.mlflow is None else ("--mlflow", self.mlflow)), *board)

    @property
    def places(self) -> list[str]:
        """Where the figures go, beside the run's folder."""
        board = f"TensorBoard's events in {self.tensorboard or 'the run'}"
        server = f"MLflow at {self.mlflow}"
        return [*([] if self.mlflow is None else [server]), *([] if self.tensorboard is None else [board])]

    def check(self) -> None:
        """Raise Rejected for an address that is none, and for a library that is missing."""
        for extra, asked in (("tensorboard", self.tensorboard), ("mlflow", self.mlflow)):
            if asked is not None and find_spec(_LIBRARIES[extra]) is None:
                received = f"--{extra} needs {_LIBRARIES[extra]}, which is not installed"
                raise rejected("usage", received, help=f"pip install 'cnnspec[{extra}]'", at=NOWHERE)
        if self.mlflow is not None:
            _check_uri(self.mlflow)
        if self.tensorboard and Path(self.tensorboard).exists() and not Path(self.tensorboard).is_dir():
            help = "name a folder, or leave it out: the run's own folder then has the events"
            raise rejected("usage", f"--tensorboard {self.tensorboard} is no folder", help=help, at=NOWHERE)

    def trackers(self) -> Iterator[Tracker]:
        """A tracker for each, made anew for each training; raises Rejected where MLflow refuses the address."""
        if self.tensorboard is not None:
            yield door.tensorboard.TensorBoard(Path(self.tensorboard) if self.tensorboard else None)
        if self.mlflow is not None:
            try:
                yield door.mlflow_server.MLflow(self.mlflow)
            except Unavailable as error:
                raise rejected("usage", f"--mlflow {self.mlflow}: {error}", at=NOWHERE) from None


NO_TRACKING = Tracking()


def tracking_of(tensorboard: bool | PathLike = False, mlflow: str | None = None) -> Tracking:
    """What a program asks for, checked: True is the run's own folder. Raises Rejected."""
    folder = ("" if tensorboard is True else os.fspath(tensorboard)) if tensorboard is not False else None
    asked = Tracking(folder, mlflow)
    asked.check()
    return asked


def _check_uri(uri: str) -> None:
    """Raise Rejected for what is no address of MLflow; a server that does not answer is another matter."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise rejected("usage", f"--mlflow {uri}: {error}", help=_EXAMPLE, at=NOWHERE) from None
    scheme = parts.scheme.partition("+")[0]
    if parts.password or parts.username:
        help = "leave them out, and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        raise rejected("usage", "--mlflow with a name or a password: a run keeps its command", help=help, at=NOWHERE)
    if scheme in _SERVERS - {"databricks"} and not parts.hostname:
        raise rejected("usage", f"--mlflow {uri} names no server", help=_EXAMPLE, at=NOWHERE)
    if scheme not in _SERVERS | _DATABASES and uri != "databricks":
        host = parts.scheme and parts.path.isdecimal()
        help = f"write --mlflow http://{uri}" if host else _EXAMPLE
        raise rejected("usage", f"--mlflow {uri} is no address of a server", help=help, at=NOWHERE)
    if scheme in _DATABASES and find_spec("sqlalchemy") is None:
        help = "pip install mlflow, or name a server: --mlflow http://localhost:5000"
        raise rejected("usage", "a database needs all of mlflow, which is not installed", help=help, at=NOWHERE)
    assert port is None or port >= 0


_EXAMPLE = "write --mlflow http://localhost:5000"
