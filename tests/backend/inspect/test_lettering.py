"""Names on a contact sheet: drawn by fonts that have every character, else in ASCII with what it stands for."""

import itertools
import unicodedata
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import ImageDraw, ImageFont, features

from cnnspec.backend.inspect.grid import TEXT, Grid, draw
from cnnspec.backend.inspect.installed_fonts import installed_fonts
from cnnspec.backend.inspect.lettering import Font, Lettering
from cnnspec.reports.data.view import legend_lines
from cnnspec.reports.page import Page
from tests.support.fonts import characters, small_font

WRITINGS = {
    "Greek": "γάτα", "Cyrillic": "кошка", "Chinese": "猫", "Japanese": "ねこ", "Korean": "고양이", "Arabic": "قطة",
    "Hebrew": "חתול", "Devanagari": "बिल्ली", "Thai": "แมว", "emoji": "🐱", "accents": "Łódź café", "marks": "x̂",
    "unassigned": "\U000e1234", "private": "\ue000", "joined": "👩‍🌾", "right to left": "a\u202eb",
}  # fmt: skip
LETTERS = st.text(st.characters(codec="utf-8"), max_size=30)
PICTURE = np.zeros((8, 8, 3), np.uint8)


def has(font: Font) -> frozenset[int]:
    """The characters of a font, by its own table."""
    path: Any = font.path
    return characters(path.getvalue() if isinstance(path, BytesIO) else Path(path).read_bytes())


@pytest.fixture
def pen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Font]]:
    """Everything that is drawn from now on, with its font."""
    drawn: list[tuple[str, Font]] = []
    text = ImageDraw.ImageDraw.text

    def recorded(self: Any, at: Any, said: str, fill: Any, font: Font, **options: Any) -> None:
        drawn.append((said, font))
        text(self, at, said, fill, font, **options)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", recorded)
    return drawn


def sheet(lettering: Lettering, *names: str, title: str = "title") -> None:
    """Draw one picture for each name."""
    draw(Grid(title, (), names, ((PICTURE,),) * len(names)), lettering)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(names=st.lists(LETTERS, min_size=1, max_size=3), title=LETTERS, fonts=st.booleans())
@example(names=list(WRITINGS.values()), title="сеть.yaml", fonts=True)
@example(names=list(WRITINGS.values()), title="сеть.yaml", fonts=False)
def test_no_font_is_given_a_character_that_it_lacks(
    names: list[str], title: str, fonts: bool, pen: list[tuple[str, Font]]
) -> None:
    """By the fonts' own tables of characters, with whatever fonts this machine has and without any."""
    pen.clear()
    sheet(Lettering(TEXT, None if fonts else []), *names, title=title)
    known = {id(font): has(font) for _, font in pen}
    assert pen
    for said, font in pen:
        assert {ord(each) for each in said} <= known[id(font)] | {0x20}, said


@pytest.mark.parametrize("name", WRITINGS.values(), ids=WRITINGS)
def test_without_fonts_a_name_stands_in_ascii_by_a_number_that_the_legend_tells(
    name: str, pen: list[tuple[str, Font]]
) -> None:
    """The legend has the name as it is, and what is drawn begins with its number."""
    lettering = Lettering(TEXT, [])
    sheet(lettering, "cat", name)
    ((drawn, told),) = lettering.legend
    assert told == name and drawn.isascii() and drawn.startswith("(1)")
    assert [said for said, _ in pen] == ["title", "cat", drawn]


@pytest.mark.parametrize("name", ["γάτα", "кошка", "猫", "🐱", "Łódź"])
def test_a_font_that_has_every_character_draws_a_name(tmp_path: Path, name: str, pen: list[tuple[str, Font]]) -> None:
    """The first such font; one that lacks the last character is not taken."""
    paths = [tmp_path / "less.ttf", tmp_path / "all.ttf", tmp_path / "more.ttf"]
    for path, text in zip(paths, (name[:-1] or "z", name, name + "z"), strict=True):
        path.write_bytes(small_font(text))
    lettering = Lettering(TEXT, paths)
    sheet(lettering, name)
    assert (pen[-1][0], Path(str(pen[-1][1].path)).name) == (name, "all.ttf")
    assert lettering.legend == ()


def test_a_letter_and_its_mark_are_drawn_as_the_one_letter_that_they_are(
    tmp_path: Path, pen: list[tuple[str, Font]]
) -> None:
    """Folders of macOS have names in that form."""
    (tmp_path / "f.ttf").write_bytes(small_font("é"))
    lettering = Lettering(TEXT, [tmp_path / "f.ttf"])
    sheet(lettering, unicodedata.normalize("NFD", "é"))
    assert pen[-1][0] == "é" and lettering.legend == ()


@pytest.mark.parametrize("name", ["قطة", "חתול", "बिल्ली", "x̂"])
def test_writing_that_must_be_shaped_is_left_to_what_can_shape_it(
    tmp_path: Path, name: str, pen: list[tuple[str, Font]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without raqm letters would stand apart, from the left, and marks beside them."""
    (tmp_path / "f.ttf").write_bytes(small_font(name))
    monkeypatch.setattr(features, "check", lambda feature: False)
    lettering = Lettering(TEXT, [tmp_path / "f.ttf"])
    sheet(lettering, name)
    assert pen[-1][0].isascii() and lettering.legend[0][1] == name


@pytest.mark.parametrize("content", [b"", b"no font", small_font("猫")[:200], small_font("猫", "LastResort")])
def test_a_damaged_font_and_one_of_boxes_are_passed_over(tmp_path: Path, content: bytes) -> None:
    """Such as macOS has for all that no other font has."""
    (tmp_path / "f.ttf").write_bytes(content)
    lettering = Lettering(TEXT, [tmp_path / "f.ttf", tmp_path / "absent.ttf"])
    sheet(lettering, "猫")
    assert [told for _, told in lettering.legend] == ["猫"]


def test_names_that_begin_alike_are_told_apart_where_they_are_cut(pen: list[tuple[str, Font]]) -> None:
    """Each with a number of its own, and in full in the legend; a name that comes again has its number again."""
    names = [f"{'a long name ' * 4}{end}" for end in "xyx"]
    lettering = Lettering(TEXT, [])
    sheet(lettering, *names)
    drawn = [said for said, _ in pen[1:]]
    assert drawn[0] == drawn[2] != drawn[1] and all(said.endswith("…") for said in drawn)
    assert lettering.legend == ((drawn[0], names[0]), (drawn[1], names[1]))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_legend_holds_each_name_within_the_page(width: int) -> None:
    """What is drawn stands before the name, whose lines are one below the other."""
    legend = [("(1) koshka", "кошка"), ("(2) a long name th…", "a long name that has more words than fit " * 3)]
    lines = legend_lines(legend, Page(width))
    assert max(map(len, lines)) <= width
    assert "  (1) koshka           кошка" in lines
    assert " ".join(line[23:] for line in lines[lines.index("  (1) koshka           кошка") + 1 :]).split() == (
        legend[1][1].split()
    )
    assert legend_lines((), Page(width)) == []


def test_fonts_are_looked_for_where_the_system_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain font before its bold and before others, whatever folders are called; none that has placeholders alone."""
    for variable, name in (("XDG_DATA_HOME", "home"), ("XDG_DATA_DIRS", "a:b"), ("WINDIR", "win")):
        monkeypatch.setenv(variable, ":".join(str(tmp_path / each) for each in name.split(":")))
    for variable in ("LOCALAPPDATA", "HOME", "USERPROFILE"):
        monkeypatch.delenv(variable, raising=False)
    there = ["a/fonts/x/Zzz-Bold.ttf", "b/fonts/Zzz.otf", "home/fonts/DejaVuSans.ttf", "win/Fonts/Aaa.TTC"]
    for place in [*there, "a/fonts/read.me", "b/fonts/LastResortHE-Regular.ttf"]:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(b"")
    found = [str(path.relative_to(tmp_path)) for path in installed_fonts() if path.is_relative_to(tmp_path)]
    assert found == ["home/fonts/DejaVuSans.ttf", "b/fonts/Zzz.otf", "win/Fonts/Aaa.TTC", "a/fonts/x/Zzz-Bold.ttf"]


def test_the_oracle_reads_fonts_as_pillow_does() -> None:
    """Of every font here: what its table has is drawn otherwise than what it lacks."""
    default = ImageFont.load_default(TEXT)
    assert isinstance(default, ImageFont.FreeTypeFont)
    assert set(map(ord, "az09…")) <= has(default) and not {0x43A, 0x732B} & has(default)
    for path in itertools.islice(installed_fonts(), 3):
        font = ImageFont.truetype(path, TEXT, layout_engine=ImageFont.Layout.BASIC)
        absent = bytes(font.getmask("\U0010ffff"))
        for code in {0x41, 0x43A, 0x732B} & has(font):
            assert bytes(font.getmask(chr(code))) != absent
