"""Runs are removed whole, and nothing else is: no other folder, nothing behind a link, no run in use."""

import os
from pathlib import Path

import pytest

from cnnspec.results.failure import RunFailed
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.lock import owned
from cnnspec.runs.removing import removable, remove
from cnnspec.source.diagnostic import Rejected


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run as training leaves it, as far as its files go."""
    folder = RunFolder(tmp_path / "runs" / "small-1")
    folder.checkpoints.mkdir(parents=True)
    for path in (folder.spec, folder.environment, folder.lock, folder.checkpoints / "1.ckpt", folder.vocabulary()):
        path.write_text("12345")
    return folder


def test_a_run_is_removed_with_all_that_is_in_it(run: RunFolder) -> None:
    (run.path / "report.html").write_text("mine")
    found = removable(run.path)
    assert (found.files, found.size, found.others) == (6, 29, ("report.html",))
    remove(found)
    assert list(run.path.parent.iterdir()) == []


def test_links_are_removed_and_what_they_lead_to_stays(run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("kept")
    (run.path / "away").symlink_to(tmp_path / "kept")
    (run.checkpoints / "away").symlink_to(tmp_path / "kept" / "file")
    remove(removable(run.path))
    assert not run.path.exists() and (tmp_path / "kept" / "file").read_text() == "kept"


def test_a_run_in_use_is_refused_and_stays(run: RunFolder) -> None:
    """Whether the other process came before the question or after it."""
    found = removable(run.path)
    with owned(run):
        with pytest.raises(RunFailed, match="trains"):
            removable(run.path)
        with pytest.raises(RunFailed, match="trains"):
            remove(found)
    assert run.spec.exists()


def test_what_is_no_run_is_refused(run: RunFolder, tmp_path: Path) -> None:
    """A link to a run, a file, a folder of runs, one with a spec, a run in which somebody works, nothing at all."""
    (tmp_path / "link").symlink_to(run.path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "spec.yaml").write_text("mine")
    cases = {
        tmp_path / "link": "is a link",
        run.spec: "no run",
        tmp_path / "runs": "no run",
        tmp_path / "specs": "no environment.json",
        tmp_path / "none": "there is no run",
        tmp_path: "no run",
    }
    for path, why in cases.items():
        with pytest.raises(Rejected, match=why):
            removable(path)
    (run.path / ".git").mkdir()
    with pytest.raises(Rejected, match=r"holds a folder \.git"):
        removable(run.path)
    assert run.spec.exists() and (tmp_path / "specs" / "spec.yaml").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_stays(run: RunFolder) -> None:
    run.path.parent.chmod(0o500)
    with pytest.raises(RunFailed, match="cannot write"):
        remove(removable(run.path))
    assert run.spec.exists()
