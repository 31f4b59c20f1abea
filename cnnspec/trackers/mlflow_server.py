"""Figures for an MLflow server: an experiment by the spec's name, in it a run by the run's.

MLflow never takes a figure back, and one that is sent again stands there twice. So what the server has of a run is read
before anything is sent, and an epoch that is trained again after an interruption is not sent again: it is the same.
Where it came to something else, as on another machine, a new run takes the place of the old one, which says so.
"""

import contextlib
import math
import os
from collections.abc import Iterator, Sequence
from typing import TypeVar
from urllib.parse import quote

from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from cnnspec.results.history import Ended
from cnnspec.source.answers import reason
from cnnspec.trackers.tracker import Point, Tracked, Unavailable

T = TypeVar("T")
_STATUS = {"finished": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}
_RUN, _REPLACED = "cnnspec.run", "cnnspec.replaced_by"
_MOST_METRICS, _MOST_PARAMS = 900, 90
"""A server takes 1,000 metrics and 100 parameters at once."""
_LONGEST = 500
_LARGEST = 1.7976931348623157e308
"""What MLflow has for infinity."""
_PATIENCE = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""A server that does not answer is asked again with the next epoch, and not before."""


def _stored(value: float) -> float:
    """A figure as the server gives it back."""
    return math.copysign(_LARGEST, value) if math.isinf(value) else value


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


class MLflow:
    """The server, or the database, at a URI; its experiment is MLFLOW_EXPERIMENT_NAME's, else called as the spec."""

    def __init__(self, uri: str) -> None:
        """Raises Unavailable for what is no such place."""
        self._uri = uri
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        with _answers():
            self._client = MlflowClient(uri, registry_uri=uri)
        self._id = ""
        self._run: Tracked | None = None
        self._there: dict[tuple[str, int], float] = {}
        self._points: list[Point] = []

    @property
    def name(self) -> str:
        """Where it is."""
        return f"MLflow at {self._uri}"

    def begin(self, run: Tracked, points: Sequence[Point]) -> None:
        """Let the server's run have these points, and remember what it has beyond them."""
        self._run, self._points = run, []
        with _answers():
            self._id = self._found(run) or self._made(run)
            self._client.update_run(self._id, "RUNNING")
            self._there = dict(self._read(points))
            self._describe(run)
            for point in points:
                self._add(point)

    def add(self, point: Point) -> None:
        """One more point, unless it is there."""
        with _answers():
            self._add(point)

    def end(self, status: Ended) -> None:
        """How it ended."""
        with _answers():
            self._client.set_terminated(self._id, _STATUS[status])

    def _found(self, run: Tracked) -> str:
        """The run that was made for this one, if the server has it."""
        wanted = f"tags.`{_RUN}` = '{_mark(run)}'"
        found = self._client.search_runs([self._experiment(run)], wanted, max_results=20)
        return next((each.info.run_id for each in found if _REPLACED not in each.data.tags), "")

    def _experiment(self, run: Tracked) -> str:
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or run.spec_name
        found = self._client.get_experiment_by_name(name)
        if found is None:
            return str(self._client.create_experiment(name))
        if found.lifecycle_stage != "active":
            raise Unavailable(f"the experiment {name} was deleted there: restore it, or set MLFLOW_EXPERIMENT_NAME")
        return str(found.experiment_id)

    def _made(self, run: Tracked) -> str:
        tags = {_RUN: _mark(run), "cnnspec.path": run.path, **run.tags}
        made = self._client.create_run(self._experiment(run), run_name=run.name, tags=tags)
        return str(made.info.run_id)

    def _read(self, points: Sequence[Point]) -> Iterator[tuple[tuple[str, int], float]]:
        """Every figure that the server's run has."""
        for name in self._client.get_run(self._id).data.metrics:
            for held in self._client.get_metric_history(self._id, name):
                yield (name, held.step), held.value

    def _describe(self, run: Tracked) -> None:
        """Settings that it does not have; what the settings are now where it has others, for they cannot be changed."""
        known = self._client.get_run(self._id).data
        new = {key: value[:_LONGEST] for key, value in run.settings.items() if key not in known.params}
        for part in _parts([Param(key, value) for key, value in new.items()], _MOST_PARAMS):
            self._client.log_batch(self._id, params=part)
        for key, value in known.params.items():
            if key in run.settings and run.settings[key][:_LONGEST] != value:
                self._client.set_tag(self._id, f"now.{key}", run.settings[key][:_LONGEST])
        if run.spec and not known.tags.get("cnnspec.spec"):
            self._attach(run.spec)

    def _attach(self, spec: str) -> None:
        """The spec as a file, where the server keeps some and lets it be sent."""
        with contextlib.suppress(MlflowException, OSError, ImportError):
            self._client.log_text(self._id, spec, "spec.yaml")
            self._client.set_tag(self._id, "cnnspec.spec", "spec.yaml")

    def _add(self, point: Point) -> None:
        figures = {(name, point.epoch): _stored(value) for name, value in point.figures.items()}
        if any(key in self._there and not _same(self._there[key], value) for key, value in figures.items()):
            self._replace()
        when = round(point.when * 1000)
        new = [Metric(*_named(key, value, when)) for key, value in figures.items() if key not in self._there]
        for part in _parts(new, _MOST_METRICS):
            self._client.log_batch(self._id, metrics=part)
        self._there.update(figures)
        self._points.append(point)

    def _replace(self) -> None:
        """Begin a new run there with all points up to now; the old one ends, and says which took its place."""
        assert self._run is not None
        old, points, self._there, self._points = self._id, self._points, {}, []
        self._id = self._made(self._run)
        self._describe(self._run)
        for point in points:
            self._add(point)
        self._client.set_tag(old, _REPLACED, self._id)
        self._client.set_terminated(old, "KILLED")


def _named(key: tuple[str, int], value: float, when: int) -> tuple[str, float, int, int]:
    return key[0], value, when, key[1]


def _mark(run: Tracked) -> str:
    """What tells the run from every other, in characters that a query of the server takes."""
    return quote(f"{run.name} {run.started}", safe=" :+-@.")


def _parts(items: list[T], size: int) -> Iterator[list[T]]:
    yield from (items[at : at + size] for at in range(0, len(items), size))


@contextlib.contextmanager
def _answers() -> Iterator[None]:
    """What the server or its library refuses, in one sentence."""
    try:
        yield
    except MlflowException as error:
        raise Unavailable(_short(str(error))) from error
    except OSError as error:
        raise Unavailable(reason(error)) from error
    except ImportError as error:
        raise Unavailable(f"{error}: a database needs all of mlflow: pip install mlflow") from error


def _short(text: str) -> str:
    """The beginning of an answer, which may be a page of HTML."""
    line = " ".join(text.split())
    for known, said in (("Connection refused", "the connection is refused"), ("timed out", "no answer in time")):
        if known in line:
            return said
    return line if len(line) <= 200 else f"{line[:199]}…"
