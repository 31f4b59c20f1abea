"""`cnnspec import` of Darknet's `.cfg` and Caffe's `.prototxt`: the spec that is written, and what is no network."""

import re
from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.cli.app import carried_out
from cnnspec.comparison.architecture import network_differences
from cnnspec.foreign.read import read_network
from tests.support.foreign_graphs import graph_of_network

CFG = """[net]
width=32
height=32
channels=3
[convolutional]
batch_normalize=1
filters=8
size=3
stride=2
pad=1
activation=leaky
[convolutional]
batch_normalize=1
filters=8
size=1
activation=leaky
[shortcut]
from=-2
activation=linear
[hologram]
depth=4
[convolutional]
filters=6
size=1
activation=linear
[yolo]
mask=0
[route]
layers=-3
[upsample]
stride=2
[route]
layers=-1
[convolutional]
filters=6
activation=linear
[yolo]
mask=1
"""
PROTOTXT = """name: "small"  # a comment
layer { name: "data" type: "Input" top: "data" input_param { shape: { dim: 1 dim: 3 dim: 30 dim: 30 } } }
layer { name: "c" type: "Convolution" bottom: "data" top: "c"
        convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }
layer { name: "r" type: "ReLU" bottom: "c" top: "c" }
layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "a" type: "Convolution" bottom: "p" top: "a" convolution_param { num_output: 4 kernel_size: 1 } }
layer { name: "b" type: "Convolution" bottom: "p" top: "b"
        convolution_param { num_output: 2 kernel_h: 3 kernel_w: 1 pad_h: 1 } }
layer { name: "cat" type: "Concat" bottom: "a" bottom: "b" top: "cat" }
layer { name: "odd" type: "Python" bottom: "cat" top: "odd" python_param { module: "os" } }
layer { name: "ip" type: "InnerProduct" bottom: "odd" top: "ip" inner_product_param { num_output: 5 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" include { phase: TRAIN } }
layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" include { phase: TEST } }
"""


def imported(folder: Path, name: str, text: str) -> tuple[int, Path]:
    """The exit code of an import, and the spec that it wrote."""
    (folder / name).write_text(text)
    target = folder / "out.yaml"
    try:
        code = carried_out(["import", str(folder / name), "-o", str(target)])
    except SystemExit as end:
        code = int(str(end.code))
    return code, target


@pytest.mark.parametrize(("name", "text"), [("small.cfg", CFG), ("small.prototxt", PROTOTXT)])
def test_the_spec_that_is_written_builds_the_network_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    """Held against a spec that names every layer and folds nothing."""
    code, target = imported(tmp_path, name, text)
    told = capsys.readouterr().err
    assert code == 1 and ("hologram" in told or "Python" in told)
    assert "1 layer is left out: the spec computes something else than the model" in told
    _, graph = analyse(str(target)).require()
    assert not network_differences(graph_of_network(read_network(tmp_path / name)), graph, titles=False)
    assert list(graph.outputs) == (["yolo1", "yolo2"] if "yolo" in text else ["output"])


WRONG = {
    "a.cfg": ("[convolutional]\nfilters=3\n", "it does not begin with [net]"),
    "b.cfg": ("\x00" * 100, "expected a [section] or key=value"),
    "c.cfg": ("#" * 5_000_000, "larger than 4,194,304 bytes"),
    "a.prototxt": ("layer { " * 1000, "more than 24 braces inside each other"),
    "b.prototxt": ("{" * 1000 + "}" * 1000, "expected the name of a field"),
    "c.prototxt": (PROTOTXT.replace("layer", "layer layer", 1), "expected the name of a field"),
    "d.prototxt": ("", "does not say the size of its input"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_network_is_told_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text, told = WRONG[name]
    code, target = imported(tmp_path, name, text)
    complained = capsys.readouterr().err
    assert code == 1 and not target.exists() and "Traceback" not in complained
    assert told in re.sub(r"\s+", " ", complained), complained
