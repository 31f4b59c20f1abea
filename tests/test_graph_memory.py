"""The estimate of a training's memory: what can be counted is counted as Keras makes it."""

import math

import pytest
from spec_texts import graph_of, read

from cnnspec.backend.build import build_model
from cnnspec.backend.optimizer import training_optimizer
from cnnspec.graph.memory import activation_numbers, training_memory
from cnnspec.graph.nodes import Graph
from cnnspec.language.location import locate
from cnnspec.language.optimizers import Optimizer
from cnnspec.language.training import Training
from cnnspec.layers.shape import product

MIXED = """
inputs: {tokens: {shape: [6], dtype: int32}}
model:
  - embedding: {input_dim: 9, output_dim: 4}
  - conv: {filters: 4, kernel_size: 3, norm: batch, activation: relu}
  - conv: {filters: 4, kernel_size: 1, trainable: false}
  - flatten
  - dense: {units: 3, activation: softmax}
"""

WRITTEN = [
    *({kind: {}} for kind in Optimizer.members),
    {"sgd": {"momentum": 0.9}},
    {"rmsprop": {"momentum": 0.9, "centered": True}},
    {"adam": {"amsgrad": True}},
    {"adamw": {"amsgrad": True}},
    {"muon": {"exclude_embeddings": False}},
    {"muon": {"exclude_layers": ["dense"]}},
]


def kept_by_keras(graph: Graph, training: Training) -> tuple[int, int]:
    """Numbers in the weights of the built model, and in what its optimizer keeps of them."""
    model = build_model(graph, "small")
    optimizer = training_optimizer(training, steps_per_epoch=10)
    optimizer.build(model.trainable_variables)
    return model.count_params(), sum(math.prod(v.shape) for v in optimizer.variables if len(v.shape))


@pytest.mark.parametrize("optimizer", WRITTEN, ids=str)
def test_weights_and_slots_are_those_that_keras_makes(optimizer: dict[str, object]) -> None:
    training = Training.model_validate({"optimizer": optimizer})
    graph = graph_of(MIXED)
    memory = training_memory(graph, training)
    assert (memory.weights // 4, memory.optimizer // 4) == kept_by_keras(graph, training)


@pytest.mark.parametrize("more", [{"ema": {}}, {"gradient_accumulation": 4}, {"ema": {}, "gradient_accumulation": 2}])
def test_an_average_of_the_weights_and_summed_gradients_are_counted(more: dict[str, object]) -> None:
    training = Training.model_validate({"optimizer": "adam", "epochs": 2, **more})
    graph = graph_of(MIXED)
    assert training_memory(graph, training).optimizer // 4 == kept_by_keras(graph, training)[1]


@pytest.mark.parametrize("name", ["resnet@50", "vgg", "fashion", "textcnn", "resnet-cifar@56"])
def test_one_example_needs_no_more_than_all_outputs_and_the_gradients_around_one_layer(name: str) -> None:
    """And no less than a quarter of all outputs, since half of them or so are read again."""
    graph = read(locate(name, print))[1]
    sizes = [product(node.output) for node in graph.nodes]
    assert all(isinstance(size, int) for size in sizes)
    numbers, every = activation_numbers(graph), sum(size for size in sizes if isinstance(size, int))
    assert numbers is not None and every / 4 < numbers < every + 5 * max(s for s in sizes if isinstance(s, int))


def test_activations_grow_with_the_batch_and_shrink_with_the_precision() -> None:
    graph = graph_of(MIXED)
    one, many, half = (
        training_memory(graph, Training.model_validate(written)).activations
        for written in ({"batch_size": 1}, {"batch_size": 64}, {"batch_size": 1, "precision": "mixed_bfloat16"})
    )
    assert one is not None and many == 64 * one and half == one // 2


def test_an_unknown_length_leaves_the_estimate_open() -> None:
    graph = graph_of(MIXED.replace("[6]", "[null]").replace("flatten", "global_max_pool"))
    memory = training_memory(graph, Training())
    assert memory.activations is None and memory.total is None and memory.weights > 0
