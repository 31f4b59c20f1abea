"""Tags and notes: plain files that are written whole, and read with care."""

from pathlib import Path

import pytest

from cnnspec.runs.folder import RunFolder
from cnnspec.runs.labels import MOST_TAGS, labels_of, note, tag
from cnnspec.source.diagnostic import Rejected


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def read(folder: RunFolder) -> tuple[tuple[str, ...], str]:
    """Tags and note of a run without problems."""
    problems: list[str] = []
    found = labels_of(folder, problems)
    assert not problems
    return found


def test_tags_come_and_go_each_once_in_their_order(folder: RunFolder) -> None:
    assert read(folder) == ((), "")
    assert tag(folder, ["b", "a", "b"]) == ("b", "a")
    assert tag(folder, ["größe:2", "a"]) == ("b", "a", "größe:2") == read(folder)[0]
    assert tag(folder, ["a"], remove=True) == ("b", "größe:2")
    assert folder.tags.read_text() == "b\ngröße:2\n"
    tag(folder, ["b", "größe:2"], remove=True)
    assert not folder.tags.exists()


def test_a_note_takes_the_place_of_another(folder: RunFolder) -> None:
    note(folder, " First.\nSecond. ")
    assert read(folder)[1] == "First.\nSecond."
    note(folder, "Other.")
    assert folder.note.read_text() == "Other.\n"
    note(folder, "")
    assert not folder.note.exists()


@pytest.mark.parametrize("word", ["", "two words", "-x", "a\nb", "a,b", "\x1b[2J", "x" * 65, "_x", "a\udcff"])
def test_what_is_no_tag_is_refused_and_nothing_written(folder: RunFolder, word: str) -> None:
    with pytest.raises(Rejected, match="no tag"):
        tag(folder, ["good", word])
    assert not folder.tags.exists()


def test_what_cannot_be_taken_or_would_be_too_much_is_refused(folder: RunFolder) -> None:
    tag(folder, ["baseline"])
    with pytest.raises(Rejected, match=r"no tag base\n.*write baseline"):
        tag(folder, ["base"], remove=True)
    with pytest.raises(Rejected, match="at most"):
        tag(folder, map(str, range(MOST_TAGS + 1)))
    for text in ("x" * 10_001, "a\udcffb"):
        with pytest.raises(Rejected):
            note(folder, text)
    assert read(folder) == (("baseline",), "")


def test_a_strangers_files_are_read_with_care(folder: RunFolder) -> None:
    """Only tags are taken; a file that cannot be read is no tags and a problem, and it is not written over."""
    folder.tags.write_text("good\n\x1b[2J\nx y\n" + "\n".join(map(str, range(100))))
    assert read(folder)[0][:2] == ("good", "0") and len(read(folder)[0]) == MOST_TAGS
    for content in (b"\xff", b"x" * (2**20 + 1)):
        folder.tags.write_bytes(content)
        problems: list[str] = []
        assert labels_of(folder, problems) == ((), "") and "tags.txt" in problems[0]
        with pytest.raises(Rejected, match="delete that file"):
            tag(folder, ["new"])
        assert folder.tags.read_bytes() == content
