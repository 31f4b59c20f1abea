"""Specs of a git revision: read as they are there, with their bases, and nothing of the repository runs."""

import os
import subprocess
from pathlib import Path

import pytest

from cnnspec.analysis import Analysis, analyse

BASE = "cnnspec: 1\nname: base\nvars: {width: 4}\ninputs: {x: [6]}\nmodel: [dense: $width, dense: 2]\n"
SPEC = "cnnspec: 1\nname: mine\nextends: base.yaml\nvariants: {wide: {width: 9}}\n"


def git(*words: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits: in the second the base is wider; then the spec is gone from the working tree."""
    for name in [each for each in os.environ if each.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    git("init", "-q", "-b", "main", ".")
    nets = tmp_path / "nets"
    nets.mkdir()
    (nets / "mine.yaml").write_text(SPEC)
    (nets / "base.yaml").write_text(BASE)
    git("add", ".")
    git("commit", "-qm", "first")
    (nets / "base.yaml").write_text(BASE.replace("width: 4", "width: 5"))
    git("commit", "-qam", "second")
    for path in nets.iterdir():
        path.unlink()
    return tmp_path


def width(analysis: Analysis) -> object:
    """What the first layer puts out."""
    _, graph = analysis.require()
    return graph.nodes[1].output[0]


def test_a_spec_is_read_as_it_is_in_the_revision_and_so_is_its_base(repository: Path) -> None:
    assert width(analyse("git:HEAD:nets/mine.yaml")) == 5
    assert width(analyse("git:HEAD~1:nets/mine.yaml")) == 4
    assert width(analyse("git:main^{/first}:nets/mine.yaml")) == 4
    assert width(analyse("git:main@{0}:nets/mine.yaml@wide")) == 9
    assert width(analyse("git::nets/mine.yaml")) == 5


def test_a_path_with_a_dot_starts_in_the_current_folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "nets")
    assert width(analyse("git:HEAD:./mine.yaml")) == 5
    assert width(analyse("git:HEAD:../nets/mine.yaml")) == 5


def test_a_link_within_the_revision_is_followed_and_one_out_of_it_is_not(repository: Path) -> None:
    (repository / "link.yaml").symlink_to("nets/base.yaml")
    (repository / "out.yaml").symlink_to("/etc/passwd")
    (repository / "nets" / "base.yaml").write_text(BASE)
    git("add", ".")
    git("commit", "-qm", "links")
    assert width(analyse("git:HEAD:link.yaml")) == 4
    (found,) = analyse("git:HEAD:out.yaml").diagnostics
    assert "leads to no file of its revision" in found.message


REFUSED = {
    "git:HEAD:nets/other.yaml": "there is no file nets/other.yaml in HEAD",
    "git:nowhere:nets/mine.yaml": "there is no revision nowhere",
    "git:--output=x:nets/mine.yaml": "there is no revision --output=x",
    "git:HEAD:nets": "is a folder",
    "git:HEAD": "names no file of a revision",
    "git:HEAD:": "names no file of a revision",
    "git:HEAD:a\nHEAD:b": "names no file of a revision",
    "git:HEAD:../../x.yaml": "leaves the repository",
    "git:HEAD:nets/mine.yaml@huge": "no variant huge",
}


@pytest.mark.parametrize("argument", REFUSED)
def test_what_is_not_there_is_told_and_nothing_is_made(repository: Path, argument: str) -> None:
    before = sorted(repository.rglob("*"))
    found = analyse(argument).diagnostics
    assert any(REFUSED[argument] in each.message for each in found), found
    assert sorted(repository.rglob("*")) == before


def test_a_base_outside_the_repository_is_refused(repository: Path) -> None:
    (repository / "far.yaml").write_text(SPEC.replace("base.yaml", "../../base.yaml"))
    git("add", ".")
    git("commit", "-qm", "far")
    assert any("leaves the repository" in each.message for each in analyse("git:HEAD:far.yaml").diagnostics)


def test_nothing_that_the_repository_configures_runs(repository: Path) -> None:
    """Neither filters and text conversions of its attributes, nor a file system monitor."""
    trap = repository / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {repository}/sprung\ncat\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "diff.trap.textconv", "filter.trap.smudge", "filter.trap.clean", "core.pager"):
        git("config", key, str(trap))
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / "info" / "attributes").write_text("*.yaml filter=trap diff=trap\n")
    assert width(analyse("git:HEAD:nets/mine.yaml")) == 5
    assert not (repository / "sprung").exists()


def test_outside_of_a_repository_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (found,) = analyse("git:HEAD:mine.yaml").diagnostics
    assert "not a git repository" in found.message


def test_a_huge_file_is_not_read(repository: Path) -> None:
    (repository / "huge.yaml").write_text("# " + "x" * 3_000_000)
    git("add", ".")
    git("commit", "-qm", "huge")
    (found,) = analyse("git:HEAD:huge.yaml").diagnostics
    assert found.code == "file-too-large"
