"""Darknet's `.cfg`: the sizes and parameters of its published networks, and whatever is none of it told."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.foreign.darknet import darknet_network
from cnnspec.foreign.growing import Unread
from cnnspec.graph.facts import totals
from tests.support.foreign_graphs import graph_of_network
from tests.support.published_networks import DARKNET as PUBLISHED
from tests.support.published_networks import NET, YOLOV3, route
from tests.support.published_networks import darknet_conv as conv


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_network_has_its_parameters_and_sizes(name: str) -> None:
    text, size, parameters, shapes = PUBLISHED[name]
    graph = graph_of_network(darknet_network(NET.format(size=size) + text, name))
    assert totals(graph.nodes).params == parameters
    assert [graph.nodes[at].output for at in graph.outputs.values()] == shapes


def test_yolov3_costs_what_darknet_prints() -> None:
    """65.864 billion operations at 416 x 416, two for each multiply-add."""
    graph = graph_of_network(darknet_network(NET.format(size=416) + YOLOV3, "yolov3"))
    assert round(2 * (totals(graph.nodes).macs or 0) / 1e9, 3) == 65.864


def out_of(text: str, size: int, channels: int = 3) -> tuple[object, ...]:
    net = f"[net]\nwidth={size}\nheight={size}\nchannels={channels}\n"
    graph = graph_of_network(darknet_network(net + text, "small"))
    return graph.nodes[next(iter(graph.outputs.values()))].output


@given(st.integers(3, 30), st.integers(1, 7), st.integers(1, 4))
def test_a_max_pool_has_the_size_that_darknet_computes(size: int, wide: int, by: int) -> None:
    """(h + padding - size) / stride + 1, with size - 1 zeros where none are told."""
    expected = (size + (wide - 1) - wide) // by + 1
    assert out_of(f"[maxpool]\nsize={wide}\nstride={by}\n", size) == (expected, expected, 3)


@given(st.integers(3, 30), st.integers(1, 7), st.integers(1, 3), st.booleans())
def test_a_convolution_has_the_size_that_darknet_computes(size: int, wide: int, by: int, padded: bool) -> None:
    pad = wide // 2 if padded else 0
    text = f"[convolutional]\nfilters=4\nsize={wide}\nstride={by}\npad={int(padded)}\nactivation=mish\n"
    if size + 2 * pad < wide:
        with pytest.raises(Unread):
            out_of(text, size)
    else:
        expected = (size + 2 * pad - wide) // by + 1
        assert out_of(text, size) == (expected, expected, 4)


def test_parts_of_channels_are_routed() -> None:
    """As in YOLOv4-tiny: the second half of the channels."""
    text = conv(8, 3) + "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n" + conv(4, 3) + route(-1, -2)
    network = darknet_network(NET.format(size=8) + text, "parts")
    (part,) = [each for each in network.layers if each.kind == "slice"]
    assert part.arguments == {"axis": -1, "start": 4}
    assert graph_of_network(network).nodes[-1].output == (8, 8, 8)


def test_the_middle_of_a_picture_is_cut_out() -> None:
    network = darknet_network(NET.format(size=9) + "[crop]\ncrop_height=6\ncrop_width=6\nflip=1\n", "cut")
    crop, scale = network.layers
    assert crop.arguments == {"cropping": [[1, 2], [1, 2]]} and scale.arguments == {"scale": 2, "offset": -1}
    assert graph_of_network(network).nodes[-1].output == (6, 6, 3)


def test_what_nobody_knows_is_listed_with_what_is_known_of_it() -> None:
    text = conv(8, 3) + "[reorg]\nstride=2\n[convolutional]\nfilters=2\nactivation=ramp\n[hologram]\ndepth=3\n"
    network = darknet_network(NET.format(size=8) + text, "strange")
    strange = {each.written: each.unknown for each in network.layers if not each.kind}
    assert strange == {"[reorg]": ("stride=2",), "activation ramp": (), "[hologram]": ("depth=3",)}
    assert any("learning_rate 0.001" in each for each in network.left_out)


WRONG = {
    "": "it does not begin with [net]",
    "[convolutional]\nfilters=3\n": "it does not begin with [net]",
    "width=3\n": "line 1: 'width=3', expected a [section]",
    "[net]\nwidth=8\n": "neither width, height and channels nor inputs",
    "[net]\nwidth=8\nheight=8\nchannels=3\n": "no layer that computes",
    "[net]\nwidth=big\n": "width=big, expected whole numbers",
    NET.format(size=8) + "[route]\nlayers=-3\n": "reads layer -3, which is not before it",
    NET.format(size=8) + "[shortcut]\nactivation=linear\n": "does not say from which layer",
    NET.format(size=8) + conv(4, 3, activation="lekay"): "no activation lekay (perhaps leaky)",
    NET.format(size=8) + "[crop]\ncrop_height=9\ncrop_width=3\n": "cuts [9, 3] out of [8, 8]",
    NET.format(size=8) + "[maxpool]\nsize=0\nstride=0\n": "size 0, stride 0",
    NET.format(size=8) + "[convolutional]\nstride=0\n": "arguments that cannot be",
    NET.format(size=8) + "[convolutional]\nfilters=-4\n": "arguments that cannot be",
    NET.format(size=8) + "[convolutional\n": "expected a [section]",
    NET.format(size=8) + "\x00\x01\x02": "expected a [section]",
    "[net]\nwidth=8\nheight=8\nchannels=3\n" + "[dropout]\n" * 6000: "more than 5,000 sections",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_network_is_told(text: str) -> None:
    with pytest.raises(Unread, match=re.escape(WRONG[text])):
        darknet_network(text, "wrong")


@given(st.text(alphabet="[]net=\n1,-#conv olut", max_size=60))
def test_no_text_ends_in_anything_else(text: str) -> None:
    with contextlib.suppress(Unread):
        darknet_network("[net]\ninputs=4\n" + text, "any")
