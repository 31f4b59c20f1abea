"""Names with markup in them are text, in every file that a drawing is written to."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cnnspec.analysis import analyse
from cnnspec.reports.diagram.colours import Theme
from cnnspec.reports.diagram.diagram import Diagram, diagram
from tests.support.svg_geometry import SVG, faults, read_picture
from tests.support.vera import vera_width

NAMES = ["<script>alert(1)</script>", '"]; end', "a & b", "卷积 a", "é" * 30 + "a", "x" * 60, "`*_[link](a)"]
SPEC = """\
cnnspec: 1
name: hostile
inputs: {{x: [16, 16, 3]}}
model:
  {stage}:
    - conv: {{filters: 4, kernel_size: 3, padding: same}}
    - flatten
  finish: [dense: 3]
"""


def drawn(stage: str, folder: Path) -> Diagram:
    path = folder / "hostile.yaml"
    path.write_text(SPEC.format(stage=json.dumps(stage, ensure_ascii=False)), encoding="utf-8")
    spec, graph = analyse(str(path)).require()
    return diagram(spec.shown, spec.reference, graph)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("theme", Theme)
def test_a_stage_of_any_name_is_text_in_its_box(name: str, theme: Theme, tmp_path: Path) -> None:
    svg = drawn(name, tmp_path).svg(theme)
    root = ElementTree.fromstring(svg)
    assert {each.tag for each in root.iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "style", "rect", "g", "path", "text")
    }
    assert any(name in (each.text or "") for each in root.iter(f"{SVG}title"))
    assert faults(read_picture(svg, vera_width)) == []


@pytest.mark.parametrize("name", NAMES)
def test_nor_can_a_name_end_a_string_of_mermaid_or_dot(name: str, tmp_path: Path) -> None:
    found = drawn(name, tmp_path)
    for line in found.mermaid().splitlines():
        assert re.fullmatch(r'[^"<]*("[^"`]*")?[^"<]*(\|"[^"]*"\| \w+)?', line.replace("<br/>", "")), line
    for line in found.dot().splitlines():
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 0, line


def test_mermaid_has_names_of_html_where_a_character_would_be_markup_and_leaves_the_rest(tmp_path: Path) -> None:
    """Mermaid's own, as #95;, are not read in the titles of its frames."""
    assert 'subgraph c1["conv2_x &lt;b&gt; &quot;#1&semi; &grave;"]' in drawn('conv2_x <b> "#1; `', tmp_path).mermaid()


def test_the_themes_differ_in_colours_alone_and_auto_holds_both(tmp_path: Path) -> None:
    light, dark, auto = (drawn("a", tmp_path).svg(theme) for theme in (Theme.light, Theme.dark, Theme.auto))
    assert "prefers-color-scheme" in auto
    assert "prefers-color-scheme" not in light + dark
    assert light.partition("</style>")[2] == dark.partition("</style>")[2] == auto.partition("</style>")[2]
    assert light != dark
