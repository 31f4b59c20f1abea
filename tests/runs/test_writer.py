"""Saving beside the training: what fails is told once, what comes later goes on, and the order holds."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnspec.results.events import NotSaved
from cnnspec.results.failure import RunFailed
from cnnspec.runs.checkpoint import Checkpoint, Piece, read_newest
from cnnspec.runs.files import disk_errors
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.unsaved import Unsaved
from cnnspec.runs.writer import BestModel, CheckpointWriter, Outcome


def checkpoint(step: int) -> Checkpoint:
    return Checkpoint(step, {}, (Piece("step", "int64", (), bytes([step] * 8)),))


def newest(folder: RunFolder) -> int:
    found = read_newest(folder)
    assert found is not None
    return found.checkpoint.step


def outcomes_until(writer: CheckpointWriter, step: int) -> list[Outcome]:
    """The outcome of the save after this step, as soon as there is one."""
    end, found = time.monotonic() + 60, list[Outcome]()
    while not found and time.monotonic() < end:
        time.sleep(0.001)
        found = [each for each in writer.outcomes() if each.step == step]
    return found


class Gate:
    """A best model that is being written until it is let through; then it is, or the disk refuses."""

    def __init__(self, path: Path, refusals: int = 0) -> None:
        self.begun, self.open = threading.Event(), threading.Event()
        self._path, self._refusals = path, refusals

    def write(self) -> None:
        self.begun.set()
        assert self.open.wait(60)
        if self._refusals:
            self._refusals -= 1
            with disk_errors(self._path):
                raise OSError(28, "No space left on device")
        self._path.write_text("best")


def test_everything_is_on_the_disk_at_the_end(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    writer = CheckpointWriter(folder, 2)
    for step in range(1, 40):
        writer.write(checkpoint(step))
    outcomes = writer.finish()
    assert newest(folder) == 39 and outcomes[-1] == Outcome(39) and not any(each.failure for each in outcomes)
    writer.close()


def test_a_save_that_fails_is_told_though_the_next_one_waits_already(tmp_path: Path) -> None:
    """The next one is written; the one that failed is named by its step."""
    folder, gate = RunFolder(tmp_path), Gate(tmp_path / "best.keras")
    writer = CheckpointWriter(folder, 2)
    folder.checkpoints.write_text("in the way")
    writer.write_best(BestModel(4, gate.write))
    assert gate.begun.wait(60)
    writer.write(checkpoint(5))
    gate.open.set()
    (refused,) = outcomes_until(writer, 5)
    folder.checkpoints.unlink()
    writer.write(checkpoint(6))
    assert writer.finish() == [Outcome(6)] and newest(folder) == 6
    assert str(refused.failure) == f"cannot write {folder.checkpoints}: File exists"
    writer.close()


def test_the_end_waits_for_the_last_save_and_says_that_it_failed(tmp_path: Path) -> None:
    """As the error, and not as an outcome besides; the ones before it are outcomes."""
    folder = RunFolder(tmp_path)
    folder.checkpoints.write_text("in the way")
    writer = CheckpointWriter(folder, 2)
    writer.write(checkpoint(1))
    with pytest.raises(RunFailed, match=r"cannot write .*checkpoints: File exists"):
        writer.finish()
    assert writer.outcomes() == []
    folder.checkpoints.unlink()
    writer.write(checkpoint(2))
    assert writer.finish() == [Outcome(2)]
    writer.close()


def test_no_checkpoint_is_written_before_the_best_model_that_it_speaks_of(tmp_path: Path) -> None:
    """The disk refuses the model twice: once alone, once with a checkpoint, which then is not written either."""
    folder, gate = RunFolder(tmp_path), Gate(tmp_path / "best.keras", refusals=2)
    writer = CheckpointWriter(folder, 2)
    gate.open.set()
    writer.write_best(BestModel(4, gate.write))
    with pytest.raises(RunFailed, match="No space left"):
        writer.finish()
    writer.write(checkpoint(5))
    with pytest.raises(RunFailed, match="No space left"):
        writer.finish()
    assert read_newest(folder) is None and not folder.best.exists()
    writer.write(checkpoint(6))
    assert writer.finish() == [Outcome(6)]
    assert newest(folder) == 6 and folder.best.read_text() == "best"
    writer.close()


def test_of_best_models_that_wait_the_latest_is_written(tmp_path: Path) -> None:
    """Also where an earlier one is being written when it comes."""
    folder, gate, written = RunFolder(tmp_path), Gate(tmp_path / "first"), list[int]()
    writer = CheckpointWriter(folder, 2)
    writer.write_best(BestModel(4, gate.write))
    assert gate.begun.wait(60)
    for step in (8, 12):
        writer.write_best(BestModel(step, note(written, step)))
    gate.open.set()
    writer.write(checkpoint(12))
    writer.finish()
    assert written == [12] and newest(folder) == 12
    writer.close()


def note(written: list[int], step: int) -> Callable[[], None]:
    return lambda: written.append(step)


def test_a_best_model_that_is_written_is_no_state_that_was_saved(tmp_path: Path) -> None:
    """Nothing is said to be saved again because of it."""
    folder, written = RunFolder(tmp_path), list[int]()
    writer = CheckpointWriter(folder, 2)
    writer.write_best(BestModel(4, note(written, 4)))
    assert writer.finish() == [] and written == [4]
    writer.close()


def test_what_only_a_mistake_of_ours_can_raise_is_raised(tmp_path: Path) -> None:
    def wrong() -> None:
        raise ZeroDivisionError

    writer = CheckpointWriter(RunFolder(tmp_path), 2)
    writer.write_best(BestModel(1, wrong))
    with pytest.raises(ZeroDivisionError):
        writer.finish()
    writer.close()


def failed(step: int, number: int = 28, path: str = "") -> Outcome:
    try:
        with disk_errors(Path(path or f"{step}.checkpoint")):
            raise OSError(number, {28: "No space left on device", 5: "Input/output error"}[number])
    except RunFailed as failure:
        return Outcome(step, failure)


def test_saves_that_fail_for_one_reason_are_told_once_and_then_together() -> None:
    """Four steps an epoch: each place is named once, no two lines are alike, and result.json has all of them."""
    unsaved = Unsaved(4)
    (first,) = unsaved.told([Outcome(2), failed(4)])
    assert first.places == ((1, 0),) and first.reason == "cannot write 4.checkpoint: No space left on device"
    assert list(unsaved.told([failed(6), failed(8)])) == []
    together, other = unsaved.told([failed(9, 5)])
    assert together.places == ((1, 2), (2, 0)) and together.repeated and together.saved_again is None
    assert other.places == ((2, 1),) and not other.repeated
    again, anew = unsaved.told([Outcome(10), failed(11, 5)])
    assert again == NotSaved((), "Input/output error", again.help, repeated=True, saved_again=(2, 2))
    assert anew.places == ((2, 3),)
    assert list(unsaved.told([failed(12, 5)])) == []
    (rest,) = unsaved.rest()
    assert rest.places == ((3, 0),) and rest.saved_again is None
    assert list(unsaved.rest()) == []
    assert [(each.reason, each.times) for each in unsaved.collected()] == [
        ("No space left on device", 3),
        ("Input/output error", 3),
    ]


def test_a_place_at_which_two_files_failed_is_told_once() -> None:
    """The best model, and the checkpoint that is not written without it."""
    unsaved = Unsaved(4)
    assert len(list(unsaved.told([failed(4), failed(4), Outcome(8)]))) == 2
    assert [each.times for each in unsaved.collected()] == [1]


def test_a_training_of_which_every_save_fails_tells_it_twice_in_all() -> None:
    """Once at the first, once at the end: a thousand saves are no thousand lines."""
    unsaved = Unsaved(10)
    told = [*unsaved.told(failed(step) for step in range(1000)), *unsaved.rest()]
    assert [len(event.places) for event in told] == [1, 999]
    (written,) = unsaved.collected()
    assert written.times == 1000
