"""Structures drawn at random, drawn in boxes, volumes and text."""

from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from cnnspec.analysis import analyse
from cnnspec.reports.diagram.build import Depth
from cnnspec.reports.diagram.diagram import Style, diagram
from cnnspec.reports.diagram.drawing import Box, Volume
from cnnspec.reports.page import Page
from tests.support.drawn_structures import specs
from tests.support.svg_geometry import faults, read_picture
from tests.support.vera import vera_width


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
    deadline=None,
)
@given(spec=specs(), depth=st.sampled_from(Depth), style=st.sampled_from(Style), unfold=st.booleans())
def test_no_structure_makes_a_drawing_overlap_or_leaves_a_wire_loose(
    tmp_path: Path, spec: str, depth: Depth, style: Style, unfold: bool
) -> None:
    """And in the terminal none is wider than its page."""
    path = tmp_path / "drawn.yaml"
    path.write_text(spec, encoding="utf-8")
    analysis = analyse(str(path))
    assume(not analysis.wrong and analysis.spec and analysis.graph)
    read, graph = analysis.require()
    found = diagram(read.shown, read.reference, graph, style=style, depth=depth, unfold=unfold)
    assert faults(read_picture(found.svg(), vera_width)) == []
    boxes = [item for item in found.drawing().items if isinstance(item, (Box, Volume))]
    given_to_all = {at for box in boxes for at in box.outputs}
    if style is Style.boxes:
        assert {at for box in boxes for at in box.asks} <= given_to_all  # what is read has a wire, or is told
    assert max(cell_len(line) for line in found.text(Page(60)).plain.splitlines()) <= 60
    assert found.mermaid().count("\n") > 3
