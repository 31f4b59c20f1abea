"""A run of a stranger's making: whatever its files are, nothing is opened through a link, and nothing outside changes.

Every file that a run's folder may hold is a link, a pipe, a folder, a device, another name of a file elsewhere or
somebody else's, under every command that is about runs.
"""

import os
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.backend.train import train
from cnnspec.cli.app import COMMANDS
from cnnspec.runs.folder import RunFolder
from tests.support.interrupted_demo import interrupt_demos
from tests.support.program import run_here
from tests.support.small_runs import ALONE, BRIEF, SMALLEST, small_spec

SECRET = "mine"
ENDS = {0, 1, 3}

RUNS: dict[str, Callable[[Path], list[str]]] = {
    "runs list": lambda run: ["runs", "list", "--runs", str(run.parent)],
    "runs show": lambda run: ["runs", "show", str(run)],
    "runs compare": lambda run: ["runs", "compare", str(run), str(run.with_name("small-2"))],
    "demo": lambda run: ["demo", str(run), "--port", "0"],
    "runs rm": lambda run: ["runs", "rm", "--yes", str(run)],
    "runs tag": lambda run: ["runs", "tag", str(run), "good"],
    "runs note": lambda run: ["runs", "note", str(run), "It is good."],
    "weights show": lambda run: ["weights", "show", str(run)],
    "weights map": lambda run: ["weights", "map", str(run), str(run.parents[1] / "small.yaml")],
    "diff": lambda run: ["diff", str(run), str(run)],
    "evaluate": lambda run: ["evaluate", str(run), "--split", "train"],
    "report": lambda run: ["report", str(run), "--split", "train", "-o", str(run.parents[1] / "page.html")],
    "export": lambda run: ["export", str(run), "-o", str(run.parents[1] / "fresh.onnx"), "--force"],
    "look": lambda run: ["look", str(run), str(run.parents[1] / "one.npy")],
    "predict": lambda run: ["predict", str(run), str(run.parents[1] / "one.npy")],
    "reproduce": lambda run: ["reproduce", str(run), "-o", str(run.parents[1] / "again")],
    "pack": lambda run: ["pack", str(run), "--no-report", "-o", str(run.parents[1] / "packed.zip")],
    "train --resume": lambda run: ["train", "--resume", str(run), "--set", "training.epochs=2"],
    "train --resume --dry-run": lambda run: ["train", "--resume", str(run), "--dry-run"],
    "train --start-from": lambda run: [
        "train", str(run.parents[1] / "small.yaml"), "--start-from", str(run), "--runs", str(run.parents[1] / "more"),
    ],
}  # fmt: skip
"""What is typed of a run, by what commands do with it."""
OF_NO_RUN = {
    "validate",
    "summary",
    "sweep",
    "data",
    "build",
    "schema",
    "init",
    "specs",
    "explain",
    "diagram",
    "code",
    "import",
    "unpack",
}
READING = ("runs list", "runs show", "runs compare")


def files_of(run: Path) -> list[Path]:
    """Every path that the program knows in a run's folder, and each checkpoint there is."""
    folder = RunFolder(run)
    known = [name for name, each in vars(RunFolder).items() if isinstance(each, property) and name != "name"]
    paths = [path for path in (getattr(folder, name) for name in known) if isinstance(path, Path)]
    return [*paths, folder.vocabulary(), folder.vocabulary("image"), *sorted(folder.checkpoints.glob("*"))]


# What a file of the run is made into; `outside` is a folder that must not change.


def link(path: Path, outside: Path) -> None:
    """To what the file itself was: who follows it finds all that he wants."""
    elsewhere = outside / path.name
    if path.is_dir():
        shutil.copytree(path, elsewhere)
        shutil.rmtree(path)
    elif path.exists():
        path.rename(elsewhere)
    else:
        elsewhere.write_text(SECRET)
    path.symlink_to(elsewhere)


def link_to_nothing(path: Path, outside: Path) -> None:
    _gone(path).symlink_to(outside / f"new-{path.name}")


def link_to_folder(path: Path, outside: Path) -> None:
    (outside / f"folder-{path.name}").mkdir()
    _gone(path).symlink_to(outside / f"folder-{path.name}")


def another_name(path: Path, outside: Path) -> None:
    """The file itself has a name outside as well; what is written into it would be written there."""
    if path.is_dir():
        return
    if not path.exists():
        path.write_text(SECRET)
    os.link(path, outside / path.name)


def pipe(path: Path, outside: Path) -> None:
    os.mkfifo(_gone(path))


def folder(path: Path, outside: Path) -> None:
    _gone(path).mkdir()


def device(path: Path, outside: Path) -> None:
    try:
        os.mknod(_gone(path), 0o666 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero, which never ends
    except PermissionError:
        pytest.skip("only root makes devices")


def somebody_elses(path: Path, outside: Path) -> None:
    try:
        os.chown(path, 65534, 65534, follow_symlinks=False)
    except FileNotFoundError:
        pass
    except PermissionError:
        pytest.skip("only root gives files away")


ATTACKS = (link, link_to_nothing, link_to_folder, another_name, pipe, folder, device, somebody_elses)
FEWER = (link, link_to_folder, another_name, pipe)
"""For commands that take a second."""


def _gone(path: Path) -> Path:
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return path


# What is seen of a command.


class Watch:
    """The files that Python opened, as its audit hook tells: hooks stay for good, so that one watches for all tests."""

    def __init__(self) -> None:
        self.below: Path | None = None
        self.followed: list[Path] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event != "open" or self.below is None or not isinstance(args[0], (str, Path)):
            return
        path = Path(args[0]).absolute()
        if not path.is_relative_to(self.below):
            return
        inside = path.relative_to(self.below).parts
        folders = (self.below.joinpath(*inside[:depth]) for depth in range(1, len(inside)))
        followed = path.is_symlink() and not (args[2] or 0) & os.O_NOFOLLOW
        if followed or any(each.is_symlink() for each in folders):
            self.followed.append(path)


WATCH = Watch()


def typed(arguments: list[str], run: Path) -> tuple[int, str]:
    """The exit code of a command, and all it said; what it opened is watched."""
    WATCH.below, WATCH.followed = run, []
    try:
        done = run_here(*arguments, folder=Path.cwd())
    finally:
        WATCH.below = None
    assert not WATCH.followed, WATCH.followed
    return done.returncode, (done.stdout + done.stderr).decode()


def content(place: Path) -> dict[str, bytes | str]:
    """Everything below a folder."""
    found = {str(path.relative_to(place)): path for path in sorted(place.rglob("*"))}
    return {name: path.read_bytes() if path.is_file() else "folder" for name, path in found.items()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of one epoch, and its spec and data beside it."""
    place = tmp_path_factory.mktemp("trained")
    spec, graph = small_spec(place, BRIEF, SMALLEST, ALONE)
    train(spec, graph, runs_dir=place / "runs")
    shutil.copytree(place / "runs" / "small-1", place / "runs" / "small-2")
    np.save(place / "one.npy", np.zeros((6, 6, 1), "float32"))
    return place


def peeled(trained: Path, place: Path, command: str, attack: Callable[[Path, Path], None]) -> None:
    """Attack all files at once; then leave alone the one that the command names as wrong, until it names none.

    So each file is met by each command as if it alone were wrong, or is of no interest to it.
    """
    names = [str(path.relative_to(trained / "runs" / "small-1")) for path in files_of(trained / "runs" / "small-1")]
    left = [name for name in names if name != "."]
    for _ in range(len(left) + 1):
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(trained, place / "here")
        outside, run = place / "outside", place / "here" / "runs" / "small-1"
        outside.mkdir()
        environment = run / "environment.json"
        environment.write_text(environment.read_text().replace(str(trained), str(place / "here")))
        for name in left:
            if name.startswith("checkpoints/") and "checkpoints" in left:
                continue
            attack(run / name, outside)
        before = content(outside)
        code, said = typed(RUNS[command](run), run)
        assert code in ENDS and "Traceback" not in said, said
        assert content(outside) == before, said
        named = [name for name in left if Path(name).name in said]
        if code == 0:
            return
        assert named, said
        left = [name for name in left if name != max(named, key=len)]
    raise AssertionError(f"{command} never ends well")


@pytest.fixture(autouse=True)
def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_demos(monkeypatch)


def test_every_command_is_known_here_as_one_of_runs_or_of_none() -> None:
    assert {command.split()[0] for command in RUNS} | OF_NO_RUN == set(COMMANDS)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("command", READING)
def test_runs_are_looked_at_without_leaving_them(
    command: str, attack: Callable[[Path, Path], None], trained: Path, tmp_path: Path
) -> None:
    peeled(trained, tmp_path / "all", command, attack)


@pytest.mark.parametrize("attack", FEWER)
@pytest.mark.parametrize("command", [each for each in RUNS if each not in READING])
def test_runs_are_used_without_leaving_them(
    command: str, attack: Callable[[Path, Path], None], trained: Path, tmp_path: Path
) -> None:
    peeled(trained, tmp_path / "all", command, attack)
