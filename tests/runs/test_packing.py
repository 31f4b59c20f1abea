"""What is packed of a run: all that it is read from and judged by, and nothing else; the same bytes every time."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnspec import Rejected, open_run
from cnnspec.api.sharing import laid_out, packed
from cnnspec.results.failure import RunFailed
from cnnspec.results.resumption import spread_of
from cnnspec.runs.files import AlreadyThere
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.folder import open_run as opened
from cnnspec.runs.history import read_run
from cnnspec.runs.lock import owned
from cnnspec.runs.recorded import read_data_folder
from cnnspec.runs.transfer import read_origin
from cnnspec.runs.unpacking import unpack
from tests.support.full_disk import at_each_call
from tests.support.packed_runs import below, untrained_run

NEVER = {"last", "lock", "checkpoints", "written", "best", "environment", "series", "tags", "note", "tensorboard"}
"""What is packed in another way, or stays: other weights than the best, what goes on from there, what somebody
noted for themselves."""


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    """Wherever it lies, whenever its files were written."""
    for name in ("here", "there"):
        run = untrained_run(tmp_path / name / "small-1")
        for path in run.rglob("*"):
            os.utime(path, (10**9 if name == "here" else 10**9 + 999,) * 2)
        packed(opened(run), tmp_path / f"{name}.zip")
    assert (tmp_path / "here.zip").read_bytes() == (tmp_path / "there.zip").read_bytes()


def test_a_run_is_packed_without_where_it_lay_and_what_it_goes_on_from(tmp_path: Path) -> None:
    run = untrained_run(tmp_path / "small-1")
    (run / "diary.txt").write_text("mine")
    (run / "last.keras").write_bytes(b"last")
    (run / "vocabulary-text.txt").write_text("word\n")
    found = packed(opened(run), tmp_path / "run.zip").files
    assert set(found) == {
        "README.md",
        "best.keras",
        "classes.json",
        "environment.json",
        "metrics.jsonl",
        "result.json",
        "spec.yaml",
        "vocabulary-text.txt",
        "written/small.yaml",
    }
    unpack(tmp_path / "run.zip", tmp_path / "there")
    facts = json.loads((tmp_path / "there" / "environment.json").read_text())
    assert "data_folder" not in facts and facts["seed"] == 5
    assert read_data_folder(RunFolder(tmp_path / "there")) == tmp_path / "there"
    same = (path for path in found if path not in ("README.md", "environment.json"))
    assert all((run / path).read_bytes() == (tmp_path / "there" / path).read_bytes() for path in same)


def test_commands_and_first_weights_do_not_tell_where_anything_lay(tmp_path: Path) -> None:
    """Nor does the card; what a command says else stays, and what a packed run is packed into again is the same."""
    run, far = untrained_run(tmp_path / "small-1"), "/mnt/ward 7"
    facts = json.loads((run / "environment.json").read_text())
    trained = ["cnnspec", "train", f"{far}/small.yaml", "--data-root", far, f"--runs={far}/runs", "--devices", "2"]
    facts |= {"command": [*trained, "--start-from", f"{far}/old-1", "--set", "training.epochs=1", "--tensorboard", far]}
    facts |= {"resumed": [{"epoch": 1, "command": ["cnnspec", "train", "--resume", "~/ward 7/runs/small-1"]}]}
    (run / "environment.json").write_text(json.dumps(facts))
    mark = {"size": 3, "sha256": "0" * 64}
    files = {f"{far}/old-1/best.keras": mark, f"{far}/old-1/vocabulary.txt": mark}
    origin = {"file": f"{far}/old-1/best.keras", "files": files, "strict": True, "may_be_new": []}
    (run / "transfer.json").write_text(json.dumps(origin))
    whole = packed(opened(run), tmp_path / "run.zip").file.read_bytes()
    assert b"ward 7" not in whole
    (tmp_path / "there").mkdir()
    unpack(tmp_path / "run.zip", there := tmp_path / "there" / "small-1")
    made = read_run(RunFolder(there)).environment
    assert " ".join(made.command) == (
        "cnnspec train small.yaml --data-root DIR --runs=DIR --devices 2 --start-from RUN --set training.epochs=1"
        " --tensorboard PATH"
    )
    assert spread_of(made.command) == ("--devices", "2")
    assert [each.machine.command[-2:] for each in made.resumed] == [("--resume", "RUN")]
    began = read_origin(RunFolder(there))
    assert began is not None and began.file == Path("old-1/best.keras") and began.files[began.file] == mark
    assert "train small.yaml --data-root DIR" in (there / "README.md").read_text()
    assert packed(opened(there), tmp_path / "again.zip").file.read_bytes() == whole


def test_each_file_of_a_run_is_packed_or_is_known_to_stay() -> None:
    known = {name for name, each in vars(RunFolder).items() if isinstance(each, property)}
    folder = RunFolder(Path("run"))
    shared = {path.name for path in folder.shared}
    paths = {name: getattr(folder, name) for name in known}
    assert {name for name, path in paths.items() if isinstance(path, Path) and path.name not in shared} == NEVER


def test_a_packed_run_is_read_as_its_folder_is_and_is_gone_with_what_reads_it(tmp_path: Path) -> None:
    run = untrained_run(tmp_path / "small-1")
    packed(opened(run), tmp_path / "small-1.zip")
    read = open_run(tmp_path / "small-1.zip")
    place = read.path
    assert place.is_dir() and read.name == "small-1" and read.metrics == open_run(run).metrics
    assert str(tmp_path / "small-1.zip") in repr(read) and str(place) not in read.show()
    del read
    assert not place.exists() and not place.parent.exists()


def test_a_packed_run_is_gone_when_its_command_is_ended(tmp_path: Path) -> None:
    """By SIGTERM, in the midst of what it is doing."""
    packed(opened(untrained_run(tmp_path / "small-1")), tmp_path / "small-1.zip")
    (tmp_path / "places").mkdir()
    program = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from cnnspec.cli.finding import find_run\n"
        "folder = find_run(Path('small-1.zip'))\n"
        "assert folder.spec.is_file() and len(list(Path('places').iterdir())) == 1\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "signal.pause()\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path / "places")}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, timeout=60)
    assert done.returncode == 130 and not list((tmp_path / "places").iterdir())


def test_nothing_is_written_into_a_packed_run(tmp_path: Path) -> None:
    """It would be lost: what goes on in a run, or is noted there, needs its folder."""
    packed(opened(untrained_run(tmp_path / "small-1")), tmp_path / "small-1.zip")
    run, before = open_run(tmp_path / "small-1.zip"), (tmp_path / "small-1.zip").read_bytes()
    for act in (run.resume, run.plan, run.remove, lambda: run.tag("good"), lambda: run.note("good")):
        with pytest.raises(Rejected, match="is a packed run"):
            act()
    assert run.path.is_dir() and (tmp_path / "small-1.zip").read_bytes() == before


def test_a_packed_run_is_packed_again_as_it_was_and_keeps_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its file is called."""
    run = untrained_run(tmp_path / "small-1")
    whole = packed(opened(run), tmp_path / "small-1.zip").file.read_bytes()
    (tmp_path / "small-1.zip").rename(tmp_path / "other.zip")
    monkeypatch.chdir(tmp_path)
    again = open_run("other.zip")
    assert again.name == "small-1" and str(again.pack(report=False)) == "small-1.zip"
    assert Path("small-1.zip").read_bytes() == whole


def test_what_cannot_be_packed_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    def refused(run: Path, *words: str) -> None:
        with pytest.raises((Rejected, RunFailed)) as caught:
            packed(opened(run), tmp_path / "run.zip")
        assert all(word in str(caught.value) for word in words), caught.value
        assert not (tmp_path / "run.zip").exists()

    (untrained_run(tmp_path / "a") / "best.keras").unlink()
    refused(tmp_path / "a", "neither best.keras nor last.keras")
    (untrained_run(tmp_path / "b") / "environment.json").write_text("{")
    refused(tmp_path / "b", "environment.json is damaged")
    (untrained_run(tmp_path / "c") / "environment.json").unlink()
    refused(tmp_path / "c", "has no environment.json")
    with owned(RunFolder(untrained_run(tmp_path / "d"))):
        refused(tmp_path / "d", "trains")
    best = untrained_run(tmp_path / "e") / "best.keras"
    best.unlink()
    best.symlink_to("/etc/passwd")
    refused(tmp_path / "e", "best.keras is a link")


def test_a_link_among_what_is_packed_is_left_out(tmp_path: Path) -> None:
    """A stranger's run does not make somebody pack a file of their own."""
    run = untrained_run(tmp_path / "small-1")
    (tmp_path / "mine").write_text("secret")
    for name in ("classes.json", "vocabulary.txt", "written/small.yaml"):
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(tmp_path / "mine")
    found = packed(opened(run), tmp_path / "run.zip")
    assert b"secret" not in (tmp_path / "run.zip").read_bytes() and "classes.json" not in found.files


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """At whichever call it is full, of a file that is replaced and of a folder for the Hub.

    Where it could not be asked to keep the file's new name, the file is there all the same, and whole.
    """
    run = opened(untrained_run(tmp_path / "small-1"))
    whole = packed(run, tmp_path / "run.zip").file.read_bytes()

    def acts() -> Iterator[tuple[str, object]]:
        yield "run.zip", lambda place: packed(run, place / "run.zip", force=True)
        yield "hub", lambda place: laid_out(run, "ada/small", place / "hub")

    for name, act in acts():
        (tmp_path / f"try-{name}").mkdir()
        for place, refused, problem in at_each_call(tmp_path / f"try-{name}", act):
            if refused:
                assert isinstance(problem, RunFailed) and "No space left" in str(problem), (refused, problem)
                assert not list(place.iterdir()) or (place / "run.zip").read_bytes() == whole
        assert problem is None and [path.name for path in place.iterdir()] == [name]


def test_what_is_there_is_replaced_only_where_that_is_said(tmp_path: Path) -> None:
    run = opened(untrained_run(tmp_path / "small-1"))
    (tmp_path / "run.zip").write_text("mine")
    for act in (packed, lambda folder, path: laid_out(folder, "ada/small", path)):
        with pytest.raises(AlreadyThere):
            act(run, tmp_path / "run.zip")
        assert (tmp_path / "run.zip").read_text() == "mine"
    packed(run, tmp_path / "run.zip", force=True)
    assert zipfile.is_zipfile(tmp_path / "run.zip")


def test_a_folder_for_the_hub_is_what_a_packed_run_holds(tmp_path: Path) -> None:
    run = opened(untrained_run(tmp_path / "small-1"))
    laid_out(run, "ada/small", tmp_path / "hub")
    unpack(packed(run, tmp_path / "run.zip").file, tmp_path / "there")
    assert below(tmp_path / "hub") == below(tmp_path / "there")
    for wrong in ("small", "ada/", "/small", "a/b/c", "ada/..", "-a/b", "ada/sm all", "a--b/c"):
        with pytest.raises(Rejected):
            laid_out(run, wrong, tmp_path / "wrong")
