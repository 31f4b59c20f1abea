"""Drawings in volumes, checked from the SVG's own geometry."""

from math import log2

import pytest

from cnnspec.analysis import analyse
from cnnspec.language.bundled import bundled_names
from cnnspec.reports.diagram.build import Depth
from cnnspec.reports.diagram.diagram import Diagram, Style, diagram
from cnnspec.reports.diagram.drawing import Volume
from cnnspec.reports.diagram.slabs import sizes_of
from tests.support.svg_geometry import Picture, faults, read_picture
from tests.support.vera import vera_width


def drawn(name: str, depth: Depth = Depth.blocks) -> Diagram:
    spec, graph = analyse(name).require()
    return diagram(spec.shown, spec.reference, graph, style=Style.volumes, depth=depth)


def picture(name: str, depth: Depth = Depth.blocks) -> Picture:
    return read_picture(drawn(name, depth).svg(), vera_width)


@pytest.mark.parametrize("name", bundled_names())
def test_no_volume_hides_another_or_a_name_and_wires_end_at_volumes(name: str) -> None:
    assert faults(picture(name)) == []


@pytest.mark.parametrize("name", ["googlenet-auxiliary", "siamese", "resnet@18"])
def test_nor_do_stages_alone(name: str) -> None:
    assert faults(picture(name, Depth.stages)) == []


def test_a_doubling_of_places_or_channels_is_as_much_everywhere() -> None:
    """Of height, depth and thickness; each says one size of the tensor, and nothing else."""
    for size in (7, 14, 112):
        tall, deep, thick = sizes_of((size, size, 64))
        higher, deeper, thicker = sizes_of((2 * size, 2 * size, 128))
        assert higher - tall == pytest.approx(15)
        assert deeper / deep == pytest.approx(higher / tall)
        assert thicker - thick == pytest.approx(2.6)
    assert sizes_of((1, 1, 64)) == sizes_of((64,)) == (10.0, 2.4, 4 + 2.6 * log2(64))


def test_each_volume_has_the_size_of_a_tensor_of_the_graph() -> None:
    """VGG-16: the picture, thirteen convolutions, five pools, three dense layers, and what stands between them."""
    found = drawn("vgg@16")
    volumes = [item for item in found.drawing().items if isinstance(item, Volume)]
    known = {(tall, thick) for tall, _, thick in (sizes_of(node.output) for node in found.structure.graph.nodes)}
    assert {(each.height, each.width) for each in volumes} <= known
    counts = {kind: sum(each.category == kind for each in volumes) for kind in ("convolution", "pooling", "dense")}
    assert counts == {"convolution": 13, "pooling": 5, "dense": 3}


def test_the_skips_of_a_u_net_run_over_all_that_lies_between_each_with_its_shape() -> None:
    texts = [text.name for text in picture("unet").texts]
    skips = [wire for wire in picture("unet").wires if wire.role == "skip"]
    assert len(skips) == 4
    for shape in ("256×256×64", "128×128×128", "64×64×256", "32×32×512"):
        assert texts.count(shape) == 3  # of the stage down, of the stage up, and of the wire between them
