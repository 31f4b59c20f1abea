"""Texts kept under tests/golden; UPDATE_GOLDEN=1 writes them anew."""

import os

from tests.support.places import TESTS

FOLDER = TESTS / "golden"


def assert_golden(name: str, text: str) -> None:
    """The text is what the file holds."""
    path = FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text + "\n", encoding="utf-8")
    assert path.is_file(), f"no {path}: run with UPDATE_GOLDEN=1 and read what it wrote"
    assert text + "\n" == path.read_text(encoding="utf-8")
