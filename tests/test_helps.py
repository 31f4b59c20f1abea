"""A help works when it is followed: what it says to write is written, and the mistake is gone, and none is new."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.language.merge import SETTINGS
from cnnspec.source.diagnostic import Diagnostic
from tests.support.edits import edited
from tests.support.places import TESTS

BAD = sorted((TESTS / "specs_bad").glob("*.yaml"))
SET = re.compile(r"^#\s*--set\s+(.*)$", re.MULTILINE)
NEXT = {
    ("expressions-of-the-wrong-type", "bad-expression"),  # the expression that was meant does not compute
    ("extends-takes-away-what-is-needed", "duplicate-key"),  # null took the key away that is meant, in another place
}
"""What may be said next, by spec and code: a second mistake in one value."""


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bad specs and their bases, to be changed."""
    return Path(shutil.copytree(TESTS / "specs_bad", tmp_path_factory.mktemp("helps") / "specs_bad"))


def found(path: Path, settings: Sequence[str]) -> list[Diagnostic]:
    return list(analyse(str(path), settings, every_variant=True).diagnostics)


def follow(path: Path, settings: list[str], mistake: Diagnostic) -> tuple[list[Diagnostic], str]:
    """What is wrong once a help was followed, and the line that it changed; the file is put back."""
    edit = mistake.edit
    assert edit is not None
    if edit.span.file == SETTINGS:
        changed = edited("\n".join(settings), edit).split("\n")
        return found(path, changed), changed[edit.span.line - 1]
    file = Path(edit.span.file)
    text = file.read_bytes()
    try:
        file.write_bytes(edited(text.decode(), edit).encode())
        return found(path, settings), file.read_text().split("\n")[edit.span.line - 1]
    finally:
        file.write_bytes(text)


def told(diagnostics: Sequence[Diagnostic]) -> Counter[tuple[str, str]]:
    return Counter((each.code, each.message) for each in diagnostics)


def broken(path: Path, settings: list[str]) -> Iterator[str]:
    """The helps that do not work."""
    before = found(path, settings)
    if any(each.more for each in before):  # those that are not kept come up once others are gone
        return
    for mistake in before:
        if mistake.edit is None:
            continue
        assert str(mistake.edit) in mistake.help or mistake.edit.text in mistake.help, mistake
        after, line = follow(path, settings, mistake)
        place = mistake.edit.span
        key = (mistake.code, mistake.message)
        if told(after)[key] >= told(before)[key]:
            yield f"{mistake.span} {mistake.message}: {mistake.help} -> still there in {line!r}"
        new = told(after) - told(before)
        back = [each for each in after if new[each.code, each.message] and each.span]
        for each in back:
            if (path.stem, each.code) in NEXT:
                continue
            yield f"{mistake.span} {mistake.message}: {mistake.help} -> {each.span} {each.message} in {line!r} {place}"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_help_of_a_bad_spec_works(path: Path, copies: Path) -> None:
    settings = SET.findall(path.read_bytes().decode("utf-8", "replace"))
    assert not list(broken(copies / path.name, settings))
