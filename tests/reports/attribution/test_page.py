"""The page of what was looked at, in a real browser; and its tables and JSON."""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnspec.reports.attribution.page import looks_page
from cnnspec.reports.attribution.table import looks_json, looks_sheets
from cnnspec.reports.page import Page as Width
from cnnspec.reports.terminal import lay_out
from cnnspec.results.attribution import (
    Heat,
    Look,
    Looks,
    Panel,
    SeenCurve,
    SeenNumbers,
    SeenPicture,
    SeenWords,
    Stage,
    Target,
    Word,
)
from cnnspec.results.attribution import (
    Path as Way,
)
from cnnspec.results.prediction import Guess, Told
from cnnspec.source.diagnostic import Diagnostic
from tests.support.devtools import Page, page

HOSTILE = "<img src=x onerror=alert(1)>"


def _png() -> bytes:
    """One pixel."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\xff")),
        (b"IEND", b""),
    ]
    whole = [
        struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held)) for kind, held in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(whole)


HEAT = Heat(Stage(HOSTILE, (2, 8)), (2,), (0.0, 3.0))
PANEL = Panel(f"read {HOSTILE}", _png(), (1, 1))
INPUTS = (
    SeenPicture("picture", (PANEL,), (3, 4), 0.1, attributions=((0.25, -0.15),)),
    SeenWords("text", (Word(HOSTILE, 0.5, 1.0, False), Word("dull", -0.25, 0.0)), 0.01, 0.26, unread=2, heat=HEAT),
    SeenCurve("curve", ((0.0, 1.0, 0.5),), ((0.1, -0.2, 0.0),), -0.1, (0.0, 1.0, 2.0), HEAT),
    SeenNumbers("numbers", (HOSTILE, "age"), (1.0, 40.0), (0.2, -0.3), -0.1),
)
LOOKS = Looks(
    f"runs/{HOSTILE}",
    "best.keras",
    (
        Look(
            HOSTILE,
            target=Target("output", HOSTILE, False, 0.25, f"the probability of {HOSTILE}", "the logit"),
            said=Told("output", "class", (Guess("other", 0.75), Guess(HOSTILE, 0.25))),
            path=Way("0 for each number", 64, 0.25, 0.05, 0.16, False),
            inputs=INPUTS,
            maps=PANEL,
            remarks=(HOSTILE,),
        ),
        Look("broken.png", problems=(Diagnostic("bad-picture", f"broken.png {HOSTILE}"),)),
    ),
    PANEL,
    (HOSTILE,),
)


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    with page() as opened:
        yield opened


def test_the_page_shows_everything_and_its_words_are_no_markup(tab: Page, tmp_path: Path) -> None:
    """Wide and narrow, light and dark; nothing is asked for, nothing runs, nothing has a style of its own."""
    path = tmp_path / "looks.html"
    path.write_text(looks_page(LOOKS), encoding="utf-8")
    tab.told.clear()
    tab.looks(1280)
    tab.open(path.as_uri())
    assert tab.errors == [] and tab.requests == [path.as_uri()]
    assert tab.value("document.querySelectorAll('script, iframe, object, link, base, form, [style]').length") == 0
    assert tab.value("[...document.images].every(each => each.src.startsWith('data:') && each.naturalWidth > 0)")
    text = str(tab.value("document.body.textContent"))
    assert text.count(HOSTILE) >= 10 and "2 more words, which are not read" in text and "too far off" in text
    for width, dark in ((1280, True), (375, False)):
        tab.looks(width, dark)
        assert not tab.value("document.documentElement.scrollWidth > innerWidth")
    behind = "getComputedStyle(document.querySelectorAll('.words span')[{}]).backgroundColor"
    strong, weak = (str(tab.value(behind.format(at))) for at in (0, 1))
    assert strong.startswith("rgba(230, 120, 20") and weak.startswith("rgba(30, 130, 210") and strong != weak
    assert tab.value("document.querySelectorAll('svg polyline').length") == 1


def test_the_table_names_the_strongest_parts() -> None:
    """A row for what could be read; fits 80 columns."""
    text, narrow = (lay_out(looks_sheets(LOOKS), Width(width)).plain for width in (400, 80))
    assert "row 3, column 4" in text and "+0.5" in text and "step 1 -0.2" in text and "age -0.3" in text
    assert "too far off" in text and "broken.png" not in text and max(map(len, narrow.splitlines())) <= 80


def test_the_json_has_every_number() -> None:
    held = json.loads(looks_json(LOOKS))
    first, broken = held["examples"]
    assert [each["kind"] for each in first["inputs"]] == ["picture", "words", "curve", "numbers"]
    assert (
        first["integrated_gradients"]["difference"] == pytest.approx(0.2)
        and not first["integrated_gradients"]["complete"]
    )
    assert first["integrated_gradients"]["error"] == pytest.approx(0.2)
    assert first["inputs"][0]["attributions"] == [[0.25, -0.15]]
    assert first["inputs"][1]["words"][0]["text"] == HOSTILE and first["inputs"][2]["grad_cam"]["values"] == [0.0, 3.0]
    assert broken["problems"] == [f"broken.png {HOSTILE}"]
