"""Synthetic data has the network's shapes, depends on the seed alone, and can be learnt, but never to perfection."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import NearestCentroid

from cnnspec.backend.data.load import load_dataset
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.sources.synthetic import synthetic
from cnnspec.backend.data.splits import Dataset
from cnnspec.backend.model.build import build_model
from cnnspec.graph.nodes import Graph
from cnnspec.language.sources.synthetic import Synthetic
from tests.support.spec_texts import graph_of
from tests.support.text_columns import refusal

SOFTMAX = "dense: {units: %d, activation: softmax}"
SIGMOID = "dense: {units: %d, activation: sigmoid}"


def network(shape: str, head: str, dtype: str = "float32", before: str = "flatten") -> Graph:
    return graph_of(f"inputs: {{x: {{shape: {shape}, dtype: {dtype}}}}}\nmodel: [{before}, {head}]")


def draw(graph: Graph, seed: int = 1, **counts: Any) -> Dataset:
    return synthetic(Synthetic(source="synthetic", **counts), graph, DataFolder(Path()), seed)


def arrays(dataset: Dataset) -> list[Any]:
    return [array for split in dataset.splits for array in (*split.inputs.values(), *split.labels.values())]


@pytest.mark.parametrize(
    ("shape", "dtype", "before"),
    [
        ("[7]", "float32", "identity"),
        ("[32, 1]", "float32", "flatten"),
        ("[6, 5, 3]", "float32", "flatten"),
        ("[4, 4, 4, 2]", "float16", "flatten"),
        ("[6, 5, 3]", "uint8", "flatten"),
        ("[6, 5, 3]", "int8", "flatten"),
        ("[9]", "int32", "embedding: {input_dim: 50, output_dim: 2}, flatten"),
        ("[9]", "float32", "embedding: {input_dim: 50, output_dim: 2}, flatten"),
        ("[9]", "int32", "one_hot: 12, flatten"),
        ("[9]", "bool", "identity"),
    ],
)
def test_examples_have_the_shape_and_type_of_the_input(shape: str, dtype: str, before: str) -> None:
    graph = network(shape, SOFTMAX % 3, dtype, before)
    split = draw(graph, train=30).train
    inputs, labels = split.inputs["x"], split.labels["output"]
    assert isinstance(inputs, np.ndarray) and inputs.shape[1:] == graph.nodes[graph.inputs["x"]].output
    assert len(inputs) == len(labels) == 30 and np.isfinite(inputs.astype(float)).all()
    assert inputs.dtype.kind == ("i" if "embedding" in before or "one_hot" in before else np.dtype(dtype).kind)
    if inputs.dtype.kind != "b":
        assert len(np.unique(inputs)) > 5


@pytest.mark.parametrize(
    ("head", "labels", "dtype", "classes"),
    [
        (SOFTMAX % 4, (20,), "i", "0123"),
        (SIGMOID % 1, (20,), "i", "01"),
        (SIGMOID % 3, (20, 3), "i", "012"),
        ("dense: 1", (20, 1), "f", ""),
        ("dense: 5", (20, 5), "f", ""),
        ("reshape: [2, 6], " + SOFTMAX % 3, (20, 2), "i", "012"),
        ("reshape: [2, 6], " + SIGMOID % 3, (20, 2, 3), "i", "012"),
    ],
)
def test_labels_are_what_the_output_learns(head: str, labels: tuple[int, ...], dtype: str, classes: str) -> None:
    dataset = draw(network("[12]", head, before="identity"), train=20)
    found = dataset.train.labels["output"]
    assert found.shape == labels and found.dtype.kind == dtype
    assert dataset.classes.get("output", ()) == tuple(classes)


def test_the_seed_decides_everything_and_each_split_has_its_own_examples() -> None:
    graph = network("[16, 1]", SOFTMAX % 3)
    counts = {"train": 40, "validation": 20, "test": 20}
    one, again, other = draw(graph, 1, **counts), draw(graph, 1, **counts), draw(graph, 2, **counts)
    assert all(np.array_equal(a, b) for a, b in zip(arrays(one), arrays(again), strict=True))
    assert not np.array_equal(one.train.inputs["x"], other.train.inputs["x"])
    assert one.validation is not None and one.test is not None
    assert not np.array_equal(one.validation.inputs["x"], one.test.inputs["x"])


def test_a_larger_training_split_changes_no_other_split() -> None:
    graph = network("[16, 1]", SOFTMAX % 3)
    small, large = draw(graph, train=20, test=20), draw(graph, train=2000, test=20)
    assert small.test is not None and large.test is not None
    assert np.array_equal(small.test.inputs["x"], large.test.inputs["x"])


def test_classes_are_as_often_as_each_other() -> None:
    labels = draw(network("[16, 1]", SOFTMAX % 7), train=100).train.labels["output"]
    assert np.bincount(labels).tolist() == [15, 15, 14, 14, 14, 14, 14]


@pytest.mark.parametrize(("shape", "classes"), [("[40]", 2), ("[128, 1]", 4), ("[12, 12, 3]", 10), ("[6, 6, 6, 1]", 3)])
def test_classes_can_be_told_apart_most_of_the_time(shape: str, classes: int) -> None:
    """By the nearest class mean, on examples that it has not seen: far better than chance, yet not always."""
    dataset = draw(network(shape, SOFTMAX % classes), train=800, test=400)
    scores = scored(NearestCentroid(), dataset)
    assert 0.85 < scores < 0.995


@pytest.mark.parametrize(("rows", "classes"), [(2000, 4), (100, 2), (12, 2), (4, 3)])
def test_classes_of_texts_have_words_of_their_own(rows: int, classes: int) -> None:
    graph = network("[60]", SOFTMAX % classes, "int32", f"embedding: {{input_dim: {rows}, output_dim: 2}}, flatten")
    dataset = draw(graph, train=600, test=300)
    ids = [split.inputs["x"] for split in dataset.splits]
    assert all(each.min() >= 0 and each.max() < rows for each in ids)
    counts = [np.stack([np.bincount(row, minlength=rows) for row in each]) for each in ids]
    model = MultinomialNB().fit(counts[0], dataset.train.labels["output"])
    assert dataset.test is not None
    assert 1.5 / classes < model.score(counts[1], dataset.test.labels["output"]) < 0.995


@pytest.mark.parametrize(("shape", "units"), [("[40]", 1), ("[64, 1]", 3), ("[8, 8, 3]", 2)])
def test_numbers_follow_from_the_inputs_by_a_linear_map(shape: str, units: int) -> None:
    dataset = draw(network(shape, f"dense: {units}"), train=800, test=400)
    assert 0.8 < scored(Ridge(), dataset) < 0.999


def test_each_of_several_classes_can_be_told_by_itself() -> None:
    dataset = draw(network("[64, 1]", SIGMOID % 3), train=800, test=400)
    assert dataset.test is not None
    train, test = (flat(split.inputs["x"]) for split in (dataset.train, dataset.test))
    for column in range(3):
        model = NearestCentroid().fit(train, dataset.train.labels["output"][:, column])
        assert 0.75 < model.score(test, dataset.test.labels["output"][:, column]) < 0.995


def flat(inputs: Any) -> Any:
    return inputs.reshape(len(inputs), -1)


def scored(model: Any, dataset: Dataset) -> float:
    assert dataset.test is not None
    model.fit(flat(dataset.train.inputs["x"]), dataset.train.labels["output"])
    return float(model.score(flat(dataset.test.inputs["x"]), dataset.test.labels["output"]))


@pytest.mark.parametrize(
    ("rescaling", "lowest", "highest"),
    [("0.00392156862745098", 0, 255), ("{scale: 0.00784313725490196, offset: -1}", 0, 255), ("0.0625", 0, 16)],
)
def test_what_a_rescaling_reads_is_in_its_range(rescaling: str, lowest: float, highest: float) -> None:
    graph = network("[8, 8, 3]", SOFTMAX % 2, before=f"rescaling: {rescaling}, flatten")
    pixels = draw(graph, train=50).train.inputs["x"]
    assert isinstance(pixels, np.ndarray)
    assert lowest - 0.01 <= pixels.min() < 0.1 * highest and 0.9 * highest < pixels.max() <= highest + 0.01


def test_patterns_are_smooth() -> None:
    """Neighbours along a signal are far more alike, on average over a class, than places far apart."""
    dataset = draw(network("[128, 1]", SOFTMAX % 2), train=4000)
    inputs, labels = dataset.train.inputs["x"], dataset.train.labels["output"]
    mean = flat(inputs)[labels == 1].mean(axis=0)
    assert np.abs(np.diff(mean)).mean() < 0.4 * np.abs(mean - np.roll(mean, 40)).mean()


def test_several_inputs_and_outputs_speak_of_the_same_example() -> None:
    graph = graph_of(
        "inputs: {a: [16, 1], b: {shape: [20], dtype: int32}}\n"
        "model:\n"
        "  left: [flatten: {from: a}]\n"
        "  right: [embedding: {from: b, input_dim: 90, output_dim: 2}, flatten]\n"
        "  both: [concat: {from: [left, right]}]\n"
        "  kind: [dense: {units: 3, activation: softmax}]\n"
        "  size: [dense: {from: both, units: 1}]\n"
        "outputs: {kind: kind, size: size}\n"
    )
    dataset = draw(graph, train=800, test=400)
    assert dataset.test is not None and set(dataset.train.labels) == {"kind", "size"}
    model = NearestCentroid()
    model.fit(flat(dataset.train.inputs["a"]), dataset.train.labels["kind"])
    assert model.score(flat(dataset.test.inputs["a"]), dataset.test.labels["kind"]) > 0.8
    numbers = Ridge().fit(flat(dataset.train.inputs["a"]), dataset.train.labels["size"])
    assert numbers.score(flat(dataset.test.inputs["a"]), dataset.test.labels["size"]) > 0.6


def test_an_input_of_unknown_length_gets_one() -> None:
    graph = graph_of(f"inputs: {{x: [null, 2]}}\nmodel: [global_avg_pool, {SOFTMAX % 2}]")
    assert draw(graph, train=5).train.inputs["x"].shape == (5, 64, 2)


def test_an_output_of_unknown_length_is_refused() -> None:
    graph = graph_of("inputs: {x: [null, 2]}\nmodel: [dense: 3]")
    assert refusal(lambda: draw(graph, train=5)).startswith("bad-source: synthetic data for the output of shape")


def test_a_small_network_learns_signals() -> None:
    """As the bundled spec does: in a few epochs most are right, and some are not."""
    text = (
        "inputs: {x: [128, 1]}\nmodel: [conv: {filters: 8, kernel_size: 9, strides: 4, norm: batch, activation: relu},"
        f" flatten, {SOFTMAX % 4}]"
    )
    graph = graph_of(text)
    dataset = load_dataset(Synthetic(source="synthetic", train=1024, test=512), graph, DataFolder(Path()), 3)
    keras.utils.set_random_seed(1)
    model = build_model(graph, "signal")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(dataset.train.inputs["x"], dataset.train.labels["output"][:, None], epochs=5, verbose=0)
    assert dataset.test is not None
    _, accuracy = model.evaluate(dataset.test.inputs["x"], dataset.test.labels["output"][:, None], verbose=0)
    assert 0.8 < accuracy < 0.99
