"""Lines over two axes: every point at its place, every name a text, however many there are."""

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.reports.curves_svg import curves_plot, curves_svg
from cnnspec.reports.plot_svg import ALONE, NARROW, UNIT, Frame, Line, Plot, plot_svg, small_curves

SVG = "{http://www.w3.org/2000/svg}"


def dots(svg: str) -> list[tuple[float, float]]:
    """Where the dots of a drawing are."""
    found = ElementTree.fromstring(svg).iter(f"{SVG}circle")
    return [(float(each.attrib["cx"]), float(each.attrib["cy"])) for each in found]


def labels(svg: str, anchor: str) -> dict[str, float]:
    """The labels of the upright (`end`) or the level (`middle`) axis with their places along it."""
    found = [each for each in ElementTree.fromstring(svg).iter(f"{SVG}text") if each.get("text-anchor") == anchor]
    place = "y" if anchor == "end" else "x"
    return {str(each.text): float(each.attrib[place]) - 4 * (place == "y") for each in found}


@pytest.mark.parametrize("frame", [ALONE, NARROW])
def test_a_dot_stands_where_the_labels_of_the_axes_say(frame: Frame) -> None:
    """Between the labels of 0.2 and 0.4, and those of 0.6 and 0.8, halfway."""
    svg = plot_svg(Plot("reliability", UNIT, UNIT, (Line("one", ((0.3, 0.7, "told"),)),)), frame)
    ((x, y),) = dots(svg)
    across, upright = labels(svg, "middle"), labels(svg, "end")
    assert abs(x - (across["0.2"] + across["0.4"]) / 2) < 0.2 and abs(y - (upright["0.6"] + upright["0.8"]) / 2) < 0.2


@given(st.dictionaries(st.text(max_size=30), st.lists(st.floats(), max_size=20), max_size=20), st.booleans())
def test_whatever_was_measured_is_drawn_inside_and_is_a_whole_drawing(
    series: dict[str, list[float]], logarithmic: bool
) -> None:
    plot = curves_plot(series, "<loss>", logarithmic=logarithmic)
    for frame in (ALONE, NARROW) if plot is not None else ():
        svg = plot_svg(plot, frame)
        assert all(0 <= x <= frame.width and 0 <= y <= frame.height for x, y in dots(svg))
        assert "<loss>" in "".join(ElementTree.fromstring(svg).itertext())


def test_a_line_of_many_points_is_thinned_and_keeps_its_peak() -> None:
    values = [0.1] * 50_000
    values[31_234] = 1.0
    svg = curves_svg({"loss": values}, "loss by step")
    places = [tuple(map(float, each.split(","))) for each in re.findall(r'points="([^"]*)"', svg)[0].split()]
    assert len(svg) < 40_000 and dots(svg) == []
    assert min(y for _, y in places) == ALONE.top


def test_what_is_not_above_0_is_a_gap_on_a_logarithmic_axis() -> None:
    plot = curves_plot({"conv1": [1e-3, 0.0, 1e-5, -1.0]}, "gradients", logarithmic=True)
    assert plot is not None and [math.isnan(y) for _, y, _ in plot.lines[0].points] == [False, True, False, True]
    assert len(dots(plot_svg(plot))) == 2 and "(logarithmic)" in plot_svg(plot)


def test_a_signal_of_no_numbers_or_of_one_is_drawn() -> None:
    for channels in ((), ((),), ((1.0,),), ((math.nan, math.inf),), ((2.0, 2.0), (3.0, 1.0))):
        assert "</svg><b>" in "".join(ElementTree.fromstring(small_curves(channels, "</svg><b>")).itertext())
