"""Drawings in boxes, checked from the SVG's own geometry: texts in their boxes, wires between them, no overlaps."""

import json
import re
from collections import Counter
from dataclasses import replace
from math import log2
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from cnnspec.language.bundled import bundled_names
from cnnspec.reports.diagram.build import Depth
from cnnspec.reports.diagram.diagram import Diagram, Style, diagram
from cnnspec.reports.diagram.measure import cut, is_known, width_of, wrap
from cnnspec.reports.diagram.outline import outline
from cnnspec.reports.diagram.ushape import pairs_of
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


def test_a_block_is_opened_where_its_repeats_make_it_short_and_shut_where_it_is_long() -> None:
    """ConvNeXt's third stage is nine blocks of six layers; a cell of NASNet has more boxes than anybody reads."""
    blocks = [text.name for box, texts in picture("convnext").boxes for text in texts if box.role == "frame"]
    assert blocks.count("× 9") == 1
    cells = [box.name for box, _ in picture("nasnet").boxes if box.name.startswith(("normal:", "reduction:"))]
    assert len(cells) == 16


def test_skips_of_a_u_net_run_level_across_from_each_stage_down_to_the_concatenation_that_reads_it() -> None:
    """Each with its shape; what leads up stands on the right, the highest at the top."""
    whole = picture("unet")
    skips = [wire for wire in whole.wires if wire.role == "skip"]
    concats = [box for box, _ in whole.boxes if box.name == "concat"]
    assert len(skips) == len(concats) == 4
    stages = [box for box, _ in whole.boxes if box.role in ("stage", "sheet")]
    for wire in skips:
        (left, start), (right, end) = wire.points
        assert start == end
        assert any(abs(box.right - left) < 0.2 and box.top < start < box.bottom for box in stages)
        assert any(abs(box.left - right) < 0.2 and box.top < end < box.bottom for box in concats)
    for shape in ("128×128×128", "256×256×64", "32×32×512", "64×64×256"):
        over = [text for text in whole.texts if text.name == shape]
        assert any(text.bottom < wire.points[0][1] < text.bottom + 6 for text in over for wire in skips)
    tops = {text.name: box.top for box, texts in whole.boxes for text in texts if box.role == "title"}
    assert tops["up1"] < tops["up2"] < tops["up3"] < tops["up4"] < tops["bottom"]


@given(extra=st.lists(st.integers(0, 2), min_size=8, max_size=8), depth=st.integers(3, 4), mode=st.sampled_from(Depth))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_network_with_skips_across_is_a_u_whatever_stands_between_them(
    extra: list[int], depth: int, mode: Depth, tmp_path: Path
) -> None:
    path = tmp_path / "u.yaml"
    path.write_text(u_spec(extra, depth), encoding="utf-8")
    spec, graph = analyse(str(path)).require()
    found = diagram(spec.shown, spec.reference, graph, depth=mode)
    assert len(pairs_of(found.structure)) == depth
    assert faults(read_picture(found.svg(), vera_width)) == []


def u_spec(extra: list[int], depth: int) -> str:
    """Stages down, stages up that add what those down gave, and some more before and after each."""
    conv = {"conv": {"filters": 4, "kernel_size": 3, "padding": "same"}}
    model: dict[str, Any] = {"scale": [conv]}
    for at in range(depth):
        model[f"down{at}"] = [conv]
        model |= {f"after_down{at}_{more}": [conv, conv] for more in range(extra[at])}
    model["bottom"] = [conv]
    for at in reversed(range(depth)):
        model[f"up{at}"] = [{"conv": {**conv["conv"], "name": "wide"}}, {"add": {"from": [f"down{at}", "wide"]}}, conv]
        model |= {f"after_up{at}_{more}": [conv] for more in range(extra[4 + at])}
    return "cnnspec: 1\nname: u\ninputs: {x: [8, 8, 4]}\nmodel: " + json.dumps(model)


def test_other_networks_are_no_u() -> None:
    """Nor is one whose wires cross, or that reads twice what an earlier stage gave."""
    for name in ("resnet@50", "nasnet", "siamese", "densenet", "autoencoder", "googlenet-auxiliary"):
        assert pairs_of(drawn(name).structure) == ()


def test_what_is_read_past_other_stages_comes_on_the_left_with_its_shape_along_the_wire() -> None:
    turned = [text.name for text in picture("nasnet").texts if text.bottom - text.top > text.right - text.left]
    assert set(turned) == {"111×111×32", "56×56×44", "28×28×264", "14×14×528"}


def test_stages_alone_are_told_by_the_colour_of_their_costliest_layer_and_have_their_skips() -> None:
    svg = drawn("unet", Depth.stages).svg()
    assert svg.count('class="title convolution"') == 10
    assert svg.count('class="wire skip"') == 4
    assert 'class="title preparation"' in svg


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


BEGUN = """\
cnnspec: 1
name: begun
inputs: {x: [8, 8, 4]}
model:
  a:
    - conv: {filters: 4, kernel_size: 3, padding: same, name: early}
    - conv: {filters: 4, kernel_size: 3, padding: same, name: late}
    - residual: {layers: [conv: {filters: 4, kernel_size: 3, padding: same}], from: early, name: sum}
    - parallel: {branches: [[activation: relu], []], merge: add, from: late, name: both}
    - add: {from: [sum, both]}
"""


@pytest.mark.parametrize("style", Style)
def test_a_part_that_divides_an_earlier_result_tells_which(style: Style, tmp_path: Path) -> None:
    """And no wire comes to it from what stands before it."""
    path = tmp_path / "begun.yaml"
    path.write_text(BEGUN, encoding="utf-8")
    spec, graph = analyse(str(path)).require()
    found = diagram(spec.shown, spec.reference, graph, style=style)
    assert faults(read_picture(found.svg(), vera_width)) == []
    for text in (found.svg(), str(found)):
        assert "early" in text and "late" in text
    if style is Style.boxes:
        texts = [text.name for _, inside in read_picture(found.svg(), vera_width).boxes for text in inside]
        assert {"from early", "as early", "from late", "as late"} <= set(texts)
        assert {"from early", "from late"} <= {box.name for box, _ in read_picture(found.svg(), vera_width).boxes}


@pytest.mark.parametrize("name", ["lenet", "resnet@50", "unet", "vgg@16"])
def test_what_stands_alone_in_a_row_of_a_stage_stands_in_its_middle_below_its_title(name: str) -> None:
    """And a stage ends as little below what is inside as the wire out of it needs."""
    whole = picture(name)
    inner = [box for box, _ in whole.boxes if box.role in ("layer", "frame", "merge")]
    for stage in (box for box, _ in whole.boxes if box.role == "stage"):
        inside = [box for box in inner if stage.holds(box)]
        alone = [box for box in inside if box.role == "layer" and not any(map(box.is_beside, inside))]
        assert all((box.left + box.right) / 2 == pytest.approx((stage.left + stage.right) / 2, abs=1) for box in alone)
        assert stage.bottom - max(box.bottom for box in inside) < 14


BESIDE = """\
cnnspec: 1
name: beside
inputs: {x: [8, 8, 4]}
model:
  first: [conv: {filters: 4, kernel_size: 3, padding: same}]
  aside:
    - conv: {filters: 5, kernel_size: 3, padding: same, name: early}
    - conv: {filters: 6, kernel_size: 3, padding: same}
  main: [conv: {filters: 7, kernel_size: 3, padding: same, from: first}]
  more: [conv: {filters: 8, kernel_size: 3, padding: same}]
  end: [concat: {from: [more, aside, aside.early]}]
"""


def test_what_a_stage_on_the_right_gives_comes_on_the_right_to_what_reads_it_past_other_stages(tmp_path: Path) -> None:
    path = tmp_path / "beside.yaml"
    path.write_text(BESIDE, encoding="utf-8")
    spec, graph = analyse(str(path)).require()
    whole = read_picture(diagram(spec.shown, spec.reference, graph).svg(), vera_width)
    assert faults(whole) == []
    (concat,) = (box for box, _ in whole.boxes if box.name == "concat")
    ends = [wire.points[-1] for wire in whole.wires if wire.role == "skip"]
    assert len(ends) == 2
    assert all(x == pytest.approx(concat.right, abs=0.3) for x, _ in ends)
    assert not any("from" in text.name for _, texts in whole.boxes for text in texts)
