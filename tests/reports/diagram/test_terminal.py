"""The drawing in the terminal."""

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from cnnspec.analysis import analyse
from cnnspec.language.bundled import bundled_names
from cnnspec.reports.diagram.diagram import diagram
from cnnspec.reports.page import Page


@pytest.mark.parametrize("name", bundled_names())
def test_a_drawing_in_the_terminal_is_as_wide_as_the_page_at_most(name: str) -> None:
    spec, graph = analyse(name).require()
    found = diagram(spec.shown, spec.reference, graph)
    for width in (80, 60):
        lines = found.text(Page(width)).plain.splitlines()
        assert max(map(cell_len, lines)) <= width
    plain = found.text(Page(80, ascii=True)).plain
    assert plain.isascii()
    assert "?" not in plain or "?" in found.text(Page(80)).plain


def test_str_is_the_drawing_and_repr_says_what_it_is() -> None:
    spec, graph = analyse("lenet").require()
    found = diagram(spec.shown, spec.reference, graph)
    assert str(found).startswith("lenet")
    assert "╭" in str(found)
    assert repr(found) == f"<Diagram lenet: {len(graph.stages)} stages>"


def test_a_wire_past_stages_leads_from_the_box_that_gives_to_the_box_that_reads() -> None:
    """Four for a U-Net, each with its arrow; the siamese's inputs lead past each other."""
    for name, wires in (("unet", 4), ("siamese", 3)):
        spec, graph = analyse(name).require()
        lines = str(diagram(spec.shown, spec.reference, graph)).splitlines()
        starts = [line for line in lines if re.match(r"[│ ]*╭[─│]*│ ", line)]
        ends = [line for line in lines if re.match(r"[│ ]*╰[─│]*▶│ ", line)]
        assert len(starts) == len(ends) == wires


MIXED = """\
cnnspec: 1
name: mixed
inputs: {x: [8, 8, 4]}
model:
  a: [residual: {layers: [conv: {filters: 4, kernel_size: 3, padding: same}], activation: relu, repeat: 3}]
  b: [residual: {layers: [conv: {filters: 4, kernel_size: 3, padding: same}]}]
"""


def test_what_is_usual_after_an_addition_is_said_once(tmp_path: Path) -> None:
    """And what is not usual is said where it is."""
    (tmp_path / "mixed.yaml").write_text(MIXED, encoding="utf-8")
    mixed = analyse(str(tmp_path / "mixed.yaml")).require()[1]
    spec, graph = analyse("resnet@50").require()
    said = str(diagram(spec.shown, spec.reference, graph))
    assert "relu after it" in said
    assert ", then relu" not in said
    assert ", then linear" in str(diagram("mixed", "", mixed))
