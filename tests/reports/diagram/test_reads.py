"""What layers read can be told from a drawing: networks that differ in it are drawn differently."""

from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from cnnspec.graph.nodes import Graph
from cnnspec.reports.diagram.build import Depth
from cnnspec.reports.diagram.diagram import Diagram, Style, diagram
from cnnspec.reports.diagram.drawing import Box, Item, Point, Text, Wire
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


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(texts=pairs())
def test_every_arc_begins_at_a_result_that_the_layer_at_its_end_reads(tmp_path: Path, texts: tuple[str, str]) -> None:
    """By what the drawing itself holds: where its wires begin and end, which boxes lie there, and their names."""
    graph = graph_of(texts[0], tmp_path)
    assume(graph is not None)
    assert graph is not None
    items = diagram("x", "", graph, depth=Depth.layers, unfold=True).drawing().items
    boxes = [item for item in items if isinstance(item, Box)]
    names = {node.name: at for at, node in enumerate(graph.nodes)}
    layers = {names[name]: box for box in boxes if (name := box.tooltip.partition("\n")[0]) in names}
    arcs = [item for item in items if isinstance(item, Wire) and item.role == "skip"]
    flow = [item for item in items if isinstance(item, Wire) and item.role == "flow"]
    ends = 0
    for reader, box in layers.items():
        for arc in (arc for arc in arcs if box.role == "layer" and touches(box, arc.points[-1])):
            read = results_at(arc.points[0], boxes, flow, names)
            assert read and read <= {*graph.nodes[reader].inputs}, graph.nodes[reader].name
            ends += 1
    asked = sum(len(box.asks) + len(box.asks_right) for box in layers.values())
    assert ends >= asked


def touches(box: Box, point: Point) -> bool:
    (x, y), right, bottom = point, box.x + box.width, box.y + box.height
    across, down = min(abs(x - box.x), abs(x - right)), min(abs(y - box.y), abs(y - bottom))
    inside = box.x - 1 <= x <= right + 1 and box.y - 1 <= y <= bottom + 1
    return inside and min(across, down) < 1


def results_at(point: Point, boxes: list[Box], flow: list[Wire], names: dict[str, int]) -> set[int]:
    """What a point of a drawing gives: the result of the box whose edge it is on, or of those that lead to it."""
    x, y = point
    stages = {box.tooltip: set(box.outputs) for box in boxes if box.role == "stage"}
    for box in (box for box in boxes if touches(box, point)):
        name = box.tooltip.partition("\n")[0]
        if box.role == "title" and abs(y - box.y - box.height) < 1:
            return results_at((x, box.y), boxes, flow, names)
        if box.role in ("stage", "sheet") and y > box.y + 3:
            return stages[box.tooltip]
        if box.role in ("layer", "merge", "input") and (found := {names[name]} if name in names else set(box.outputs)):
            return found
    found = set()
    for wire in flow:
        *_, (_, top), (last, bottom) = wire.points
        if abs(last - x) < 1 and top - 1 <= y <= bottom + 1 and wire.points[0][1] < y - 1:
            found |= results_at(wire.points[0], boxes, flow, names)
    return found
