"""Drawings in boxes, checked from the SVG's own geometry: texts in their boxes, wires between them, no overlaps."""

import re
from collections import Counter
from dataclasses import replace
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from cnnspec.language.bundled import bundled_names
from cnnspec.reports.diagram.build import Depth
from cnnspec.reports.diagram.diagram import Diagram, diagram
from cnnspec.reports.diagram.measure import cut, is_known, width_of, wrap
from cnnspec.reports.diagram.outline import outline
from tests.support.svg_geometry import Area, Picture, faults, read_picture
from tests.support.vera import vera_width


def drawn(name: str, depth: Depth = Depth.blocks, unfold: bool = False) -> Diagram:
    spec, graph = analyse(name).require()
    return diagram(spec.shown, spec.reference, graph, depth=depth, unfold=unfold)


def picture(name: str, depth: Depth = Depth.blocks, unfold: bool = False) -> Picture:
    return read_picture(drawn(name, depth, unfold).svg(), vera_width)


@pytest.mark.parametrize("name", bundled_names())
def test_nothing_in_a_drawing_overlaps_and_wires_end_at_boxes(name: str) -> None:
    assert faults(picture(name)) == []


@pytest.mark.parametrize(
    ("name", "depth", "unfold"),
    [
        ("nasnet", Depth.stages, True),
        ("inception-v3", Depth.layers, False),
        ("unet", Depth.stages, False),
        ("siamese", Depth.layers, False),
        ("resnet@34", Depth.layers, True),
        ("googlenet-auxiliary", Depth.stages, False),
        ("densenet", Depth.blocks, True),
    ],
)
def test_nor_does_it_at_another_depth(name: str, depth: Depth, unfold: bool) -> None:
    assert faults(picture(name, depth, unfold)) == []


def test_what_is_moved_or_cut_loose_is_found() -> None:
    """The check itself sees a box that is elsewhere, a text that is longer, a wire that ends early."""
    whole = picture("lenet")
    (at, (box, texts)) = next((at, each) for at, each in enumerate(whole.boxes) if each[0].role == "layer")
    moved = replace(box, top=box.top + 40, bottom=box.bottom + 40)
    assert faults(replace(whole, boxes=(*whole.boxes[:at], (moved, ()), *whole.boxes[at + 1 :])))
    longer = replace(texts[0], right=box.right + 5)
    assert faults(replace(whole, boxes=(*whole.boxes[:at], (box, (longer,)), *whole.boxes[at + 1 :])))
    wire = whole.wires[0]
    (x, y), *rest = wire.points
    assert faults(replace(whole, wires=(replace(wire, points=((x + 3, y - 9), *rest)), *whole.wires[1:])))
    assert faults(replace(whole, texts=(*whole.texts, Area(box.left, box.top, box.right, box.bottom, "text", "x"))))


@pytest.mark.parametrize("name", ["resnet@152", "unet", "inception-v3", "vgg@16"])
def test_stages_are_wider_by_their_places_and_thicker_by_their_channels(name: str) -> None:
    """On a log scale: a doubling is as much everywhere."""
    graph = analyse(name).require()[1]
    whole = picture(name)
    boxes = [box for box, _ in whole.boxes if box.role == "stage"]
    sheets = [box for box, _ in whole.boxes if box.role == "sheet"][::2]
    shapes = [graph.nodes[stage.output].output for stage in graph.stages]
    sizes = {}
    for box, shape in zip(boxes, shapes, strict=True):
        places = 1
        for size in shape[:-1]:
            assert isinstance(size, int)
            places *= size
        sizes[places] = round(box.right - box.left, 0)
    for one, other in [(one, 4 * one) for one in sizes if 4 * one in sizes]:
        assert sizes[other] - sizes[one] == pytest.approx(14, abs=1)
    for box, sheet, shape in zip(boxes, sheets, shapes, strict=True):
        assert isinstance(shape[-1], int)
        thick = pytest.approx(1.1 * log2(shape[-1]), abs=0.11)
        assert sheet.right - box.right == thick
        assert sheet.bottom - box.bottom == thick
    assert sorted(sizes.values()) == [sizes[places] for places in sorted(sizes)]


def test_repeats_stand_once_with_their_number_unless_all_are_wanted() -> None:
    """ResNet-152 has 3, 8, 36 and 3 blocks; unfolded, each of its 155 convolutions has a box."""
    counts = [text.name for box, texts in picture("resnet@152").boxes for text in texts if box.role == "frame"]
    assert [each for each in counts if "×" in each] == ["× 3", "× 8", "× 36", "× 3"]
    svg = drawn("resnet@152", unfold=True).svg()
    graph = analyse("resnet@152").require()[1]
    convolutions = sum(node.kind == "conv" for node in graph.nodes)
    assert svg.count('<g class="layer convolution">') == convolutions == 155
    assert "× 36" not in svg


@pytest.mark.parametrize("name", ["unet", "densenet", "siamese", "googlenet", "resnet-cifar", "two-inputs"])
def test_the_edges_of_a_network_unfolded_to_layers_are_what_its_layers_read(name: str) -> None:
    """A merge of branches and an addition are nodes of the graph, too; each edge bears the shape of what is read."""
    graph = analyse(name).require()[1]
    shown = outline(drawn(name, Depth.layers, True).structure)
    shared = {at for at, node in enumerate(graph.nodes) if node.shared is not None}
    reads = [at for node in graph.nodes if node.shared is None for at in dict.fromkeys(node.inputs)]
    reads += graph.outputs.values()
    inside = sum(1 for at in shared for read in graph.nodes[at].inputs if read not in shared)
    shapes = Counter("×".join(map(str, graph.nodes[at].output)) for at in reads)
    found = Counter(edge.text for edge in shown.edges)
    assert len(shown.edges) == len(reads) + inside
    assert not shapes - found


def test_skips_of_a_u_net_run_from_each_stage_down_to_the_concatenation_that_reads_it() -> None:
    whole = picture("unet")
    skips = [wire for wire in whole.wires if wire.role == "skip"]
    concats = [box for box, _ in whole.boxes if box.name == "concat"]
    assert len(skips) == len(concats) == 4
    stages = [box for box, _ in whole.boxes if box.role == "stage"]
    for wire in skips:
        (start, *_, end) = wire.points
        assert any(box.at_edge(*start) for box in stages)
        assert any(box.at_edge(*end) for box in concats)
    turned = sorted(text.name for text in whole.texts if text.bottom - text.top > text.right - text.left)
    assert turned == ["128×128×128", "256×256×64", "32×32×512", "64×64×256"]


def test_shapes_on_the_wires_are_those_of_the_graph() -> None:
    graph = analyse("resnet@50").require()[1]
    known = {"×".join(map(str, node.output)) for node in graph.nodes}
    said = [text.name for text in picture("resnet@50").texts if re.fullmatch(r"[\d×]+", text.name)]
    assert set(said) <= known
    assert {"224×224×3", "112×112×64", "56×56×256", "28×28×512", "14×14×1024", "7×7×2048", "2048"} <= set(said)


@given(st.text(st.characters(codec="latin-1"), max_size=30))
def test_no_text_is_wider_than_it_is_taken_for(text: str) -> None:
    """In Vera, of the characters that are known and the accented ones."""
    if text.isprintable():
        assert vera_width(text, 10) <= width_of(text, 10) + 0.01 or not is_known(text)


@given(st.text("abc WMi,×1", max_size=60), st.floats(30, 200))
def test_wrapped_and_cut_texts_fit(text: str, room: float) -> None:
    assert all(vera_width(line, 11) <= room + 8 for line in wrap(text, 11, room))
    assert vera_width(cut(text, 11, room), 11) <= room
