"""Checkpoints on disk: whole or not at all, whatever happens while they are written."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from cnnspec.results.failure import RunFailed
from cnnspec.runs.checkpoint import (
    Checkpoint,
    Damaged,
    Piece,
    read_checkpoint,
    read_newest,
    remove_unfinished,
    write_checkpoint,
)
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.lock import owned
from cnnspec.runs.metrics import add_epoch, write_epochs
from cnnspec.source.diagnostic import Rejected


def _checkpoint(step: int) -> Checkpoint:
    pieces = (
        Piece("model.0.kernel", "float32", (2, 3), bytes(range(24))),
        Piece("step", "int64", (), bytes([step] * 8)),
    )
    return Checkpoint(step, {"place": [1, 2], "nothing": float("inf")}, pieces)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run with checkpoints after steps 1 and 2."""
    folder = RunFolder(tmp_path)
    for step in (1, 2):
        write_checkpoint(folder, _checkpoint(step), 2)
    return folder


def test_a_checkpoint_reads_back_as_it_was_written(folder: RunFolder) -> None:
    found = read_newest(folder)
    assert found is not None and found.damaged == ()
    assert found.checkpoint == _checkpoint(2)


def test_a_run_without_checkpoints_has_no_newest(tmp_path: Path) -> None:
    assert read_newest(RunFolder(tmp_path)) is None


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_the_newest_are_kept_and_never_fewer_than_two(tmp_path: Path, keep: int) -> None:
    folder = RunFolder(tmp_path)
    for step in range(1, 6):
        write_checkpoint(folder, _checkpoint(step), keep)
    names = sorted(path.name for path in folder.checkpoints.iterdir())
    assert names == [f"{step:012}.checkpoint" for step in range(6 - max(keep, 2), 6)]


def test_every_cut_and_every_flipped_bit_is_seen(folder: RunFolder) -> None:
    """At each length, and at each byte of the file."""
    path = folder.checkpoints / "000000000002.checkpoint"
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at])
        with pytest.raises(Damaged):
            read_checkpoint(path)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        with pytest.raises((Damaged, Rejected)):
            read_checkpoint(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(Damaged):
        read_checkpoint(path)


def test_a_damaged_newest_is_named_and_the_one_before_it_is_used(folder: RunFolder) -> None:
    newest = folder.checkpoints / "000000000002.checkpoint"
    newest.write_bytes(newest.read_bytes()[:-3])
    found = read_newest(folder)
    assert found is not None and found.checkpoint == _checkpoint(1)
    assert found.damaged == (f"{newest}: it holds 29 bytes of arrays; expected 32",)


def test_a_run_whose_checkpoints_are_all_damaged_is_refused(folder: RunFolder) -> None:
    for path in folder.checkpoints.iterdir():
        path.write_bytes(b"")
    with pytest.raises(
        Rejected, match=r"no checkpoint is whole: .*002\.checkpoint: it does not begin.*001\.checkpoint"
    ):
        read_newest(folder)


def test_a_checkpoint_of_a_newer_version_is_refused(folder: RunFolder) -> None:
    """And not passed over for an older one."""
    path = folder.checkpoints / "000000000002.checkpoint"
    path.write_bytes(path.read_bytes().replace(b"cnnspec-checkpoint 1 ", b"cnnspec-checkpoint 2 ", 1))
    with pytest.raises(Rejected, match=r"is a checkpoint of version 2; expected 1"):
        read_newest(folder)


CRASHES = """
import builtins, os, pathlib, sys
from cnnspec.runs import checkpoint, files
from cnnspec.runs.checkpoint import Checkpoint, Piece, read_newest, remove_unfinished, write_checkpoint
from cnnspec.runs.folder import RunFolder

folder = RunFolder(pathlib.Path(sys.argv[1]))
state = [Checkpoint(step, {}, tuple(Piece(str(n), "int8", (500,), bytes([step] * 500)) for n in range(3)))
         for step in range(60)]

class Crashing:
    def __init__(self, at):
        self.left = at
    def wrap(self, real):
        def crash(*args, **options):
            self.left -= 1
            if self.left == 0:
                os._exit(9)
            return real(*args, **options)
        return crash

class File:
    def __init__(self, file, crashing):
        self.file, self.crashing = file, crashing
    def __enter__(self):
        return self
    def __exit__(self, *problem):
        self.file.close()
    def write(self, data):
        half = self.crashing.wrap(self.file.write)
        half(data[: len(data) // 2])
        half(data[len(data) // 2 :])

def crash_at(number, step):
    crashing = Crashing(number)
    for name in ("fsync", "replace", "unlink", "mkdir", "open", "close", "chmod"):
        setattr(os, name, crashing.wrap(getattr(os, name)))
    real = pathlib.Path.open
    def opened(path, mode="r", *more):
        file = real(path, mode, 0) if "w" in mode else real(path, mode, *more)
        return File(file, crashing) if "w" in mode else file
    pathlib.Path.open = opened
    write_checkpoint(folder, state[step], 2)
    os._exit(0)

crashes, step = 0, 1
write_checkpoint(folder, state[0], 2)
for number in range(1, 60):
    before = read_newest(folder).checkpoint
    child = os.fork()
    if child == 0:
        crash_at(number, step)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    found = read_newest(folder)
    assert found.damaged == (), found.damaged
    assert found.checkpoint in (before, state[step]), number
    remove_unfinished(folder)
    assert not list(folder.checkpoints.glob(".writing*"))
    step += 1
    if status == 0:
        assert found.checkpoint == state[step - 1]
        print(crashes)
        break
    assert status == 9
    crashes += 1
"""


def test_a_crash_at_any_write_leaves_the_old_checkpoint_or_the_new_one(tmp_path: Path) -> None:
    """A child process ends, without a word, at the first, second, third ... call that touches the disk."""
    done = subprocess.run([sys.executable, "-c", CRASHES, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 15


FULL = """
import pathlib, resource, signal, sys
from cnnspec.runs.checkpoint import Checkpoint, Piece, read_newest, write_checkpoint
from cnnspec.results.failure import RunFailed
from cnnspec.runs.folder import RunFolder

folder = RunFolder(pathlib.Path(sys.argv[1]))
small, large = (Checkpoint(step, {}, (Piece("a", "int8", (size,), bytes(size)),)) for step, size in ((1, 9), (2, 9999)))
write_checkpoint(folder, small, 2)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    write_checkpoint(folder, large, 2)
except RunFailed as failure:
    print(failure)
assert read_newest(folder).checkpoint == small
print(*(path.name for path in folder.checkpoints.iterdir()))
"""


def test_a_checkpoint_that_does_not_fit_leaves_the_one_before_it(tmp_path: Path) -> None:
    """The operating system refuses a file of more than 5,000 bytes."""
    done = subprocess.run([sys.executable, "-c", FULL, tmp_path], capture_output=True, text=True)
    said, names = done.stdout.splitlines()
    assert said == f"cannot write {tmp_path}/checkpoints/000000000002.checkpoint: File too large"
    assert names == "000000000001.checkpoint"


OWNS = """
import pathlib, sys, time
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.lock import owned
with owned(RunFolder(pathlib.Path(sys.argv[1]))):
    print("mine", flush=True)
    time.sleep(100)
"""


def test_one_process_owns_a_run_and_a_dead_one_does_not(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNS, tmp_path], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "mine\n"
        try:
            with pytest.raises(RunFailed, match=rf"process {other.pid} trains "), owned(RunFolder(tmp_path)):
                pass
        finally:
            other.kill()
    assert (tmp_path / "lock").read_text() == f"{other.pid}\n"
    with owned(RunFolder(tmp_path)):
        pass


def test_what_a_killed_process_left_is_removed_and_nothing_else(folder: RunFolder) -> None:
    for place in (folder.path, folder.checkpoints):
        (place / ".writing-x.keras").write_text("half")
    (export := folder.path / ".writing-cnnspec-x").mkdir()  # of another command, which may go on
    before = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.checkpoints.glob("0*")))).digest()
    remove_unfinished(folder)
    assert list(folder.path.rglob(".writing*")) == [export]
    after = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.checkpoints.glob("0*")))).digest()
    assert before == after


def test_epochs_written_anew_are_those_that_were_added(tmp_path: Path) -> None:
    """Byte for byte, so that a log that is cut back has no seam."""
    rows = [(epoch, {"loss": 0.1 * epoch, "val_loss": float("nan")}, {"seconds": 0.5}) for epoch in range(3)]
    one, other = RunFolder(tmp_path / "one"), RunFolder(tmp_path / "other")
    for folder in (one, other):
        folder.path.mkdir()
    for row in rows:
        add_epoch(one, *row)
    add_epoch(other, *rows[0])
    write_epochs(other, rows)
    assert one.table.read_bytes() == other.table.read_bytes()
    assert one.log.read_bytes() == other.log.read_bytes()
