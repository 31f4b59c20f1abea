"""Run folders: numbers nobody else has, files whole or not at all, figures as Keras writes them."""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cnnspec.results.failure import RunFailed
from cnnspec.runs.environment import describe, impersonal
from cnnspec.runs.files import append_line, write_text, write_with
from cnnspec.runs.finding import safe_name
from cnnspec.runs.folder import RunFolder, create_run, open_run
from cnnspec.runs.metrics import add_epoch, write_json
from cnnspec.source.diagnostic import Rejected
from cnnspec.source.finite import finite
from tests.support.places import ENVIRONMENT

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    with _Mounted(tmp_path / "tiny", "size=64k") as folder:
        yield folder


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk that takes nothing."""
    with _Mounted(tmp_path / "fixed", "size=64k", read_only=True) as folder:
        yield folder


class _Mounted:
    def __init__(self, folder: Path, options: str, read_only: bool = False) -> None:
        self._folder, self._options, self._flags = folder, options, 1 if read_only else 0

    def __enter__(self) -> Path:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._folder.mkdir()
        done = self._libc.mount(b"none", bytes(self._folder), b"tmpfs", self._flags, self._options.encode())
        if done != 0:
            pytest.skip(f"this user may not mount a disk: {os.strerror(ctypes.get_errno())}")
        return self._folder

    def __exit__(self, *problem: object) -> None:
        self._libc.umount(bytes(self._folder))


def test_runs_are_numbered_from_one_and_gaps_stay(tmp_path: Path) -> None:
    assert create_run(tmp_path / "runs", "digits").name == "digits-1"
    (tmp_path / "runs" / "digits-7").mkdir()
    (tmp_path / "runs" / "digits-x").mkdir()
    assert create_run(tmp_path / "runs", "digits").name == "digits-8"
    assert create_run(tmp_path / "runs", "digit").name == "digit-1"


def test_runs_that_start_at_once_have_numbers_of_their_own(tmp_path: Path) -> None:
    """Four processes and eight threads make forty-eight runs: forty-eight numbers."""
    script = (
        "import sys; from pathlib import Path; from cnnspec.runs.folder import create_run\n"
        "for _ in range(8): print(create_run(Path(sys.argv[1]), 'race').name)"
    )
    environment = ENVIRONMENT
    command = [sys.executable, "-c", script, str(tmp_path)]
    others = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: create_run(tmp_path, "race").name, range(16)))
    for other in others:
        names += other.communicate()[0].split()
    assert sorted(names) == sorted(f"race-{number}" for number in range(1, 49))


@pytest.mark.parametrize("name", ["../../etc", "/etc/x", "..", "-rf", "a\x1b[31mb", "ü ñ", "x" * 500, "", ".hidden"])
def test_no_name_leaves_the_folder_or_hides(tmp_path: Path, name: str) -> None:
    folder = create_run(tmp_path, name).path
    assert folder.parent == tmp_path and not folder.name.startswith((".", "-"))
    assert safe_name(name).isascii() and safe_name(name).isprintable() and len(folder.name) < 80


def test_a_text_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    """A writer that fails half way leaves the old file and nothing beside it."""
    path = tmp_path / "result.json"
    write_text(path, "old")

    def failing(temporary: Path) -> None:
        temporary.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(RunFailed, match="No space left on device"):
        write_with(path, failing)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_full_disk_loses_nothing_that_was_written(tiny_disk: Path) -> None:
    """The old file stays, a half line is taken back, and the message says what to do."""
    folder = create_run(tiny_disk, "full")
    write_json(folder.result, {"status": "good"})
    append_line(folder.log, "first")
    (tiny_disk / "filler").write_bytes(bytes(40 * 1024))
    with pytest.raises(RunFailed) as failure:
        write_text(folder.result, "x" * 100_000)
    assert "No space left" in str(failure.value) and "free some space" in failure.value.diagnostics[0].help
    with pytest.raises(RunFailed):
        append_line(folder.log, "y" * 100_000)
    assert json.loads(folder.result.read_text()) == {"status": "good"}
    assert folder.log.read_text() == "first\n"
    assert {entry.name for entry in folder.path.iterdir()} == {"result.json", "metrics.jsonl"}


def test_a_folder_that_cannot_be_written_is_said_at_once(read_only: Path) -> None:
    with pytest.raises(RunFailed, match=r"cannot write .*Read-only file system") as failure:
        create_run(read_only / "runs", "digits")
    assert "choose a folder" in failure.value.diagnostics[0].help


@pytest.mark.skipif(not ROOT, reason="only root can become another user")
def test_another_users_folder_is_said_at_once() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        said = _as_nobody(folder)
    assert f"cannot write {folder / 'runs'}: Permission denied" in said


def _as_nobody(folder: Path) -> str:
    """What a user without rights is told."""
    script = (
        "import os, sys; from pathlib import Path; from cnnspec.runs.folder import create_run\n"
        "from cnnspec.results.failure import RunFailed\n"
        "os.setuid(65534)\n"
        "try: create_run(Path(sys.argv[1]) / 'runs', 'digits')\n"
        "except RunFailed as failure: print(failure)"
    )
    environment = ENVIRONMENT
    command = [sys.executable, "-c", script, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="there is no run"):
        open_run(tmp_path / "digits-1")
    with pytest.raises(Rejected, match=r"no spec\.yaml"):
        open_run(tmp_path)


def test_the_log_holds_every_epoch_and_no_value_that_json_lacks(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    for epoch, loss in enumerate((1.5, float("nan"))):
        add_epoch(folder, epoch, {"loss": loss}, {"seconds": 0.5})
    rows = [json.loads(line) for line in folder.log.read_text().splitlines()]
    assert rows == [{"epoch": 0, "loss": 1.5, "seconds": 0.5}, {"epoch": 1, "loss": None, "seconds": 0.5}]
    assert finite({"a": [float("inf"), 1.0, "x"]}) == {"a": [None, 1.0, "x"]}


def test_the_environment_names_no_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Home folders become ~, in the command and in the data's place; the host is not named."""
    monkeypatch.setenv("HOME", "/home/anna")
    monkeypatch.setattr(sys, "argv", ["/home/anna/.venv/bin/cnnspec", "train", "/home/anna/specs/x.yaml"])
    described = describe(7, {"loss": "mean_squared_error"}, Path("/home/anna/data"))
    assert "anna" not in json.dumps(described) and os.uname().nodename not in json.dumps(described)
    assert described["command"] == ["cnnspec", "train", "~/specs/x.yaml"] and described["data_folder"] == "~/data"
    assert described["seed"] == 7 and described["auto"] == {"loss": "mean_squared_error"}
    assert impersonal("/home/annabel/x") == "/home/annabel/x"


def test_runs_imports_no_keras() -> None:
    script = "import sys, cnnspec.runs.folder, cnnspec.runs.metrics, cnnspec.runs.environment, cnnspec.runs.resolved\n"
    script += "print([name for name in ('tensorflow', 'keras', 'numpy', 'sklearn') if name in sys.modules])"
    environment = ENVIRONMENT
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[]"
