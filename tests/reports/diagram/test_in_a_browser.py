"""Drawings and pages in a real Chromium."""

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from cnnspec.analysis import analyse
from cnnspec.reports.diagram.build import Depth
from cnnspec.reports.diagram.diagram import Style, diagram
from cnnspec.reports.diagram.html import summary_page
from cnnspec.reports.summary.collect import collect
from cnnspec.reports.summary.stages import stage_sheet
from tests.support.chromium import measured, opened

NAMES = (
    "resnet@152", "inception-v3", "unet", "siamese", "nasnet", "googlenet-auxiliary", "densenet", "vit", "textcnn",
    "efficientnet",
)  # fmt: skip
HOSTILE = """\
cnnspec: 1
name: hostile
reference: "<b>&amp; of others"
inputs: {x: [16, 16, 3]}
model:
  "<script>window.hacked = 1</script>": [conv: {filters: 4, kernel_size: 3}, flatten]
  '<img src="x" onerror="window.hacked = 1">': [dense: 3]
  "卷积 a": [dense: 3]
"""


def pictures(folder: Path) -> dict[str, str]:
    path = folder / "hostile.yaml"
    path.write_text(HOSTILE, encoding="utf-8")
    found = {}
    for name in (*NAMES, str(path)):
        spec, graph = analyse(name).require()
        for style in Style:
            drawn = diagram(spec.shown, spec.reference, graph, style=style)
            found[f"{Path(name).stem} {style}"] = drawn.svg()
        found[f"{Path(name).stem} stages"] = diagram(spec.shown, "", graph, depth=Depth.stages).svg()
    return found


@pytest.fixture(scope="module", params=["light", "dark"])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("browser")
    found = measured(pictures(folder), folder, request.param == "dark")
    assert found["dark"] == (request.param == "dark")
    return found


def test_ten_networks_open_without_an_error_their_texts_in_their_boxes_and_none_over_another(
    seen: dict[str, Any],
) -> None:
    """As the browser lays them out, in the fonts that it has; in boxes and volumes."""
    assert seen["errors"] == []
    assert len(seen["pictures"]) == 3 * (len(NAMES) + 1)
    for name, picture in seen["pictures"].items():
        texts = picture["texts"]
        assert len(texts) > 10
        for text in texts:
            left, top, right, bottom = text["area"]
            low, high, far, deep = text["box"]
            assert low - 1 <= left and right <= far + 1 and high - 1 <= top and bottom <= deep + 2, (name, text)
        for one, other in combinations(texts, 2):
            assert not overlap(one["area"], other["area"]), (name, one["text"], other["text"])


def test_each_text_is_to_be_read_on_what_it_stands_on(seen: dict[str, Any]) -> None:
    """By the contrast that the Web Content Accessibility Guidelines ask for, 4.5, on light ground and on dark."""
    pairs = {(text["ink"], text["fill"]) for picture in seen["pictures"].values() for text in picture["texts"]}
    assert len(pairs) > 8
    for ink, fill in pairs:
        if fill != "none":
            assert contrast(ink, fill) >= 4.5, (ink, fill)


def test_markup_in_a_name_is_text_to_a_browser(seen: dict[str, Any]) -> None:
    """One script is the page's own; the name of a stage is shown by the letter."""
    assert seen["scripts"] == 1
    texts = [text["text"] for text in seen["pictures"]["hostile boxes"]["texts"]]
    assert "<b>&amp; of others" in texts
    assert any(text.startswith("<script>window.hack") for text in texts)


def test_the_page_of_a_summary_shows_the_table_beside_the_diagram_and_loads_nothing(tmp_path: Path) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_text(HOSTILE, encoding="utf-8")
    spec, graph = analyse(str(path)).require()
    sheet = stage_sheet(collect(spec.shown, spec.reference, graph))
    page = summary_page((sheet,), (diagram(spec.shown, spec.reference, graph),))
    assert not re.search(r'(?:src|href)="|url\(|@import|<script|<link|<img', page)
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    became = opened(tmp_path / "page.html")
    assert became.count("<table") == became.count("<svg") == 1
    assert "<script" not in became
    assert "&lt;script&gt;window.hacked = 1&lt;/script&gt;" in became


def overlap(one: list[float], other: list[float]) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > 1 and down > 2.5


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
