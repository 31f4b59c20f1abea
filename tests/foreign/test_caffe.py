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


def deploy(size: int, channels: int = 3) -> str:
    return f'name: "net"\ninput: "data"\ninput_dim: 1\ninput_dim: {channels}\ninput_dim: {size}\ninput_dim: {size}\n'


def layer(name: str, kind: str, bottom: str, top: str, more: str = "") -> str:
    return f'layer {{\n  name: "{name}"\n  type: "{kind}"\n  bottom: "{bottom}"\n  top: "{top}"\n  {more}\n}}\n'


def conv(name: str, bottom: str, filters: int, size: int, more: str = "", top: str = "") -> str:
    """A convolution with its activation in place."""
    said = (
        f"convolution_param {{ num_output: {filters} kernel_size: {size} {more} weight_filler {{ type: 'xavier' }} }}"
    )
    top = top or name
    rates = "param { lr_mult: 1 decay_mult: 1 } "
    return layer(name, "Convolution", bottom, top, rates + said) + layer(f"relu_{name}", "ReLU", top, top)


def pool(name: str, bottom: str, size: int, stride: int, way: str = "MAX", more: str = "") -> str:
    said = f"pooling_param {{ pool: {way} kernel_size: {size} stride: {stride} {more} }}"
    return layer(name, "Pooling", bottom, name, said)


def dense(name: str, bottom: str, units: int) -> str:
    return layer(name, "InnerProduct", bottom, name, f"inner_product_param {{ num_output: {units} }}")


LRN = "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"
CAFFENET = (
    deploy(227)
    + conv("conv1", "data", 96, 11, "stride: 4")
    + pool("pool1", "conv1", 3, 2)
    + layer("norm1", "LRN", "pool1", "norm1", LRN)
    + conv("conv2", "norm1", 256, 5, "pad: 2 group: 2")
    + pool("pool2", "conv2", 3, 2)
    + layer("norm2", "LRN", "pool2", "norm2", LRN)
    + conv("conv3", "norm2", 384, 3, "pad: 1")
    + conv("conv4", "conv3", 384, 3, "pad: 1 group: 2")
    + conv("conv5", "conv4", 256, 3, "pad: 1 group: 2")
    + pool("pool5", "conv5", 3, 2)
    + dense("fc6", "pool5", 4096)
    + layer("relu6", "ReLU", "fc6", "fc6")
    + layer("drop6", "Dropout", "fc6", "fc6", "dropout_param { dropout_ratio: 0.5 }")
    + dense("fc7", "fc6", 4096)
    + layer("relu7", "ReLU", "fc7", "fc7")
    + layer("drop7", "Dropout", "fc7", "fc7", "dropout_param { dropout_ratio: 0.5 }")
    + dense("fc8", "fc7", 1000)
    + layer("prob", "Softmax", "fc8", "prob")
)
LENET = (
    deploy(28, 1)
    + layer("conv1", "Convolution", "data", "conv1", "convolution_param { num_output: 20 kernel_size: 5 }")
    + pool("pool1", "conv1", 2, 2)
    + layer("conv2", "Convolution", "pool1", "conv2", "convolution_param { num_output: 50 kernel_size: 5 }")
    + pool("pool2", "conv2", 2, 2)
    + dense("ip1", "pool2", 500)
    + layer("relu1", "ReLU", "ip1", "ip1")
    + dense("ip2", "ip1", 10)
    + layer("prob", "Softmax", "ip2", "prob")
)


def inception(name: str, bottom: str, one: int, three: tuple[int, int], five: tuple[int, int], last: int) -> str:
    at = f"inception_{name}"
    tops = [f"{at}/{each}" for each in ("1x1", "3x3", "5x5", "pool_proj")]
    bottoms = "\n  ".join(f'bottom: "{top}"' for top in tops)
    return (
        conv(tops[0], bottom, one, 1)
        + conv(f"{at}/3x3_reduce", bottom, three[0], 1)
        + conv(tops[1], f"{at}/3x3_reduce", three[1], 3, "pad: 1")
        + conv(f"{at}/5x5_reduce", bottom, five[0], 1)
        + conv(tops[2], f"{at}/5x5_reduce", five[1], 5, "pad: 2")
        + pool(f"{at}/pool", bottom, 3, 1, "MAX", "pad: 1")
        + conv(tops[3], f"{at}/pool", last, 1)
        + f'layer {{ name: "{at}/output" type: "Concat" {bottoms} top: "{at}/output" }}\n'
    )


MODULES = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}


def googlenet() -> str:
    text = (
        deploy(224)
        + conv("conv1/7x7_s2", "data", 64, 7, "pad: 3 stride: 2")
        + pool("pool1/3x3_s2", "conv1/7x7_s2", 3, 2)
        + layer("pool1/norm1", "LRN", "pool1/3x3_s2", "pool1/norm1", LRN)
        + conv("conv2/3x3_reduce", "pool1/norm1", 64, 1)
        + conv("conv2/3x3", "conv2/3x3_reduce", 192, 3, "pad: 1")
        + layer("conv2/norm2", "LRN", "conv2/3x3", "conv2/norm2", LRN)
        + pool("pool2/3x3_s2", "conv2/norm2", 3, 2)
    )
    bottom = "pool2/3x3_s2"
    for name, widths in MODULES.items():
        text += inception(name, bottom, *widths)
        bottom = f"inception_{name}/output"
        if name in ("3b", "4e"):
            text += pool(f"pool{name[0]}", bottom, 3, 2)
            bottom = f"pool{name[0]}"
    text += pool("pool5/7x7_s1", bottom, 7, 1, "AVE") + layer("pool5/drop", "Dropout", "pool5/7x7_s1", "pool5/7x7_s1")
    return text + dense("loss3/classifier", "pool5/7x7_s1", 1000) + layer("prob", "Softmax", "loss3/classifier", "prob")


def normed(name: str, bottom: str, filters: int, size: int, more: str = "", activated: bool = True) -> str:
    """A convolution as in ResNet: without bias, BatchNorm and Scale in place."""
    said = f"convolution_param {{ num_output: {filters} kernel_size: {size} bias_term: false {more} }}"
    text = layer(name, "Convolution", bottom, name, said)
    text += layer(f"bn_{name}", "BatchNorm", name, name, "batch_norm_param { use_global_stats: true }")
    text += layer(f"scale_{name}", "Scale", name, name, "scale_param { bias_term: true }")
    return text + (layer(f"{name}_relu", "ReLU", name, name) if activated else "")


def bottleneck(name: str, bottom: str, filters: int, stride: int, projected: bool) -> str:
    text, skip = "", bottom
    if projected:
        skip = f"res{name}_branch1"
        text += normed(skip, bottom, 4 * filters, 1, f"stride: {stride}", activated=False)
    a, b, c = (f"res{name}_branch2{part}" for part in "abc")
    text += normed(a, bottom, filters, 1, f"stride: {stride}") + normed(b, a, filters, 3, "pad: 1")
    text += normed(c, b, 4 * filters, 1, activated=False)
    text += f'layer {{ bottom: "{skip}" bottom: "{c}" top: "res{name}" name: "res{name}" type: "Eltwise" }}\n'
    return text + layer(f"res{name}_relu", "ReLU", f"res{name}", f"res{name}")


def resnet50() -> str:
    text = deploy(224) + normed("conv1", "data", 64, 7, "pad: 3 stride: 2") + pool("pool1", "conv1", 3, 2)
    bottom = "pool1"
    for stage, (filters, times) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), 2):
        for at in range(times):
            text += bottleneck(f"{stage}{'abcdef'[at]}", bottom, filters, 2 if at == 0 < stage - 2 else 1, at == 0)
            bottom = f"res{stage}{'abcdef'[at]}"
    return text + pool("pool5", bottom, 7, 1, "AVE") + dense("fc1000", "pool5", 1000)


PUBLISHED = {
    "caffenet": (CAFFENET, 60_965_224, (1000,)),
    "lenet": (LENET, 431_080, (10,)),
    "googlenet": (googlenet(), 6_998_552, (1000,)),
    "resnet-50": (resnet50(), 25_557_032 + 53_120, (1000,)),
}


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
