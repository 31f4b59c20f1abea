"""Worked examples are what Keras and NumPy compute; workings add up."""

import math
import re
from collections.abc import Iterator

import keras
import numpy as np
import pytest

from cnnspec.analysis import analyse
from cnnspec.graph.nodes import Graph
from cnnspec.language.bundled import bundled_names
from cnnspec.language.spec import Spec
from cnnspec.layers import LAYERS
from cnnspec.layers.formulas.reading import read_term
from cnnspec.layers.formulas.working_out import work_out
from cnnspec.reports.explain.explain import explain
from cnnspec.reports.explain.explanation import Explanation
from cnnspec.reports.explain.ideas import IDEAS, convolution, pooling, tokens
from cnnspec.reports.explain.ideas.neuron import BIAS, INPUTS, WEIGHTS
from cnnspec.reports.explain.parts import Drawing, Figures, Grid, Part, Points

SPEC = """cnnspec: 1
name: ideas
inputs: {image: [12, 12, 4]}
model:
  conv: [conv: {filters: 4, kernel_size: 3, strides: 2, padding: same, norm: batch, activation: tanh}]
  pools: [max_pool: 2, avg_pool: {pool_size: 2, strides: 1}]
  drop: [dropout: 0.25]
  steps: [{reshape: [-1, 4]}, {multi_head_attention: {num_heads: 2, key_dim: 2}}, lstm: 3]
  head: [dense: {units: 3, activation: softmax}]
training: {epochs: 1, batch_size: 16, loss: auto, optimizer: sgd}
"""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> tuple[Spec, Graph]:
    path = tmp_path_factory.mktemp("ideas") / "ideas.yaml"
    path.write_text(SPEC)
    return analyse(str(path)).require()


def parts_of(found: Explanation) -> Iterator[Part]:
    return (part for section in found.sections for part in section.parts)


def grids(found: Explanation) -> dict[str, list[str]]:
    """Rows of all tables by their first cell."""
    return {row[0]: list(row[1:]) for part in parts_of(found) if isinstance(part, Grid) for row in part.rows}


def numbers(row: list[str]) -> list[float]:
    return [float(cell) for cell in row]


def test_every_idea_is_that_of_some_layer_and_has_its_module() -> None:
    named = {layer.idea for layer in LAYERS.values() if layer.idea}
    assert named | {"skip connection"} == set(IDEAS)


@pytest.mark.parametrize(("padding", "stride"), [("valid", 1), ("same", 1), ("same", 2)])
def test_the_convolution_on_a_picture_of_5_x_5_is_keras(padding: str, stride: int) -> None:
    picture = np.array(convolution.PICTURE, np.float32)[None, :, :, None]
    kernel = np.array(convolution.KERNEL, np.float32)[:, :, None, None]
    says = np.array(keras.ops.conv(picture, kernel, strides=stride, padding=padding))[0, :, :, 0]
    assert convolution.worked(padding, stride)[1] == says.tolist()


@pytest.mark.parametrize(("place", "mode"), [("pools.max_pool1", "max"), ("pools.avg_pool1", "mean")])
def test_the_pool_on_a_picture_of_4_x_4_is_numpy(place: str, mode: str, network: tuple[Spec, Graph]) -> None:
    picture = np.array(pooling.PICTURE, float).reshape(2, 2, 2, 2)
    says = getattr(picture.swapaxes(1, 2).reshape(2, 2, 4), mode)(axis=-1)
    drawings = [part for part in parts_of(explain(*network, place)) if isinstance(part, Drawing)]
    drawn = next(each for each in drawings if "window" in each.title)
    rows = [[float(cell) for cell in line.split()] for line in drawn.lines[1:3]]
    assert [row[4:] for row in rows] == says.tolist()


def test_the_neuron_is_a_dot_product(network: tuple[Spec, Graph]) -> None:
    drawn = next(part for part in parts_of(explain(*network, "head.dense1")) if isinstance(part, Drawing))
    assert any(line.endswith(f"= {np.dot(INPUTS, WEIGHTS) + BIAS:.10g}") for line in drawn.lines)


def test_softmax_and_the_slope_of_a_curve_are_those_of_keras(network: tuple[Spec, Graph]) -> None:
    """A slope is the derivative to four decimals."""
    soft = grids(explain(*network, "head.dense1.activation"))
    assert numbers(soft["y"]) == pytest.approx(np.array(keras.ops.softmax(np.array(numbers(soft["x"])))), abs=5e-5)
    curve = grids(explain(*network, "conv.conv1.activation"))
    x = np.array(numbers(curve["x"]))
    assert numbers(curve["y"]) == pytest.approx(np.tanh(x), abs=1e-4)
    assert numbers(curve["slope"]) == pytest.approx(1 - np.tanh(x) ** 2, abs=1e-4)


def test_the_batch_of_four_numbers_is_what_batch_normalisation_makes_of_them(network: tuple[Spec, Graph]) -> None:
    rows = grids(explain(*network, "conv.conv1.batch_norm"))
    layer = keras.layers.BatchNormalization()
    layer.build((None, 1))
    layer.gamma.assign([2.0]), layer.beta.assign([1.0])
    says = np.array(layer(np.array(numbers(rows["x"]), np.float32)[:, None], training=True))[:, 0]
    assert numbers(rows["y"]) == pytest.approx(says, abs=1e-4)


def test_a_batch_has_its_size_times_its_places_of_numbers(network: tuple[Spec, Graph]) -> None:
    text = " ".join(str(explain(*network, "conv.conv1.batch_norm")).split())
    assert "with batches of 16 a mean is over 16 · 36 = 576 numbers" in text


def test_cross_entropy_is_that_of_keras(network: tuple[Spec, Graph]) -> None:
    """The loss of its example, its gradient, and what somebody has who knows nothing."""
    found = explain(*network, "training.loss")
    rows = grids(found)
    scores, label = np.array([numbers(rows["score s"])]), np.array([numbers(rows["label, one-hot"])])
    loss = float(keras.losses.CategoricalCrossentropy(from_logits=True)(label, scores))
    assert f"= {loss:.4f}" in str(found) and f"ln 3 = {math.log(3):.4f}" in " ".join(str(found).split())
    shares = np.exp(scores) / np.exp(scores).sum()
    assert numbers(rows["gradient g"]) == pytest.approx((shares - label)[0], abs=5e-5)


def test_attention_gathers_the_mean_that_its_weights_make(network: tuple[Spec, Graph]) -> None:
    place = "steps.multi_head_attention1"
    rows = grids(explain(*network, place))
    scores = np.array([[2.0, 0.0]]) @ np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0]]).T / math.sqrt(2)
    weights = np.exp(scores) / np.exp(scores).sum()
    assert numbers(rows["score"]) == pytest.approx(scores[0], abs=5e-5)
    assert numbers(rows["weight"]) == pytest.approx(weights[0], abs=5e-5)
    said = re.search(r"It gathers .* = ([\d.]+)\.", " ".join(str(explain(*network, place)).split()))
    assert said and float(said[1]) == pytest.approx(float((weights @ np.array(numbers(rows["value"])))[0]), abs=1e-3)


def test_dropout_sets_to_zero_or_divides_and_does_nothing_afterwards(network: tuple[Spec, Graph]) -> None:
    rows = grids(explain(*network, "drop.dropout1"))
    for step in (1, 2):
        drawn, given = numbers(rows[f"m, step {step}"]), numbers(rows[f"y, step {step}"])
        assert given == pytest.approx([m / 0.75 for m in drawn], abs=1e-4) and 0 < sum(drawn) < len(drawn)
    assert rows["y, afterwards"] == rows["x"]


def test_a_one_hot_row_times_the_table_is_its_row() -> None:
    spec, graph = analyse("textcnn").require()
    found = explain(spec, graph, "embed.embedding1")
    drawn = next(part for part in parts_of(found) if isinstance(part, Drawing))
    rows = np.array([[float(cell) for cell in line.split()] for line in drawn.lines[1:]])
    hot, table, given = rows[:, :5], rows[:, 5:7], rows[:, 7:]
    assert (hot @ table == given).all() and (hot.sum(axis=1) == 1).all()
    assert tokens.vocabulary() == ["", "[UNK]", "a", "fine", "film"]


def workings(found: Explanation) -> Iterator[str]:
    for part in parts_of(found):
        if isinstance(part, Figures):
            yield from (piece for row in part.rows for piece in row.working.split("; "))
        if isinstance(part, Points):
            yield from part.items


_WORKING = re.compile(r"((?:floor\()?[\d(][\d ()+·/,-]*) = ([\d,]+)(?![\d.]* %)")


def worked(text: str) -> bool | None:
    """Whether what stands before an equals sign is what stands after it; None where there is nothing to work out."""
    match = _WORKING.search(text)
    if match is None:
        return None
    left = read_term(match[1].replace("·", "*").replace(",", ""))
    return math.isclose(work_out(left, {}), int(match[2].replace(",", "")))


@pytest.mark.parametrize("name", bundled_names())
def test_every_working_adds_up(name: str) -> None:
    """Of some layers of each bundled network: the sum before an equals sign is the number after it."""
    spec, graph = analyse(name).require()
    names = [node.name for node in graph.nodes[1 :: max(1, len(graph.nodes) // 8)]]
    tried = {text: worked(text) for where in names for text in workings(explain(spec, graph, where))}
    assert False not in tried.values(), [text for text, holds in tried.items() if holds is False]
    assert True in tried.values()
