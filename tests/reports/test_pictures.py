"""The README's pictures show what the program prints."""

import html
import re
import runpy

import pytest

from tests.support.places import DOCS

PROGRAM = runpy.run_path(str(DOCS / "pictures.py"))
PICTURES, DIAGRAMS = PROGRAM["PICTURES"], PROGRAM["DIAGRAMS"]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_what_its_command_prints(name: str) -> None:
    """Where this fails, run `python docs/pictures.py`."""
    command, output = PICTURES[name]
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", (DOCS / name).read_text(encoding="utf-8"))
    shown = "".join(html.unescape("".join(texts)).split())
    assert shown == "".join(f"{command} $ {command} {output().plain}".split())


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_is_what_is_drawn_today(name: str) -> None:
    """Where this fails, run `python docs/pictures.py`, and look at it."""
    assert (DOCS / name).read_text(encoding="utf-8") == PROGRAM["drawn"](name)
