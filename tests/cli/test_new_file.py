"""A file that is to be written: nothing begins where it cannot be, and nothing is overwritten."""

from pathlib import Path

import pytest

from cnnspec.cli.new_file import check_new_file


def asked(capsys: pytest.CaptureFixture[str], path: Path, force: bool = False, ending: str = ".png") -> str:
    """What is said of the path, with the exit code of misuse; empty where it may be written."""
    try:
        check_new_file(path, force, "--contact-sheet", ending)
    except SystemExit as end:
        assert end.code == 2
    return capsys.readouterr().err


def test_the_ending_is_part_of_the_help_and_the_folder_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("x.jpg", "x", "x.PNG"):
        said = asked(capsys, tmp_path / name)
        assert "does not end in .png" in said and "x.png" in said and "write --contact-sheet" in said
    assert asked(capsys, tmp_path / "x.jpg", ending="") == asked(capsys, tmp_path / "x.png") == ""


def test_a_folder_must_be_there_and_a_file_must_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no folder" in asked(capsys, tmp_path / "no" / "x.png")
    (tmp_path / "x.png").touch()
    assert "is there already" in asked(capsys, tmp_path / "x.png")
    assert asked(capsys, tmp_path / "x.png", force=True) == ""


def test_a_path_without_a_name_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert "write --contact-sheet model.png" in asked(capsys, Path())
