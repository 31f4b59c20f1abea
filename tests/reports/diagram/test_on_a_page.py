"""The page of a summary: the table and the drawing beside it say the same, and nothing of the table is cut."""

import re
from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.reports.diagram.diagram import diagram
from cnnspec.reports.diagram.drawing import Box
from cnnspec.reports.diagram.html import summary_page
from cnnspec.reports.numbers import count, scaled
from cnnspec.reports.summary.collect import collect
from cnnspec.reports.summary.compare import compare_sheet
from cnnspec.reports.summary.stages import stage_sheet
from tests.support.chromium import opened

LONG = """\
cnnspec: 1
name: long
inputs: {x: [16, 16, 3]}
model:
  "the first of two stages whose names are long": [conv: {filters: 4, kernel_size: 3, padding: same, from: x}]
  "the second of two stages whose names are long": [conv: {filters: 4, kernel_size: 3, padding: same, from: x}]
  end:
    - concat: {from: ["the first of two stages whose names are long", "the second of two stages whose names are long"]}
"""
_MEASURE = """<script>addEventListener("load", () => {
  document.body.dataset.cut = [...document.querySelectorAll("div")].filter(
    (each) => each.querySelector("table") && each.scrollWidth > each.clientWidth + 1).length;
});</script></body>"""


@pytest.mark.parametrize("name", ["resnet@50", "mobilenet-v2", "finetune"])
def test_a_drawing_counts_the_parameters_that_the_table_counts(name: str) -> None:
    """Those that gradients change; statistics are named beside them."""
    spec, graph = analyse(name).require()
    found, summary = diagram(spec.shown, "", graph), collect(spec.shown, "", graph)
    learnt = [scaled(row.cost.learnt) for row in summary.stages if row.cost.learnt]
    boxes = [item for item in found.drawing().items if isinstance(item, Box) and item.role == "title"]
    heads = "\n".join(text.text for box in boxes for text in box.texts)
    assert re.findall(r"(\S+) parameters", heads) == learnt
    assert re.findall(r"│ +(\S+) parameters +│", str(found)) == learnt
    cost = summary.cost
    assert f"{count(cost.learnt)} parameters, {count(cost.statistics)} statistics" in found.heading.lines[0]


def test_no_column_of_a_page_is_cut(tmp_path: Path) -> None:
    """In a window of 1,400 pixels: for a single network with long names, and for two beside each other."""
    path = tmp_path / "long.yaml"
    path.write_text(LONG, encoding="utf-8")
    read = [analyse(name).require() for name in (str(path), "inception-v3")]
    drawn = [diagram(spec.shown, spec.reference, graph) for spec, graph in read]
    found = [collect(spec.shown, spec.reference, graph) for spec, graph in read]
    for number, page in enumerate(
        (
            summary_page((stage_sheet(found[0]),), drawn[:1]),
            summary_page((compare_sheet(tuple(found)),), drawn),
        )
    ):
        page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page).replace("</body>", _MEASURE)
        (tmp_path / f"{number}.html").write_text(page, encoding="utf-8")
        became = opened(tmp_path / f"{number}.html", "--window-size=1400,900")
        assert 'data-cut="0"' in became
