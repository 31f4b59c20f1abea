"""result.json: what is written is read back, and what older runs wrote is understood."""

import json
from pathlib import Path

import pytest

from cnnspec.results.history import Best, Result, SavesFailed
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.reading import Unreadable
from cnnspec.runs.result import read_result, write_result

FULL = Result(
    status="failed",
    epochs=2,
    best=Best(1, "val_loss", 0.5),
    seconds=1.5,
    metrics={"loss": 0.25},
    reason="the loss is no finite number any more",
    fold=(3, 10),
    diverged=(1, 8),
    not_saved=(SavesFailed("No space left on device", 2, ((0, 4), (1, 0))),),
)
PLAIN = Result(status="finished", epochs=1, best=None, seconds=0.1, metrics={})


@pytest.mark.parametrize("result", [FULL, PLAIN], ids=lambda result: result.status)
def test_a_result_is_read_back_as_it_was_written(tmp_path: Path, result: Result) -> None:
    folder = RunFolder(tmp_path)
    write_result(folder, result)
    assert read_result(folder) == result


def test_status_and_reason_are_two_keys(tmp_path: Path) -> None:
    """A script compares the one and shows the other; a run that did not fail has no reason."""
    folder = RunFolder(tmp_path)
    write_result(folder, FULL)
    held = json.loads(folder.result.read_text())
    assert (held["status"], held["reason"]) == ("failed", "the loss is no finite number any more")
    write_result(folder, PLAIN)
    assert json.loads(folder.result.read_text()).keys() == {"status", "epochs", "best", "seconds", "metrics"}


@pytest.mark.parametrize(
    ("written", "reason"),
    [("failed: cannot write a: b", "cannot write a: b"), ("failed", "")],
)
def test_a_status_that_holds_its_reason_is_read_as_both(tmp_path: Path, written: str, reason: str) -> None:
    """As older runs have it."""
    folder = RunFolder(tmp_path)
    folder.result.write_text(json.dumps({"status": written, "epochs": 1}))
    result = read_result(folder)
    assert result is not None and (result.status, result.reason) == ("failed", reason)


def test_a_result_without_an_ending_is_damaged_and_none_is_none(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert read_result(folder) is None
    folder.result.write_text('{"status": "done"}')
    with pytest.raises(Unreadable, match="does not say how the run ended"):
        read_result(folder)
