"""Curves in a terminal: every point at its place, legible without colours, in ASCII and on any ground."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.color import Color

from cnnspec.reports.axes import upright_axis
from cnnspec.reports.canvas import COLOURS, Canvas
from cnnspec.reports.curves import curve, titled_curve
from cnnspec.reports.ending import course_curve
from cnnspec.reports.page import Page
from cnnspec.results.events import EpochEnded

PLAIN = Page(80, ascii=True)
FINE = Page(80)


def lines(series: dict[str, list[float]], width: int = 80, height: int = 10, page: Page = FINE) -> list[str]:
    """A curve as plain lines."""
    return curve(series, width, height, page).plain.split("\n")


@given(
    st.dictionaries(st.text(max_size=20), st.lists(st.floats(), max_size=60), max_size=5),
    st.integers(40, 130),
    st.integers(1, 20),
    st.booleans(),
)
@example({"loss": [1.0, 1.8e145, 4e-163]}, 40, 1, False)
def test_whatever_was_measured_is_drawn_within_its_room(
    series: dict[str, list[float]], width: int, height: int, ascii: bool
) -> None:
    """NaN, infinities, the largest floats, one point or none: no line is too wide, and names stay on theirs."""
    text = curve(series, width, height, Page(width, ascii=ascii))
    assert all(line.cell_len <= width for line in text.split("\n"))
    assert all(character.isprintable() or character == "\n" for character in text.plain)
    assert not ascii or text.plain.isascii()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.integers(2, 20))
def test_every_value_lies_on_the_axis_and_every_label_at_its_value(values: list[float], height: int) -> None:
    axis = upright_axis(values, height)
    assert all(-1e-9 <= axis.share(value) <= 1 + 1e-9 for value in values)
    assert len(axis.ticks) >= 2
    for value, label in axis.ticks:
        assert abs(float(label) - value) <= 1e-3 * (axis.high - axis.low) + 1e-3 * abs(value)


def test_a_straight_line_goes_from_corner_to_corner() -> None:
    drawn = lines({"accuracy": [0.0, 0.5, 1.0]}, width=27, height=5, page=PLAIN)
    assert drawn == [
        "  1.0 |                 ooo",
        "      |             oooo",
        "  0.5 |        ooooo",
        "      |   ooooo",
        "    0 |ooo",
        "      \\--------------------",
        "epoch  1         2        3",
        "o accuracy",
    ]


def test_lines_differ_without_colours() -> None:
    """Two falling lines: both marks stand in the field and before their names."""
    series = {"digits-1": [2.0 / (epoch + 1) for epoch in range(20)], "digits-2": [1.5] * 20}
    *field, legend = lines(series)
    assert legend == "● digits-1   ▲ digits-2"
    assert sum(line.count("●") for line in field) >= 3 and sum(line.count("▲") for line in field) >= 3


def test_lines_that_are_equal_show_both_marks() -> None:
    field = "".join(lines({"a": [1.0, 0.5, 0.2] * 10, "b": [1.0, 0.5, 0.2] * 10})[:-1])
    assert "●" in field and "▲" in field


@pytest.mark.parametrize("epochs", [2, 3, 5, 9, 40])
def test_marks_stand_at_epochs_alone(epochs: int) -> None:
    """Between two of them nothing was measured; few epochs have a mark each, on every line that is alone there."""
    series = {"loss": [2.0 + epoch for epoch in range(epochs)], "val_loss": [1.0 - epoch for epoch in range(epochs)]}
    drawn = lines(series, width=80, height=20)
    left = drawn[0].index("│") + 1
    width = 80 - left
    there = {round(epoch / (epochs - 1) * (2 * width - 1)) // 2 for epoch in range(epochs)}
    for mark in "●▲":
        marked = {column - left for line in drawn[:20] for column, letter in enumerate(line) if letter == mark}
        assert marked and marked <= there
        assert epochs > 3 or marked == there


def test_an_epoch_without_a_value_is_a_gap() -> None:
    """A constant line over eleven epochs without the middle three leaves those columns empty."""
    values = [1.0] * 4 + [math.nan] * 3 + [1.0] * 4
    drawn = lines({"loss": values}, width=28, height=3, page=PLAIN)
    (row,) = [line for line in drawn[:3] if "o" in line]
    assert row.split("|")[1] == "ooooooo" + " " * 7 + "ooooooo"


def test_one_huge_value_does_not_flatten_the_rest() -> None:
    drawn = lines({"loss": [40_000.0, 2.0, 1.0, 0.5, 0.25]})
    assert drawn[-1] == "(the upright axis is logarithmic)"
    assert len({line[8:].strip("⠀ ") for line in drawn[:10]} - {""}) >= 8


def test_thousands_of_epochs_keep_their_peaks() -> None:
    """One high value among 50,000 is still there."""
    values = [0.1] * 50_000
    values[31_234] = 1.0
    assert "⡇" in "".join(lines({"loss": values})) or "⢸" in "".join(lines({"loss": values}))


def test_a_curve_is_drawn_alike_wherever_it_stands_and_its_title_alone_is_bold() -> None:
    """At the end of a training as in `runs show`; of one epoch there is none."""
    figures = [{"loss": 2.0, "val_loss": 1.5}, {"loss": 1.0, "val_loss": 1.2}]
    epochs = [EpochEnded(number, 2, each, 1.0, 0.1, best=False) for number, each in enumerate(figures)]
    drawn = course_curve(epochs, "val_loss", FINE)
    series = {name: [each[name] for each in figures] for name in ("loss", "val_loss")}
    assert drawn is not None and drawn == titled_curve(series, "loss", 79, 8, FINE)
    (bold,) = [span for span in drawn.spans if span.style == "bold"]
    assert drawn.plain[bold.start : bold.end] == " loss by epoch" and not drawn.style
    assert course_curve(epochs[:1], "val_loss", FINE) is None


def test_phases_are_marked_where_they_begin() -> None:
    """Each with its name, as far as there is room; no line is longer than the others may be."""
    names = ["head", "head", "head", "a name too long for its place", "last", "last", "last"]
    for width in (40, 79):
        plain = str(curve({"loss": [float(number) for number in range(7)]}, width, 4, PLAIN, names)).splitlines()
        labels, phases = plain[5], plain[6]
        assert phases.startswith("phase  |head ") and "|a n" in phases and "|last" in phases and len(phases) <= width
    marks = [at for at, mark in enumerate(phases) if mark == "|"]
    first, last = labels.index("1"), labels.rindex("7")
    assert [round(6 * (mark - first) / (last - first)) for mark in marks] == [0, 3, 4]
    assert str(curve({"loss": [1.0, 2.0]}, 40, 4, PLAIN)) == str(curve({"loss": [1.0, 2.0]}, 40, 4, PLAIN, ["", ""]))


def test_nothing_to_draw_is_said() -> None:
    assert lines({}) == lines({"loss": [math.nan]}) == ["no figures to draw"]


def luminance(number: int) -> float:
    """The relative luminance of a terminal colour, by WCAG 2.1."""
    parts = [part / 255 for part in Color.parse(f"color({number})").get_truecolor()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("number", COLOURS)
def test_a_colour_stands_out_from_white_and_from_black(number: int) -> None:
    """The contrast is at least 3:1, which WCAG 2.1 asks of graphics, on both."""
    assert 1.05 / (luminance(number) + 0.05) >= 3
    assert (luminance(number) + 0.05) / 0.05 >= 3


def test_a_field_is_drawn_from_corner_to_corner() -> None:
    canvas = Canvas(4, 2, ascii=True)
    canvas.draw([(0.0, 0.0), (1.0, 1.0)], 0)
    assert [canvas.row(row).plain for row in range(2)] == ["oo", "  oo"]
