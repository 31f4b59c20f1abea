"""What a normalization learns from the data is what Keras' adapt finds, in one process and on the whole array.

Its moments of batches are NumPy's of the whole, wherever the batches are cut and however far from 0 the numbers lie.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.splits import Split
from cnnspec.backend.model.adapt import Moments, adapt, refresh, words
from cnnspec.backend.model.build import build_model, connect, model_of
from cnnspec.backend.model.faster import FASTER
from cnnspec.graph.learners import turns
from cnnspec.graph.nodes import Graph
from tests.support.often import examples
from tests.support.small_runs import written_spec

ROWS = 30
RANDOM = np.random.default_rng(0)
X = RANDOM.normal([3.0, -7.0, 0.5], [1.0, 4.0, 0.01], (ROWS, 3)).astype("float32")
Y = RANDOM.normal(100.0, 5.0, (ROWS, 2)).astype("float32")
PICTURES = RANDOM.integers(0, 256, (ROWS, 4, 5, 3))
TEXTS = RANDOM.integers(0, 6, (ROWS, 4)).astype("int32")
SERIES = RANDOM.normal(2.0, 3.0, (ROWS, 7, 3)).astype("float32")

NETWORKS: dict[str, tuple[str, str, Mapping[str, Any]]] = {
    "columns": ("{x: [3]}", "[normalization, dense: 2]", {"x": X}),
    "one mean for all": ("{x: [3]}", "[normalization: {axis: null}, dense: 2]", {"x": X}),
    "undone": ("{x: [3]}", "[normalization: {invert: true}, dense: 2]", {"x": X}),
    "channels": ("{x: [4, 5, 3]}", "[normalization, flatten, dense: 2]", {"x": PICTURES}),
    "places and channels": ("{x: [4, 5, 3]}", "[normalization: [3, 1], flatten, dense: 2]", {"x": PICTURES}),
    "every number": ("{x: [4, 5, 3]}", "[normalization: [1, 2, 3], flatten, dense: 2]", {"x": PICTURES}),
    "rescaled first": (
        "{x: [4, 5, 3]}",
        '[rescaling: "${1 / 255}", normalization, flatten, dense: 2]',
        {"x": PICTURES},
    ),
    "twice": ("{x: [3]}", "[normalization, rescaling: 5, normalization: {axis: null}, dense: 2]", {"x": X}),
    "bytes": ("{x: {shape: [4, 5, 3], dtype: uint8}}", "[normalization, flatten, dense: 2]", {"x": PICTURES}),
    "integers": ("{x: {shape: [4], dtype: int32}}", "[normalization, dense: 2]", {"x": TEXTS}),
    "an unknown length": ("{x: [null, 3]}", "[normalization, global_avg_pool, dense: 2]", {"x": SERIES}),
    "after dropout": ("{x: [3]}", "[dropout: 0.9, normalization, dense: 2]", {"x": X}),
    "after weights that stay": (
        "{x: {shape: [4], dtype: int32}}",
        "[embedding: {input_dim: 6, output_dim: 3, trainable: false}, normalization, flatten, dense: 2]",
        {"x": TEXTS},
    ),
    "one of two inputs": (
        "{x: [3], y: [2]}",
        "{one: [normalization: {from: x}], all: [concat: {from: [one, y]}, dense: 2]}",
        {"x": X, "y": Y},
    ),
    "each input and their concat": (
        "{x: [3], y: [2]}",
        "{one: [normalization: {from: x}], two: [normalization: {from: y, axis: null}], "
        "all: [concat: {from: [one, two]}, normalization, dense: 2]}",
        {"x": X, "y": Y},
    ),
}


def learnt(
    graph: Graph,
    inputs: Mapping[str, Any],
    batch_size: int = 7,
    precision: str = "float32",
    known: Collection[str] = (),
) -> tuple[Any, dict[str, str]]:
    """The network for training with what it has learnt of these inputs, and what was said of it."""
    keras.utils.set_random_seed(1)
    tensors = connect(graph, precision, FASTER)
    model = model_of(graph, "small", tensors)
    rows = len(next(iter(inputs.values())))
    split = Split("train", inputs, {name: np.zeros(rows, "int64") for name in graph.outputs})
    batches = Batches(split, {name: graph.dtypes.get(name, "float32") for name in inputs}, graph.named_outputs)
    return model, adapt(model, graph, tensors, batches, batch_size, known)


def adapted(graph: Graph, inputs: Mapping[str, Any]) -> Any:
    """A network of Keras' own layers, each adapted to the whole of what those before it make of the inputs."""
    keras.utils.set_random_seed(1)
    model = build_model(graph, "small")
    given = {name: array.astype(graph.dtypes.get(name, "float32")) for name, array in inputs.items()}
    alone = given if len(given) > 1 else next(iter(given.values()))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.adapt(np.asarray(keras.Model(model.input, layer.input)(alone)))
    return model


@pytest.mark.parametrize("name", NETWORKS)
def test_statistics_are_those_of_keras_adapt(name: str, tmp_path: Path) -> None:
    """The same variables, and the same outputs of the whole network, whose other weights are drawn from one seed."""
    inputs, model, arrays = NETWORKS[name]
    _, graph = written_spec(tmp_path, f"inputs: {inputs}\nmodel: {model}\n")
    (ours, said), theirs = learnt(graph, arrays), adapted(graph, arrays)
    normalizations = [layer for layer in theirs.layers if isinstance(layer, keras.layers.Normalization)]
    assert list(said) == [layer.name for layer in normalizations] and said
    for layer in normalizations:
        mine = ours.get_layer(layer.name)
        np.testing.assert_allclose(mine.adapt_mean, layer.adapt_mean, rtol=2e-5, atol=5e-5)
        np.testing.assert_allclose(mine.adapt_variance, layer.adapt_variance, rtol=2e-4, atol=1e-5)
    read = list(arrays.values()) if len(arrays) == 1 else [dict(arrays)]
    np.testing.assert_allclose(ours(read[0]), theirs(read[0]), rtol=1e-3, atol=1e-4)


@settings(max_examples=examples(8, 15), deadline=None)
@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    rows=st.integers(1, 9),
    batch_size=st.integers(1, 10),
    kind=st.sampled_from(["float32", "int32", "uint8"]),
    seed=st.integers(0, 99),
    data=st.data(),
)
def test_statistics_of_an_input_are_those_of_numpy(
    shape: list[int], rows: int, batch_size: int, kind: str, seed: int, data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    """For any axes, any type, any number of examples and wherever batches are cut."""
    axes = data.draw(st.one_of(st.none(), st.lists(st.integers(1, len(shape)), min_size=1, unique=True)))
    written = "{axis: null}" if axes is None else str(axes)
    text = f"inputs: {{x: {{shape: {shape}, dtype: {kind}}}}}\nmodel: [normalization: {written}, flatten, dense: 2]\n"
    _, graph = written_spec(tmp_path_factory.mktemp("drawn"), text)
    array = np.random.default_rng(seed).integers(0, 200, (rows, *shape)).astype(kind)
    model, _ = learnt(graph, {"x": array}, batch_size)
    others = tuple(axis for axis in range(array.ndim) if axis not in (axes or ()))
    layer = next(each for each in model.layers if isinstance(each, keras.layers.Normalization))
    np.testing.assert_allclose(layer.adapt_mean, array.mean(axis=others), rtol=1e-6)
    np.testing.assert_allclose(layer.adapt_variance, array.var(axis=others), rtol=1e-5, atol=1e-6)


def test_a_layer_that_is_used_again_learns_of_all_that_it_reads(tmp_path: Path) -> None:
    text = (
        "inputs: {x: [3], y: [3]}\nmodel:\n  one: [normalization: {from: x}]\n  two: [reuse: {entry: one, from: y}]\n"
        "  all: [subtract: {from: [one, two]}, normalization, dense: 2]\n"
    )
    _, graph = written_spec(tmp_path, text)
    other = X[::-1] * 3 + 1
    model, said = learnt(graph, {"x": X, "y": other})
    shared = model.get_layer(next(iter(said)))
    theirs = keras.layers.Normalization()
    theirs.adapt(np.concatenate([X, other]))
    np.testing.assert_allclose(shared.adapt_mean, theirs.adapt_mean, rtol=1e-5)
    np.testing.assert_allclose(shared.adapt_variance, theirs.adapt_variance, rtol=1e-5)
    assert len(turns(graph)) == 2 and len(said) == 2


def test_statistics_stay_exact_where_the_rest_computes_in_16_bits(tmp_path: Path) -> None:
    _, graph = written_spec(tmp_path, "inputs: {x: [3]}\nmodel: [rescaling: 2, normalization, dense: 2]\n")
    model, _ = learnt(graph, {"x": X}, precision="mixed_bfloat16")
    layer = next(each for each in model.layers if isinstance(each, keras.layers.Normalization))
    np.testing.assert_allclose(layer.adapt_mean, 2 * X.astype("float64").mean(axis=0), rtol=1e-6)


@pytest.mark.parametrize(
    ("layer", "known"), [("normalization: {mean: 1, variance: 2}", []), ("dropout: 0.1", []), ("normalization", ["n"])]
)
def test_where_nothing_is_to_be_learnt_no_data_is_read(
    layer: str, known: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where mean and variance are given, or come from elsewhere."""
    _, graph = written_spec(tmp_path, f"inputs: {{x: [3]}}\nmodel: [{layer}, dense: 2]\n")
    monkeypatch.setattr(Batches, "over", lambda *read: pytest.fail("the data is read"))
    assert learnt(graph, {"x": X}, known=[graph.nodes[1].name] if known else [])[1] == {}


def test_a_layer_goes_by_variables_that_were_given_other_values_once_it_is_refreshed(tmp_path: Path) -> None:
    """Keras' own computes with what they were when they were read last."""
    _, graph = written_spec(tmp_path, "inputs: {x: [3]}\nmodel: [normalization]\n")
    model, _ = learnt(graph, {"x": X})
    model.layers[1].adapt_mean.assign([1.0, 2.0, 3.0])
    model.layers[1].adapt_variance.assign([4.0, 4.0, 4.0])
    assert not np.allclose(model(X), (X - [1, 2, 3]) / 2)
    refresh(model)
    np.testing.assert_allclose(model(X), (X - [1, 2, 3]) / 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("mean", "variance", "said"),
    [
        (np.array(1.23456), np.array(2.0), "mean 1.235, variance 2"),
        (np.array([1.0, 2.0]), np.array([0.0, 4.0]), "mean 1, 2, variance 0, 4, 1 of 2 without any spread"),
        (np.arange(4.0), np.ones(4), "4 means from 0 to 3, variances from 1 to 1"),
    ],
)
def test_what_was_learnt_is_said_in_numbers(mean: np.ndarray, variance: np.ndarray, said: str) -> None:
    assert words(mean, variance) == said


@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    cuts=st.lists(st.integers(0, 12), max_size=4),
    seed=st.integers(0, 99),
    centre=st.sampled_from([0.0, -3.0, 1e6]),
    data=st.data(),
)
def test_moments_of_batches_are_those_of_the_whole(
    shape: list[int], cuts: list[int], seed: int, centre: float, data: st.DataObject
) -> None:
    whole = np.random.default_rng(seed).normal(centre, 2.0, (12, *shape))
    kept = data.draw(st.sets(st.sampled_from(range(1, whole.ndim))) if shape else st.just(set[int]()))
    moments = Moments(sorted(kept))
    for batch in np.split(whole, sorted(cuts)):
        moments.add(batch)
    others = tuple(axis for axis in range(whole.ndim) if axis not in kept)
    np.testing.assert_allclose(moments.mean, whole.mean(axis=others), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(moments.variance, whole.var(axis=others), rtol=1e-8)


def test_numbers_that_are_all_alike_have_no_variance_at_all() -> None:
    """Not even a rounded one, by which a network would divide."""
    moments = Moments([1])
    for rows in (7, 1, 5):
        moments.add(np.full((rows, 2), 0.1, np.float32))
    assert moments.variance.tolist() == [0.0, 0.0] and moments.mean.tolist() == [np.float32(0.1)] * 2


def test_integers_are_counted_exactly_where_single_precision_would_round_them() -> None:
    moments = Moments([])
    moments.add(np.array([2**24 + 1, 2**24 + 3], np.int32))
    assert (float(moments.mean), float(moments.variance)) == (2**24 + 2, 1.0)
