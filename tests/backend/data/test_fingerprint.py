"""Marks of data files: equal while nothing changed, different as soon as something did."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backend.data.fingerprint import changes, fingerprint
from cnnspec.backend.data.place import DataFolder
from cnnspec.language.sources.arrays import Arrays
from cnnspec.language.sources.digits import Digits
from cnnspec.language.sources.image_folder import ImageFolder
from cnnspec.language.sources.text_lines import TextLines
from cnnspec.results.marks import describe

ARRAYS = Arrays(source="arrays", train={"x": "x.npy", "y": "y.npy"}, test="test.npz")


def written(folder: Path, **contents: bytes) -> None:
    for name, content in contents.items():
        (folder / name.replace("_", ".")).write_bytes(content)


def test_a_file_is_marked_by_its_size_and_sha256(tmp_path: Path) -> None:
    """By its name in the spec, each file once; files that are not there have no mark."""
    written(tmp_path, x_npy=b"abc", y_npy=b"")
    marks = fingerprint(ARRAYS, DataFolder(tmp_path))
    assert marks == {
        "x.npy": {"size": 3, "sha256": hashlib.sha256(b"abc").hexdigest()},
        "y.npy": {"size": 0, "sha256": hashlib.sha256(b"").hexdigest()},
    }
    assert fingerprint(Digits(source="digits"), DataFolder(tmp_path)) == {}


@settings(deadline=None)
@given(st.binary(max_size=64), st.binary(max_size=64))
def test_a_file_has_changed_exactly_if_its_bytes_have(
    tmp_path_factory: pytest.TempPathFactory, before: bytes, now: bytes
) -> None:
    folder = tmp_path_factory.mktemp("data")
    lines = TextLines(source="text_lines", train={"good": "good.txt", "bad": "bad.txt"})
    written(folder, good_txt=b"one\n", bad_txt=before)
    marks = json.loads(json.dumps(fingerprint(lines, DataFolder(folder))))
    written(folder, bad_txt=now)
    found = changes(marks, fingerprint(lines, DataFolder(folder)))
    assert [change.name for change in found] == (["bad.txt"] if before != now else [])


def test_a_folder_has_changed_if_a_file_in_it_has_another_name_or_size(tmp_path: Path) -> None:
    """Hidden files do not count; what was and what is can be told."""
    section, place = ImageFolder(source="image_folder", train="photos"), DataFolder(tmp_path)
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    picture = tmp_path / "photos" / "cat" / "1.png"
    picture.write_bytes(b"12345")
    before = fingerprint(section, place)
    (tmp_path / "photos" / ".DS_Store").write_bytes(b"left by a file manager")
    assert changes(before, fingerprint(section, place)) == []
    picture.write_bytes(b"123456")
    (change,) = changes(before, fingerprint(section, place))
    assert describe(change.was).startswith("1 file with 5 bytes (sha256 ")
    assert describe(change.now).startswith("1 file with 6 bytes (sha256 ")
    picture.write_bytes(b"12345")
    picture.rename(picture.with_name("2.png"))
    assert [change.name for change in changes(before, fingerprint(section, place))] == ["photos"]


def test_nothing_outside_the_data_folder_is_read(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret").write_bytes(b"not to be hashed")
    (inside / "x.npy").symlink_to(tmp_path / "secret")
    assert fingerprint(ARRAYS, DataFolder(inside)) == {}
