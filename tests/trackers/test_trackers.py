"""Trackers beside a run: every point once, whatever became of the training in between, and never in its way."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from mlflow.tracking import MlflowClient

from cnnspec import Rejected, Run, load, open_run
from cnnspec.api.tracking import Tracking
from cnnspec.results.events import EpochEnded, Event, RunStarted
from cnnspec.results.history import Ended
from cnnspec.trackers.following import Following
from cnnspec.trackers.mlflow_server import MLflow
from cnnspec.trackers.tensorboard import TensorBoard
from cnnspec.trackers.tracker import Point, Tracked, Unavailable
from tests.support.places import ENVIRONMENT
from tests.support.small_runs import small_spec
from tests.support.tracked_training import Points, board_points, server_points
from tests.support.warm_start import warm_start

MODEL = """
inputs: {image: [6, 6, 1]}
model:
  - flatten
  - dropout: 0.2
  - dense: {units: 3, activation: softmax}
"""
TRAINING = """training: {epochs: 5, batch_size: 8, optimizer: {adam: 0.01}, loss: auto, metrics: [accuracy], seed: 5,
  checkpoint: {every: 2}}
"""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server of MLflow over SQLite."""
    place, port = tmp_path_factory.mktemp("server"), free_port()
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{place}/mlflow.db", "--artifacts-destination", str(place / "files")),
    ]
    quiet = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(command, env=quiet, stdout=log, stderr=log, cwd=place, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Until the server answers."""
    until = time.monotonic() + 240
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.2)
    raise AssertionError("the server does not start")


@dataclass(frozen=True)
class Place:
    """A folder with a spec, a run of it without trackers, and one that was killed and has gone on with them."""

    folder: Path
    plain: Run
    tracked: Run


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, server: str) -> Place:
    folder = tmp_path_factory.mktemp("tracked")
    small_spec(folder, TRAINING, MODEL)
    plain = load(folder / "small.yaml").train(runs=folder / "plain")
    words = [str(folder / "small.yaml"), str(folder / "board"), server, "4"]
    process = warm_start().start(words, folder, ENVIRONMENT, module="tests.support.tracked_training")
    assert process.wait(240) == -signal.SIGKILL, process.said
    killed = open_run(folder / "runs" / "small-1")
    killed.resume(tensorboard=folder / "board", mlflow=server)
    return Place(folder, plain, killed)


def figures(run: Run) -> Points:
    """The points that trackers are to have, by the run's own files."""
    history = {name: values for name, values in run.history.items() if name not in ("epoch", "seconds")}
    points = {name: list(enumerate(map(float, values))) for name, values in history.items()}
    best = run.told.best
    assert best is not None
    tested = {name: [(best.epoch, value)] for name, value in run.metrics.items() if name.startswith("test_")}
    return {**points, **tested}


def single(points: Points) -> Points:
    """The same in the precision of TensorBoard's events."""
    return {name: [(epoch, float(np.float32(value))) for epoch, value in each] for name, each in points.items()}


def alike(one: Run, other: Run) -> bool:
    """Whether the weights are the same to the bit."""
    pairs = zip(one.model().get_weights(), other.model().get_weights(), strict=True)
    return all(np.array_equal(*pair) for pair in pairs)


def of_server(client: MlflowClient, name: str = "small") -> Sequence[str]:
    """The runs of an experiment, the newest first."""
    found = client.get_experiment_by_name(name)
    return [] if found is None else [run.info.run_id for run in client.search_runs([found.experiment_id])]


def test_killed_and_resumed_every_point_is_there_once(place: Place, server: str) -> None:
    """In TensorBoard and in MLflow, as in the run's own files; the weights are those of a run that nobody follows."""
    assert board_points(place.folder / "board" / "small-1") == single(figures(place.tracked))
    client = MlflowClient(server)
    (run,) = of_server(client)
    assert server_points(client, run) == figures(place.tracked)
    assert figures(place.tracked) == figures(place.plain) and alike(place.plain, place.tracked)


def test_a_server_knows_what_the_run_is(place: Place, server: str) -> None:
    """Its name, settings, versions, how it ended, and its spec as a file."""
    client = MlflowClient(server)
    run = client.get_run(of_server(client)[0])
    assert run.info.run_name == "small-1" and run.info.status == "FINISHED"
    assert run.data.params["training.epochs"] == "5" and run.data.params["training.optimizer.adam"] == "0.01"
    assert "version.keras" in run.data.tags and run.data.tags["cnnspec.run"].startswith("small-1 20")
    file = client.download_artifacts(run.info.run_id, "spec.yaml", str(place.folder))
    assert Path(file).read_text() == (place.tracked.path / "spec.yaml").read_text()


def test_what_is_finished_can_be_told_later(place: Place, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To those who have nothing of it, and to those who have all: these have nothing twice."""
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "later")
    client = MlflowClient(server)
    for _ in range(2):
        place.plain.resume(tensorboard=True, mlflow=server)
        (run,) = of_server(client, "later")
        assert server_points(client, run) == figures(place.plain)
        assert board_points(place.plain.path / "tensorboard") == single(figures(place.plain))
    assert len(list((place.plain.path / "tensorboard").glob("*tfevents*"))) == 1


def test_a_folder_of_other_events_is_left_alone(place: Place) -> None:
    """The run of another folder has the same name: it is told, once, and the training goes on."""
    before = board_points(place.folder / "board" / "small-1")
    with pytest.warns(UserWarning, match="holds another run of this name: name another folder"):
        place.plain.resume(tensorboard=place.folder / "board")
    assert board_points(place.folder / "board" / "small-1") == before


@pytest.mark.parametrize("kind", ["dead", "silent", "no folder"])
def test_a_tracker_that_fails_is_told_once_and_changes_nothing(kind: str, place: Place, tmp_path: Path) -> None:
    """No server, one that never answers, a folder that cannot be made."""
    asked: Mapping[str, str] = {"mlflow": f"http://127.0.0.1:{free_port()}"}
    with socket.create_server(("127.0.0.1", 0)) as silent, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        if kind == "silent":
            asked = {"mlflow": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        elif kind == "no folder":
            (tmp_path / "board").mkdir()
            (tmp_path / "board" / "small-1").write_text("no folder")
            asked = {"tensorboard": str(tmp_path / "board")}
        run = load(place.folder / "small.yaml").train(runs=tmp_path / "runs", **asked)
    said = [str(each.message) for each in told if "cannot be written" in str(each.message)]
    assert len(said) == 1 and run.status == "finished", told
    assert alike(place.plain, run) and figures(run) == figures(place.plain)


def test_what_a_full_disk_did_not_take_is_there_once_it_has_room(tmp_path: Path) -> None:
    """The kernel refuses what is written, as /dev/full does; then all points are in a new file."""
    board, points = TensorBoard(tmp_path), [Point(epoch, {"loss": float(epoch)}, 5.0) for epoch in range(3)]
    board.begin(TRACKED, points[:1])
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, board._writer._writer.fileno())  # type: ignore[union-attr]
    with pytest.raises(Unavailable, match="No space left"):
        board.add(points[1])
    os.close(full)
    board.begin(TRACKED, points)
    board.end("finished")
    assert board_points(tmp_path / "small-7") == {"loss": [(0, 0.0), (1, 1.0), (2, 2.0)]}


TRACKED = Tracked("small-7", "runs/small-7", "other", "2026-01-01T00:00:00", {"a.b": "1"}, {}, "")


def test_what_came_to_something_else_is_a_run_of_its_own(server: str) -> None:
    """The old one ends and says which has taken its place; no figure that there is can be taken back."""
    odd = {"nan": float("nan"), "inf": float("inf")}
    points = [Point(epoch, {"loss": 1.0 / (epoch + 1), **odd}, 5.0) for epoch in (0, 1)]
    first, again = MLflow(server), MLflow(server)
    first.begin(TRACKED, points)
    again.begin(TRACKED, points[:1])
    again.add(Point(1, {"loss": 0.25}, 6.0))
    again.end("finished")
    client = MlflowClient(server)
    new, old = of_server(client, "other")
    assert client.get_run(old).data.tags["cnnspec.replaced_by"] == new
    assert server_points(client, new)["loss"] == [(0, 1.0), (1, 0.25)]
    assert server_points(client, old)["loss"] == [(0, 1.0), (1, 0.5)]


class Away:
    """A store that is away for its first points."""

    name = "a store"

    def __init__(self) -> None:
        self.asked, self.points, self.status = 0, [], ""  # type: tuple[int, list[Point], str]

    def begin(self, run: Tracked, points: Sequence[Point]) -> None:
        self.asked += 1
        if self.asked < 3:
            raise Unavailable("it is away")
        self.points = list(points)

    def add(self, point: Point) -> None:
        self.points.append(point)

    def end(self, status: Ended) -> None:
        self.status = status


def test_a_store_that_comes_back_has_all_points(place: Place) -> None:
    """Who is told of it is told once; an interrupt ends the store's run as interrupted."""
    store, told = Away(), list[Event]()
    with contextlib.suppress(KeyboardInterrupt), Following([store], told.append) as following:
        following.take(RunStarted("small-1", str(place.plain.path), None))  # type: ignore[arg-type]
        for epoch in range(5):
            asked = store.asked
            following.take(EpochEnded(epoch, 5, {"loss": float(epoch)}, 1.0, 0.1, False))
            while store.asked == asked and not store.points:
                time.sleep(0.001)
        raise KeyboardInterrupt
    assert [point.figures["loss"] for point in store.points] == [0, 1, 2, 3, 4] and store.status == "interrupted"
    assert sum("it is away" in str(event) for event in told) == 1


WRONG = {
    "localhost:5000": "write --mlflow http://localhost:5000",
    "htp://server": "no address of a server",
    "": "no address of a server",
    "./mlruns": "no address of a server",
    "http://": "names no server",
    "http://server:99999": "Port out of range",
    "http://me:secret@server": "MLFLOW_TRACKING_USERNAME",
}


@pytest.mark.parametrize("uri", WRONG)
def test_a_wrong_address_is_refused_before_anything_is_trained(uri: str) -> None:
    with pytest.raises(Rejected) as rejected:
        Tracking(mlflow=uri).check()
    assert WRONG[uri] in str(rejected.value) and "secret" not in str(rejected.value)


def test_a_file_is_no_folder_for_events(place: Place) -> None:
    with pytest.raises(Rejected, match="is no folder"):
        load(place.folder / "small.yaml").train(tensorboard=place.folder / "small.yaml")
