"""Weights of networks that somebody else made: called otherwise, laid out otherwise, with another head."""

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import cnnspec
from cnnspec.backend.model.build import build_model
from cnnspec.backend.transfer.start import start
from cnnspec.graph.nodes import Graph
from cnnspec.results.transfer import Start, Transfer
from cnnspec.source.diagnostic import Diagnostic, Rejected
from cnnspec.weights.source import source_of
from tests.support.places import SHARED
from tests.support.spec_texts import graph_of
from tests.support.weight_files import keras_file, safetensors

LITE = SHARED / "imagenet-lite0"
MODEL = """
inputs: {image: [6, 6, 2]}
model:
  stem: [conv: {filters: 4, kernel_size: 3, norm: batch, activation: relu}]
  body: [depthwise_conv: {kernel_size: 3, depth_multiplier: 2}, prelu, conv: {filters: 4, kernel_size: 1}]
  head: [flatten, batch_norm, dense: {units: UNITS, activation: softmax}]
"""
GRAPH, WIDER = graph_of(MODEL.replace("UNITS", "3")), graph_of(MODEL.replace("UNITS", "5"))


def begun(graph: Graph, path: Path, *new: str, strict: bool = True) -> tuple[Any, Transfer]:
    """A network that starts from a file, and what was told of it."""
    model = build_model(graph, "small")
    source = source_of(cnnspec.load("digits").spec, Start(path, strict, new))
    assert source is not None
    return model, start(model, graph, source, {}, {})


def refusal(graph: Graph, path: Path, *new: str) -> Diagnostic:
    """Why a file cannot be started from."""
    with pytest.raises(Rejected) as refused:
        begun(graph, path, *new)
    (found,) = refused.value.diagnostics
    return found


def drawn(model: Any, seed: int = 0) -> Any:
    """The model with other weights, of either sign."""
    random = np.random.default_rng(seed)
    for variable in model.weights:
        numbers = random.normal(size=variable.shape)
        variable.assign(abs(numbers) + 0.5 if variable.name == "moving_variance" else numbers)
    return model


def theirs() -> Any:
    """The same network as somebody else writes it in Keras."""
    return keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            keras.layers.Conv2D(4, 3, use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.DepthwiseConv2D(3, depth_multiplier=2),
            keras.layers.PReLU(),
            keras.layers.Conv2D(4, 1),
            keras.layers.Flatten(),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(3),
            keras.layers.Softmax(),
        ]
    )


@pytest.fixture(scope="module")
def other() -> Any:
    """Somebody's trained model."""
    return drawn(theirs())


PICTURES = np.random.default_rng(1).normal(size=(4, 6, 6, 2)).astype("float32")


@pytest.mark.parametrize("form", [".keras", ".weights.h5", ".h5"])
def test_files_of_keras_give_the_same_outputs(form: str, other: Any, tmp_path: Path) -> None:
    """Its layers are called otherwise; the table says how many tensors each stage has from it."""
    path = tmp_path / f"other{form}"
    (other.save_weights if form == ".weights.h5" else other.save)(path)
    model, told = begun(GRAPH, path)
    assert np.abs(np.asarray(model(PICTURES)) - other(PICTURES)).max() < 1e-6
    assert told.way == "structure" and not told.unused
    assert [(stage.stage, stage.loaded.tensors) for stage in told.stages] == [("stem", 5), ("body", 5), ("head", 6)]


def in_pytorch(pictures: np.ndarray, tensors: dict[str, np.ndarray]) -> np.ndarray:
    """What PyTorch computes of pictures (n, 2, 6, 6), by sums over its own layout; logits."""

    def windows(held: np.ndarray, size: int) -> np.ndarray:
        return np.lib.stride_tricks.sliding_window_view(held, (size, size), axis=(2, 3))

    def normalised(held: np.ndarray, name: str) -> np.ndarray:
        shape = (1, -1, *[1] * (held.ndim - 2))
        mean, spread, scale, shift = (
            tensors[f"{name}.{part}"].reshape(shape) for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (held - mean) / np.sqrt(spread + 1e-3) * scale + shift

    held = np.einsum("ncyxij,ocij->noyx", windows(pictures, 3), tensors["conv1.weight"])
    held = np.maximum(normalised(held, "bn1"), 0)
    each = np.einsum("ncyxij,cmij->ncmyx", windows(held, 3), tensors["mix.depthwise.weight"].reshape(4, 2, 3, 3))
    held = each.reshape(len(pictures), 8, 2, 2) + tensors["mix.depthwise.bias"].reshape(1, -1, 1, 1)
    held = np.einsum("ncyx,oc->noyx", held, tensors["mix.point.weight"][:, :, 0, 0])
    held = (held + tensors["mix.point.bias"].reshape(1, -1, 1, 1)).reshape(len(pictures), -1)
    return normalised(held, "classifier.0") @ tensors["classifier.1.weight"].T + tensors["classifier.1.bias"]


def test_tensors_of_pytorch_are_turned(tmp_path: Path) -> None:
    """Convolutions, depthwise ones with a multiplier, dense layers, and what is flattened channels first."""
    graph = graph_of(MODEL.replace("prelu, ", "").replace("UNITS, activation: softmax", "3"))
    random = np.random.default_rng(2)
    shapes = {"conv1.weight": (4, 2, 3, 3), "mix.depthwise.weight": (8, 1, 3, 3), "mix.depthwise.bias": (8,)}
    shapes |= {"mix.point.weight": (4, 8, 1, 1), "mix.point.bias": (4,)}
    shapes |= {"classifier.1.weight": (3, 16), "classifier.1.bias": (3,)}
    for name, size in (("bn1", 4), ("classifier.0", 16)):
        shapes |= {f"{name}.{part}": (size,) for part in ("running_mean", "running_var", "weight", "bias")}
    tensors = {name: random.normal(size=shape) for name, shape in shapes.items()}
    tensors |= {name: abs(held) + 0.5 for name, held in tensors.items() if name.endswith("running_var")}
    path = safetensors(tmp_path / "other.safetensors", {**tensors, "bn1.num_batches_tracked": np.zeros(())})
    np.savez(tmp_path / "other.npz", **tensors)
    wanted = in_pytorch(PICTURES.transpose(0, 3, 1, 2), tensors)
    for file in (path, tmp_path / "other.npz"):
        model, told = begun(graph, file)
        assert told.count("loaded") == len(told.weights) and not told.unused
        assert np.abs(np.asarray(model(PICTURES)) - wanted).max() < 1e-4


def test_what_computes_the_same_in_other_layers_is_found(tmp_path: Path) -> None:
    """A group for each channel is depthwise, a dense layer a 1x1 convolution, a product with itself an activation."""
    image = keras.Input((6, 6, 2))
    made = keras.layers.Conv2D(4, 3)(image)
    made = keras.layers.Multiply()([made, keras.layers.Activation("sigmoid")(made)])
    made = keras.layers.Dense(6)(keras.layers.Conv2D(4, 3, groups=4)(made))
    other = drawn(keras.Model(image, keras.layers.GlobalAveragePooling2D()(made)))
    other.save(tmp_path / "other.keras")
    text = """
inputs: {image: [6, 6, 2]}
model:
  body: [conv: {filters: 4, kernel_size: 3, activation: swish}, depthwise_conv: 3, conv: {filters: 6, kernel_size: 1}]
  pool: [global_avg_pool]
"""
    ours, told = begun(graph_of(text), tmp_path / "other.keras")
    assert told.count("loaded") == 6
    assert np.abs(np.asarray(ours(PICTURES)) - other(PICTURES)).max() < 1e-5


def test_what_pytorch_has_in_an_order_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    """Flattened pictures among other numbers, and numbers that become a picture: their shapes would fit."""
    read = "inputs: {image: [4, 4, 3], more: [5]}\nmodel:\n  see: [flatten: {from: image}]\n"
    joined = f"{read}  all: [concat: {{from: [see, more]}}]\n  head: [dense: {{units: 2, from: all}}]\n"
    drawn_up = "inputs: {code: [5]}\nmodel:\n  grow: [dense: 32, reshape: [4, 4, 2]]\n"
    for text, shape in ((joined, (2, 53)), (drawn_up, (32, 5))):
        tensors = {"fc.weight": np.zeros(shape), "fc.bias": np.zeros(shape[0])}
        found = refusal(graph_of(text), safetensors(tmp_path / "net.safetensors", tensors))
        assert any("in which order PyTorch has its numbers is not known" in note.text for note in found.notes)


def test_statistics_of_pixels_are_taken_with_what_follows_them(tmp_path: Path) -> None:
    """Mean and variance count at once; a scale right after them, which is no layer here, is part of them."""
    scale = [0.5, 2.0]
    image = keras.Input((6, 6, 2))
    normalised = keras.layers.Normalization()(image)
    made = keras.layers.Rescaling(scale)(normalised)
    made = keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(made)))
    model = keras.Model(image, made)
    model.layers[1].set_weights([np.array([1.0, -1.0]), np.array([4.0, 0.25]), np.array(9)])
    model.layers[1].finalize_state()
    model.save(tmp_path / "other.keras")
    text = MODEL[: MODEL.index("  stem")] + "  scale: [normalization]\n  body: [conv: {filters: 4, kernel_size: 3}]\n"
    ours, told = begun(graph_of(f"{text}  head: [global_avg_pool, dense: 3]\n"), tmp_path / "other.keras")
    assert told.count("loaded") == 7
    wanted = np.asarray(keras.models.load_model(tmp_path / "other.keras")(PICTURES))
    assert np.abs(np.asarray(ours(PICTURES)) - wanted).max() < 1e-5


def test_another_head_needs_one_word(other: Any, tmp_path: Path) -> None:
    """Without it the error proposes the word; with it all else is loaded, and of the head what fits."""
    path = tmp_path / "other.keras"
    other.save(path)
    found = refusal(WIDER, path)
    assert found.code == "weights-differ" and found.message.startswith("2 of 16 weights are not in")
    assert "add --new head if that is to be new" in found.help
    _, told = begun(WIDER, path, "head")
    assert [(stage.loaded.tensors, stage.new.tensors) for stage in told.stages] == [(5, 0), (5, 0), (4, 2)]
    assert told.new == ("head",) and [name.partition("/")[2] for name, _ in told.unused] == ["0", "1"]
    assert refusal(WIDER, path, "haed").code == "unknown-name"


def test_the_weights_of_another_network_are_refused_at_the_stage_that_differs(tmp_path: Path) -> None:
    """Which comes first is said, in Keras' files and in lists of tensors."""
    text = MODEL.replace("UNITS", "3").replace("kernel_size: 1}", "kernel_size: 2}")
    for name in ("stem", "body", "head"):
        text = text.replace(f"{name}:", f"their_{name}:")
    build_model(graph_of(text), "x").save(tmp_path / "wide.keras")
    found = refusal(GRAPH, tmp_path / "wide.keras")
    assert found.code == "weights-differ" and "body is the first stage that differs" in found.message
    assert "probably" not in found.help


TWINS = graph_of("""
inputs: {image: [6, 6, 2]}
model:
  body: [global_avg_pool, parallel: {branches: {one: [dense: 4], two: [dense: 4]}}, dense: {units: 2}]
""")


@pytest.mark.parametrize("form", [".weights.h5", ".safetensors"])
def test_kinds_and_shapes_that_fit_are_not_said_to_differ(form: str, tmp_path: Path) -> None:
    """That nothing tells the order is said, and with Keras' weights alone that a whole model would."""
    dense = {"dense": (2, 4), "dense_1": (2, 4), "dense_2": (8, 2)}
    path = tmp_path / f"net{form}"
    if form == ".weights.h5":
        keras_file(path, {name: [np.zeros(shape), np.zeros(shape[1])] for name, shape in dense.items()})
    else:
        kernels = {f"{name}.kernel": np.zeros(shape) for name, shape in dense.items()}
        safetensors(path, kernels | {f"{name}.bias": np.zeros(shape[1]) for name, shape in dense.items()})
    found = refusal(TWINS, path)
    assert "has layers of the kinds and shapes of this network, but nothing tells which is which" in found.message
    assert any("it could be dense or dense_1" in note.text for note in found.notes)
    whole = (
        "a .weights.h5 has no order between layers of different kinds: save the whole model instead, as .keras or .h5"
    )
    assert (whole in found.help) == (form == ".weights.h5") and "cnnspec weights map" in found.help


@pytest.mark.parametrize("convolved", [True, False])
def test_two_layers_of_a_file_for_one_here_are_named(convolved: bool, tmp_path: Path) -> None:
    """Whether that is all there is, or the rest is found."""
    entries = f"[{'conv: {filters: 3, kernel_size: 3}, ' if convolved else ''}global_avg_pool, dense: {{units: 3}}]"
    read = 3 if convolved else 2
    tensors = {f"{name}.kernel": np.zeros((read, 3)) for name in ("red", "blue")}
    tensors |= {f"{name}.bias": np.zeros(3) for name in ("red", "blue")}
    tensors |= {"conv.kernel": np.zeros((3, 3, 2, 3)), "conv.bias": np.zeros(3)} if convolved else {}
    path = safetensors(tmp_path / "two.safetensors", tensors)
    found = refusal(graph_of(f"inputs: {{image: [6, 6, 2]}}\nmodel:\n  body: {entries}\n"), path)
    assert "nothing tells which" in found.message
    assert any(re.search(r"dense1: it could be (blue or red|red or blue)$", note.text) for note in found.notes)
    assert not any("order" in note.text for note in found.notes)


def test_where_most_is_missing_another_network_is_thought_of_first(tmp_path: Path) -> None:
    """The command to look with stands before the words that leave weights to be drawn."""
    path = safetensors(tmp_path / "other.safetensors", {"stem.conv1.kernel": np.zeros((3, 3, 2, 4))})
    found = refusal(GRAPH, path)
    assert found.message.startswith("15 of 16 weights are not in")
    first, _, last = found.help.partition("cnnspec weights map")
    assert first.startswith("these are probably the weights of another network") and "--partial" in last


@pytest.mark.skipif(not LITE.is_dir(), reason="needs real weights of EfficientNet-Lite0, beside the checkout")
def test_real_weights_know_what_is_on_a_picture() -> None:
    """Both forms of EfficientNet-Lite0 load whole and agree; the butterfly on the flower is one, 324, with 0.52."""
    graph = cnnspec.load("efficientnet-lite").graph
    picture = keras.utils.load_img(SHARED / "odd-images" / "pillow" / "flower2.jpg", target_size=(224, 224))
    outputs = []
    for form in ("keras", "safetensors"):
        model, told = begun(graph, LITE / f"efficientnet_lite0.{form}")
        assert told.count("loaded") == len(told.weights) and not told.unused
        outputs.append(np.asarray(model(np.array(picture, "float32")[None]))[0])
    assert np.abs(outputs[0] - outputs[1]).max() < 1e-5
    assert outputs[0].argmax() == 324 and outputs[0].max() == pytest.approx(0.52, abs=0.01)
