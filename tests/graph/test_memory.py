"""The estimate of a training's memory: what can be counted is counted as Keras makes it."""

import math
from pathlib import Path

import pytest

from cnnspec.backend.model.build import build_model
from cnnspec.backend.objective.optimizer import training_optimizer
from cnnspec.graph.memory import activation_numbers, training_memory
from cnnspec.graph.nodes import Graph
from cnnspec.language.location import locate
from cnnspec.language.optimizers import Optimizer
from cnnspec.language.training import Training
from cnnspec.layers.shape import product
from tests.support.spec_texts import graph_of, read

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


STEM = "  stem: [conv: {filters: 4, kernel_size: 3, padding: same, norm: batch, activation: relu}, max_pool: 2]\n"
REST = """
  body:
    - residual:
        activation: relu
        layers:
          - conv: {filters: 4, kernel_size: 3, padding: 1, norm: batch, activation: relu}
          - conv: {filters: 4, kernel_size: 3, padding: 1, norm: batch}
  head: [global_avg_pool, dense: {units: 3, activation: softmax}]
"""


def frozen(tmp_path: Path, *stages: str) -> Graph:
    """A network of stem, body and head in which these stages are frozen."""
    written = f"inputs: {{image: [8, 8, 3]}}\nmodel:\n{STEM}{REST}training: {{freeze: [{', '.join(stages)}]}}\n"
    path = tmp_path / "frozen.yaml"
    path.write_text(f"cnnspec: 1\nname: frozen\n{written}")
    return read(locate(str(path), print))[1]


def test_before_the_first_layer_that_learns_nothing_is_kept(tmp_path: Path) -> None:
    """A frozen stem costs no more than to compute it: the rest needs what it would with the stem's output given."""
    rest = activation_numbers(graph_of(f"inputs: {{image: [4, 4, 4]}}\nmodel:\n{REST}"))
    assert rest is not None and activation_numbers(frozen(tmp_path, "stem")) == max(rest, 5 * 8 * 8 * 4)


def test_a_frozen_kernel_keeps_nothing_of_what_it_reads_though_gradients_go_through_it() -> None:
    """Here the 50 numbers that the second layer reads, which only the gradient of its kernel would read again."""
    layers = "dense: 50, dense: {{units: 60, trainable: {}}}, dense: 3"
    whole, less = (
        activation_numbers(graph_of(f"inputs: {{x: [4]}}\nmodel: [{layers.format(trainable)}]\n"))
        for trainable in ("true", "false")
    )
    assert whole == 4 + 50 + 60 + 5 * 60 and less == whole - 50


def test_where_the_head_alone_learns_the_rest_is_only_computed(tmp_path: Path) -> None:
    assert activation_numbers(frozen(tmp_path, "stem", "body")) == 5 * 8 * 8 * 4


def test_what_is_frozen_has_neither_gradients_nor_slots(tmp_path: Path) -> None:
    """As many fewer numbers as the stem has trainable ones, for each slot of Adam."""
    training = Training.model_validate({"optimizer": "adam"})
    whole, less = (training_memory(frozen(tmp_path, *names), training) for names in ((), ("stem",)))
    stem = 3 * 3 * 3 * 4 + 2 * 4
    assert whole.optimizer - less.optimizer == 4 * 2 * stem and whole.weights == less.weights
    assert whole.gradients > less.gradients


def test_zeros_that_a_convolution_adds_by_itself_are_no_copy() -> None:
    """Explicit padding that comes to `same` is left to the operation; before a stride it is a copy."""
    same, explicit, strided = (
        activation_numbers(graph_of(f"inputs: {{x: [8, 8, 2]}}\nmodel: [conv: {{filters: 2, kernel_size: 3, {p}}}]\n"))
        for p in ("padding: same", "padding: 1", "padding: 1, strides: 2")
    )
    assert same == explicit and strided is not None and strided >= 10 * 10 * 2


@pytest.mark.parametrize(
    "written", ["lstm: {{units: 5, {}}}", "multi_head_attention: {{num_heads: 4, key_dim: 2, {}}}"]
)
def test_what_is_kept_inside_a_layer_is_counted_where_gradients_go_through_it(written: str) -> None:
    """Where it learns, or is frozen behind something that does; where nothing before it learns it is only computed."""

    def of(*entries: str) -> Graph:
        return graph_of(f"inputs: {{x: [60, 4]}}\nmodel: [{', '.join([*entries, 'flatten', 'dense: 3'])}]\n")

    learns, frozen = written.format("trainable: true"), written.format("trainable: false")
    layer = of(learns).nodes[1].layer
    assert layer is not None
    kept, computed = layer.inside((60, 4)).kept, activation_numbers(of(frozen))
    assert isinstance(kept, int) and computed is not None and kept > 60 * 4 * 7
    for graph in (of(learns), of("dense: 4", frozen)):
        numbers = activation_numbers(graph)
        assert numbers is not None and kept <= numbers - computed <= kept + 60 * 4 * 3


def test_an_unknown_length_inside_a_layer_leaves_the_estimate_open() -> None:
    """Though what comes out of it is known."""
    graph = graph_of("inputs: {x: [null, 4]}\nmodel: [lstm: 5, dense: 3]\n")
    assert graph.nodes[1].output == (5,) and activation_numbers(graph) is None
