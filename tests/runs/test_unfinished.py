"""Folders that are filled beside their place: what killed processes left of them is removed, and nothing else."""

import subprocess
import sys
from pathlib import Path

from cnnspec.runs.unfinished import unfinished_folder

FILLS = """
import sys, time
from pathlib import Path
from cnnspec.runs.unfinished import unfinished_folder
with unfinished_folder(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("half")
    print(folder.name, flush=True)
    time.sleep(600)
"""


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    """Not while it lives; nor what is only called alike, nor what a link of such a name points to."""
    (tmp_path / ".writing-mine").mkdir()
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (tmp_path / ".writing-cnnspec-link").symlink_to(elsewhere)
    place, others = tmp_path / "a.onnx", {".writing-mine", "elsewhere", ".writing-cnnspec-link"}
    command = [sys.executable, "-c", FILLS, place]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        try:
            with unfinished_folder(place) as folder:
                assert {each.name for each in tmp_path.iterdir()} == others | {name, folder.name}
        finally:
            other.kill()
    assert (tmp_path / name / "half").read_text() == "half"
    with unfinished_folder(place) as folder:
        assert {each.name for each in tmp_path.iterdir()} == others | {folder.name}
    assert {each.name for each in tmp_path.iterdir()} == others


def test_what_was_renamed_stays(tmp_path: Path) -> None:
    with unfinished_folder(tmp_path / "whole") as folder:
        (folder / "file").write_text("all of it")
        folder.rename(tmp_path / "whole")
    assert [each.name for each in tmp_path.iterdir()] == ["whole"]
