"""What is no packed run, or not as it was packed, or would leave its folder, is refused, and leaves nothing behind."""

import os
import re
import shutil
import stat
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec import Rejected
from cnnspec.results.failure import RunFailed
from cnnspec.runs.files import AlreadyThere
from cnnspec.runs.folder import open_run
from cnnspec.runs.packing import contents, pack
from cnnspec.runs.unpacking import unpack
from tests.support.full_disk import at_each_call
from tests.support.packed_runs import SPEC, archived, below, untrained_run

GOOD = {"spec.yaml": SPEC.encode(), "best.keras": b"w" * 100}


def refused(path: Path, *words: str) -> None:
    """With these words, and nothing is left behind beside the archive."""
    before = set(path.parent.iterdir())
    with pytest.raises(Rejected) as caught:
        unpack(path, path.parent / "there")
    (problem,) = caught.value.diagnostics
    assert problem.code == "bad-pack" and problem.help
    for word in words:
        assert word in problem.message, problem.message
    assert set(path.parent.iterdir()) == before


def test_a_packed_run_is_unpacked_as_it_was(tmp_path: Path) -> None:
    """Also where somebody has compressed it."""
    unpack(archived(tmp_path / "run.zip", GOOD), tmp_path / "there")
    found = below(tmp_path / "there")
    assert {**GOOD, "pack.json": found["pack.json"]} == found
    assert stat.S_IMODE((tmp_path / "there").stat().st_mode) == 0o777 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


NAMES = {
    "../out": "leads out",
    "a/../../out": "leads out",
    "/etc/out": "absolute",
    "C:/out": "absolute",
    "C:out": "absolute",
    "..\\out": "leads out",
    "a\\out": "every system",
    "CON": "device",
    "aux.txt": "device",
    "written/com1.yaml": "device",
    "out.": "Windows would cut",
    "out ": "Windows would cut",
    ".hidden": "hidden",
    "a//b": "hidden",
    "a/./b": "hidden",
    "ab:stream": "every system",
    "a?b": "every system",
    "a\nb": "every system",
    "a\u202eb": "every system",
    "e\u0301": "every system",
    "x" * 300: "too long",
    "a/b/c/d/e": "too deep",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leaves_the_folder_somewhere_is_refused(name: str, tmp_path: Path) -> None:
    place = tmp_path / "deep" / "er"
    place.mkdir(parents=True)
    refused(archived(place / "run.zip", {**GOOD, name: b"mine"}), NAMES[name])
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]


@pytest.mark.parametrize(
    ("one", "other"), [("A", "a"), ("written/a", "WRITTEN/A"), ("stra\u00dfe", "STRASSE"), ("a", "a/b"), ("b/c", "B")]
)
def test_two_names_that_are_one_file_on_some_system_are_refused(one: str, other: str, tmp_path: Path) -> None:
    refused(archived(tmp_path / "run.zip", {**GOOD, one: b"1", other: b"2"}), "one file", one, other)


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    path = archived(tmp_path / "run.zip", GOOD)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("best.keras", b"w" * 100)
    refused(path, "best.keras twice")


FORMS = {
    "a link": stat.S_IFLNK,
    "a folder": stat.S_IFDIR,
    "a device": stat.S_IFCHR,
    "a disk": stat.S_IFBLK,
    "a pipe": stat.S_IFIFO,
    "a socket": stat.S_IFSOCK,
}


@pytest.mark.parametrize("what", FORMS)
def test_what_is_no_regular_file_is_refused(what: str, tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("classes.json")
    entry.external_attr = (FORMS[what] | 0o644) << 16
    path = archived(tmp_path / "run.zip", {**GOOD, "classes.json": b"/etc/passwd"}, entries={"classes.json": entry})
    refused(path, "classes.json", "link" if what == "a link" else "no regular file")


def test_a_bomb_is_refused_before_it_grows(tmp_path: Path) -> None:
    """By what it says it is, by what it lists, and by members that lie over each other."""
    refused(archived(tmp_path / "large.zip", {**GOOD, "a": bytes(65 * 2**20)}), "would grow")
    refused(archived(tmp_path / "many.zip", GOOD | {f"n{number}": b"" for number in range(1001)}), "members")
    path = archived(tmp_path / "over.zip", GOOD)
    _alter(path, b"PK\1\2", 20, struct.pack("<L", 2**31))
    refused(path, "lie over each other")


def _alter(path: Path, mark: bytes, offset: int, data: bytes) -> None:
    """Write into the first record of this kind."""
    content = bytearray(path.read_bytes())
    place = content.index(mark) + offset
    content[place : place + len(data)] = data
    path.write_bytes(content)


def test_a_member_that_is_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    """The list of members and pack.json both lie about it."""
    zeros = bytes(2**20)
    path = archived(tmp_path / "run.zip", {"a": zeros, **GOOD}, named={"a": zeros[:10], **GOOD})
    _alter(path, b"PK\1\2", 24, struct.pack("<L", 10))
    refused(path)


def test_a_list_of_members_that_would_fill_the_memory_is_not_read(tmp_path: Path) -> None:
    """The end says how long it is, by the numbers for large archives, too."""
    path = archived(tmp_path / "run.zip", GOOD)
    content = path.read_bytes()
    path.write_bytes(content[:-12] + struct.pack("<HLL", 3, 2**31, 0)[:10] + content[-2:])
    refused(path, "lists")
    end64 = b"PK\6\6" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, 10**9, 10**9, 10**9, 0)
    path.write_bytes(content[:-22] + end64 + b"PK\6\7" + struct.pack("<LQL", 0, len(content) - 22, 1) + content[-22:])
    refused(path, "lists 1,000,000,000 members")


def test_what_is_altered_missing_or_added_is_refused(tmp_path: Path) -> None:
    refused(archived(tmp_path / "a.zip", GOOD, named={**GOOD, "best.keras": b"v" * 100}), "best.keras", "SHA-256")
    refused(archived(tmp_path / "b.zip", GOOD, named={**GOOD, "best.keras": b"v"}), "best.keras", "100 bytes")
    refused(archived(tmp_path / "c.zip", GOOD, named={**GOOD, "more": b""}), "lacks more")
    refused(archived(tmp_path / "d.zip", {**GOOD, "more": b""}, named=GOOD), "more", "does not name")
    refused(archived(tmp_path / "e.zip", {"best.keras": b""}), "no spec.yaml")


def test_another_version_of_the_format_is_told(tmp_path: Path) -> None:
    refused(archived(tmp_path / "a.zip", GOOD, version=2), "version 2", "knows 1")
    for number, wrong in enumerate((True, "1", None, -1, 0)):
        refused(archived(tmp_path / f"{number}.zip", GOOD, version=wrong), "lacks what it should say")
    refused(archived(tmp_path / "b.zip", GOOD, format="something"), "something else's")
    refused(archived(tmp_path / "c.zip", GOOD, files={"spec.yaml": {"size": -1, "sha256": ""}}), "size or a sha256")


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.zip").write_bytes(b"")
    (tmp_path / "text.zip").write_text("PK" * 500)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    refused(tmp_path / "empty.zip", "damaged")
    refused(tmp_path / "text.zip", "damaged")
    refused(tmp_path / "other.zip", "no pack.json")
    refused(tmp_path / "none.zip", "not there")
    refused(tmp_path, "is no file")
    shutil.copy(archived(tmp_path / "run.zip", GOOD), tmp_path / "run.tar")
    refused(tmp_path / "run.tar", "does not end in .zip")


def test_what_is_there_stays(tmp_path: Path) -> None:
    path = archived(tmp_path / "run.zip", GOOD)
    (tmp_path / "link").symlink_to("nowhere")
    for there in (tmp_path, path, tmp_path / "link"):
        with pytest.raises(AlreadyThere):
            unpack(path, there)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """At whichever call it is full."""
    path = archived(tmp_path / "run.zip", GOOD)
    calls = []
    for place, refused, problem in at_each_call(tmp_path, lambda place: unpack(path, place / "there")):
        calls += refused
        if refused:
            assert isinstance(problem, RunFailed) and "No space left" in str(problem)
            assert not list(place.iterdir())
    assert {"mkdir", "open", "write", "fsync"} <= set(calls)
    assert problem is None and GOOD.items() <= below(place / "there").items()


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, bytes]]:
    """A packed run's bytes, and the files that are in it."""
    folder = tmp_path_factory.mktemp("packed")
    run = open_run(untrained_run(folder / "small-1", b"weights" * 9))
    pack("small-1", {**contents(run), "README.md": b"card"}, folder / "run.zip", False)
    unpack(folder / "run.zip", folder / "there")
    return (folder / "run.zip").read_bytes(), below(folder / "there")


@given(data=st.data())
def test_altered_bytes_are_refused_or_make_no_difference(
    packed: tuple[bytes, dict[str, bytes]], data: st.DataObject
) -> None:
    """A few bytes are others, are gone, or are more; what is unpacked is what was packed, or it is refused whole."""
    content, files = packed
    altered = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        # Most of an archive is what is stored in it: half of the places are among its records at the end.
        at = data.draw(
            st.one_of(st.integers(0, len(altered) - 1), st.integers(max(0, len(altered) - 900), len(altered) - 1))
        )
        how = data.draw(st.sampled_from(("other", "gone", "more")))
        new = data.draw(st.binary(min_size=1, max_size=4))
        altered[at : at + (0 if how == "more" else len(new))] = b"" if how == "gone" else new
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "run.zip").write_bytes(altered)
        try:
            unpack(folder / "run.zip", folder / "there")
        except Rejected as problem:
            assert re.match(r"bad-pack", problem.diagnostics[0].code)
            assert [path.name for path in folder.iterdir()] == ["run.zip"]
        else:
            found = below(folder / "there")
            assert {name: found[name] for name in found if name != "pack.json"} == {
                name: files[name] for name in files if name != "pack.json"
            }
