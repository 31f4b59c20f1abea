"""What layers read can be told from a drawing: networks that differ in it are drawn differently."""

from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from cnnspec.graph.nodes import Graph
from cnnspec.reports.diagram.build import Depth
from cnnspec.reports.diagram.diagram import Diagram, Style, diagram
from cnnspec.reports.diagram.drawing import Item, Text
from cnnspec.reports.diagram.pdf import as_png
from tests.support.drawn_reads import pairs

SIAMESE = """\
cnnspec: 1
name: two
inputs: {left: [8], right: [8]}
model:
  encode: [dense: {units: 4, from: left}]
  other: [dense: {units: 4, from: right}]
  compare:
    - subtract: {from: [encode, other], name: sub}
    - concat: {from: [sub, READ]}
"""


def graph_of(text: str, folder: Path) -> Graph | None:
    path = folder / "reads.yaml"
    path.write_text(text, encoding="utf-8")
    analysis = analyse(str(path))
    return None if analysis.wrong else analysis.graph


def seen(found: Diagram) -> list[Item]:
    """What is painted: without what only a pointer held over it tells."""
    return [item if isinstance(item, Text) else replace(item, tooltip="") for item in found.drawing().items]


def test_one_of_two_results_that_come_in_together_is_told_from_the_other(tmp_path: Path) -> None:
    """In every form that a diagram is written in, pictures of points among them."""
    graphs = [graph_of(SIAMESE.replace("READ", name), tmp_path) for name in ("encode", "other")]
    for style in Style:
        one, two = (diagram("two", "", graph, style=style) for graph in graphs if graph is not None)
        assert as_png(one.drawing()) != as_png(two.drawing())
        assert one.svg() != two.svg()
        assert (str(one), one.dot(), one.mermaid()) != (str(two), two.dot(), two.mermaid())
    assert graphs[0] is not None and "concat, from encode" in str(diagram("two", "", graphs[0]))


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(texts=pairs(), depth=st.sampled_from([Depth.blocks, Depth.layers]), style=st.sampled_from(Style))
def test_networks_whose_layers_read_different_things_are_drawn_differently(
    tmp_path: Path, texts: tuple[str, str], depth: Depth, style: Style
) -> None:
    one, two = (graph_of(text, tmp_path) for text in texts)
    assume(one is not None and two is not None)
    assert one is not None and two is not None
    edges = [[set(node.inputs) for node in graph.nodes] for graph in (one, two)]
    assume(edges[0] != edges[1])
    first, second = (diagram("x", "", graph, style=style, depth=depth) for graph in (one, two))
    assert seen(first) != seen(second)
    assert str(first) != str(second)
    assert first.dot() != second.dot()
    assert first.mermaid() != second.mermaid()
