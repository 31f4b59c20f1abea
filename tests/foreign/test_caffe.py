"""Caffe's `.prototxt`: the sizes and parameters of its published networks, its phases, and its rounding up."""

import contextlib
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.foreign.caffe import caffe_network
from cnnspec.foreign.growing import Unread
from cnnspec.foreign.network import ForeignNetwork
from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph
from tests.support.foreign_graphs import graph_of_network
from tests.support.published_networks import CAFFE as PUBLISHED
from tests.support.published_networks import CAFFENET, conv, dense, deploy, googlenet, layer, pool


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_network_has_its_parameters(name: str) -> None:
    text, parameters, shape = PUBLISHED[name]
    network = caffe_network(text, name)
    graph = graph_of_network(network)
    assert not [each for each in network.layers if each.unknown]
    assert totals(graph.nodes).params == parameters
    assert graph.nodes[next(iter(graph.outputs.values()))].output == shape


def shapes(network: ForeignNetwork, graph: Graph) -> dict[str, object]:
    """What each layer gives, by its name in the file."""
    own = {node.name.rpartition(".")[2]: node.output for node in graph.nodes}
    return {each.name: own[f"l{at}"] for at, each in enumerate(network.layers) if each.kind}


def test_sizes_are_those_of_the_papers() -> None:
    network = caffe_network(googlenet(), "googlenet")
    found = shapes(network, graph_of_network(network))
    assert found["pool1/3x3_s2"] == (56, 56, 64) and found["pool2/3x3_s2"] == (28, 28, 192)
    assert found["inception_3b/output"] == (28, 28, 480) and found["inception_4e/output"] == (14, 14, 832)
    assert found["pool5/7x7_s1"] == (1, 1, 1024)
    network = caffe_network(CAFFENET, "caffenet")
    found = shapes(network, graph_of_network(network))
    assert [found[name] for name in ("conv1", "pool1", "conv2", "pool2", "conv5", "pool5")] == [
        *((55, 55, 96), (27, 27, 96), (27, 27, 256), (13, 13, 256), (13, 13, 256), (6, 6, 256)),
    ]


@given(st.integers(3, 30), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2))
def test_a_pool_has_the_size_that_caffe_computes(size: int, wide: int, by: int, pad: int) -> None:
    """Rounded up, but that no window begins in the zeros at the end."""
    expected = math.ceil((size + 2 * pad - wide) / by) + 1
    if pad and (expected - 1) * by >= size + pad:
        expected -= 1
    text = deploy(size) + pool("pool", "data", wide, by, more=f"pad: {pad}")
    if pad >= wide or size + 2 * pad < wide:
        return
    if (expected - 1) * by >= size + pad:  # a window of nothing, which is no maximum
        with pytest.raises(Unread, match="less padding than the window is wide"):
            caffe_network(text, "small")
        return
    graph = graph_of_network(caffe_network(text, "small"))
    assert graph.nodes[-1].output == (expected, expected, 3)


@given(st.integers(5, 30), st.integers(1, 5), st.integers(1, 3), st.integers(0, 3), st.integers(1, 2))
def test_a_convolution_has_the_size_that_caffe_computes(size: int, wide: int, by: int, pad: int, spread: int) -> None:
    reach = spread * (wide - 1) + 1
    if (spread > 1 and by > 1) or size + 2 * pad < reach:
        return
    text = deploy(size) + conv("conv", "data", 4, wide, f"stride: {by} pad: {pad} dilation: {spread}")
    graph = graph_of_network(caffe_network(text, "small"))
    expected = (size + 2 * pad - reach) // by + 1
    assert graph.nodes[-1].output == (expected, expected, 4)


def test_only_what_the_phase_test_has_is_read_and_losses_are_outputs() -> None:
    data = 'layer {{ name: "data" type: "{kind}" top: "data" top: "label" include {{ phase: {phase} }} {more} }}\n'
    text = (
        data.format(kind="Data", phase="TRAIN", more="transform_param { crop_size: 99 }")
        + data.format(kind="ImageData", phase="TEST", more="transform_param { crop_size: 12 mean_value: 1 }")
        + conv("conv1", "data", 4, 3)
        + layer("extra", "Dropout", "conv1", "conv1", "include { phase: TRAIN }")
        + layer("hidden", "Dropout", "conv1", "conv1", "exclude { phase: TEST }")
        + dense("ip", "conv1", 5)
        + 'layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "a" include: { phase: TEST } }'
        + 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }'
    )
    network = caffe_network(text, "train_val")
    assert [(each.name, each.shape) for each in network.inputs] == [("data", (12, 12, 1))]
    assert [each.kind for each in network.layers] == ["conv", "flatten", "dense", "activation"]
    assert network.outputs == {"loss": "loss"} and network.layers[-1].arguments == {"activation": "softmax"}
    assert any("accuracy" in each for each in network.left_out) and any("loss" in each for each in network.left_out)


def test_older_files_have_their_layers_in_capitals() -> None:
    text = deploy(8) + (
        'layers { name: "c" type: CONVOLUTION bottom: "data" top: "c" '
        "convolution_param { num_output: 4 kernel_size: 3 } }\n"
        'layers { name: "ip" type: INNER_PRODUCT bottom: "c" top: "ip" inner_product_param { num_output: 2 } }\n'
        'layers { name: "loss" type: SOFTMAX_LOSS bottom: "ip" top: "loss" }\n'
    )
    assert [each.kind for each in caffe_network(text, "old").layers] == ["conv", "flatten", "dense", "activation"]


def test_what_computes_otherwise_is_said() -> None:
    """A scale joins its normalisation, a mean beyond the padding is told of, alpha is divided by the window."""
    text = deploy(12) + layer("bn", "BatchNorm", "data", "bn") + layer("s", "Scale", "bn", "s")
    text += layer("lrn", "LRN", "s", "lrn", "lrn_param { local_size: 3 alpha: 0.3 k: 2 }")
    text += pool("mean", "lrn", 4, 3, "AVE", "pad: 1")
    norm, lrn, mean = caffe_network(text, "small").layers
    assert norm.arguments == {"epsilon": 1e-5, "momentum": 0.999, "center": False}
    assert lrn.arguments == {"depth_radius": 1, "bias": 2.0, "alpha": pytest.approx(0.1), "beta": 0.75}
    assert mean.arguments["padding"] == [[1, 3], [1, 3]] and "beyond its padding" in mean.unknown[0]


def test_layers_that_nobody_knows_are_listed_and_passed_by() -> None:
    text = deploy(8) + layer("odd", "Python", "data", "odd", 'python_param { module: "os" layer: "system" }')
    text += dense("ip", "odd", 3)
    odd, _, last = caffe_network(text, "odd").layers
    assert (odd.kind, odd.written, last.kind) == ("", "Python", "dense")
    assert odd.unknown == ("module os, layer system",)


WRONG = {
    "": "does not say the size of its input",
    "layer {": "the brace that is opened in line 1 is never closed",
    "layer { " * 1000: "more than 24 braces inside each other",
    "{" * 1000: "expected the name of a field",
    "a: {" * 1000 + "}" * 1000: "more than 24 braces",
    "name: }": "expected a value",
    "name": "where a value is expected",
    'name: "x\nlayer {}': "is no part of a message",
    "\x00\x01": "is no part of a message",
    'input: "data"\n': "does not say the size of its input data",
    deploy(8): "no layer that computes",
    deploy(8) + conv("c", "nothing", 3, 3): "the layer c in line 7 reads nothing, which is not before it",
    deploy(8) + conv("c", "data", 3, 9): "does not fit (8, 8, 3)",
    deploy(8) + conv("c", "data", 3, 0): "no kernel_size",
    deploy(8).replace("8", "0") + conv("c", "data", 3, 3): "expected sizes of at least 1",
    deploy(8) + layer("d", "Dropout", "data", "d", "dropout_param { dropout_ratio: much }"): "expected a number",
    deploy(8) + layer("s", "Slice", "data", "s", "slice_param { slice_point: 9 }"): "does not cut 3 into 1 parts",
    deploy(8) + "layers { layer { name: 'x' } }": "upgrade_net_proto_text",
}


@pytest.mark.parametrize("text", WRONG, ids=[each[:30] for each in WRONG.values()])
def test_what_is_no_network_is_told(text: str) -> None:
    with pytest.raises(Unread, match=re.escape(WRONG[text])):
        caffe_network(text, "wrong")


@given(st.text(alphabet="{}<>:[]\"'# \nlayernm12.,;-", max_size=80))
def test_no_text_ends_in_anything_else(text: str) -> None:
    with contextlib.suppress(Unread):
        caffe_network(text, "any")
