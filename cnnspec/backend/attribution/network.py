"""A run's network opened where attributions begin and end: what it reads as numbers, and its scores before the softmax.

Computed in float32 whatever the run computes in, since differences of bfloat16 are mostly rounding.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import tensorflow as tf

from cnnspec.backend.attribution.places import Point, points_of
from cnnspec.backend.data.splits import Array
from cnnspec.backend.keras_errors import step_errors
from cnnspec.backend.model.build import connect
from cnnspec.backend.startup import memory_errors
from cnnspec.graph.heads import passed_on
from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.activation import Activation
from cnnspec.layers.affine import Affine

_SQUASHING = frozenset({"softmax", "sigmoid", "log_softmax", "log_sigmoid"})
"""Activations that make probabilities of scores."""

Tensors = Mapping[str, Any]


class _Instead(keras.layers.Layer):
    """Of two tensors the second, with the mask of the first."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The second."""
        return inputs[1]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The second's."""
        return input_shape[1]

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The first's."""
        return None if previous_mask is None else previous_mask[0]


@dataclass(frozen=True, slots=True, eq=False)
class OpenNetwork:
    """A run's network as functions of TensorFlow.

    `read` gives of inputs by name what stands at each of its `points` (by number), `answer` of the same and of what is
    to stand at the points the outputs by name, the `scores` before their softmax or sigmoid, where such a thing is
    apart (by output), and the outputs of the nodes that were asked for (by position).
    """

    graph: Graph
    points: tuple[Point, ...]
    squashed: Mapping[str, str]
    """The activation that is taken off to find the scores of an output."""
    _read: Any
    _answer: Any
    _calls: dict[str, Any] = field(default_factory=dict)

    def read(self, inputs: Mapping[str, Array]) -> tuple[Any, ...]:
        """What stands at the points for a batch of inputs, as float32."""
        with memory_errors(), step_errors():
            found = self._read(self._cast(inputs), training=False)
            return tuple(tf.cast(found[str(number)], tf.float32) for number in range(len(self.points)))

    def answer(self, inputs: Mapping[str, Array], at_points: tuple[Any, ...]) -> Tensors:
        """What the network gives where this stands at the points; to be called under a tape, or not."""
        given = {f"point>{number}": value for number, value in enumerate(at_points)}
        answered: Tensors = self._answer({**self._cast(inputs), **given}, training=False)
        return answered

    def layer(self, name: str) -> Any:
        """The layer of the node of this name."""
        return self._answer.get_layer(name)

    def traced(self, name: str, function: Callable[..., Any]) -> Any:
        """The function as one graph of TensorFlow, made once for each name."""
        if name not in self._calls:
            self._calls[name] = tf.function(function, reduce_retracing=True, autograph=False)
        return self._calls[name]

    def _cast(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {name: tf.cast(array, self.graph.dtypes.get(name, "float32")) for name, array in inputs.items()}


def open_network(graph: Graph, nodes: tuple[int, ...], filled: Callable[[Callable[[], Any]], Any]) -> OpenNetwork:
    """A graph's network; `nodes` are positions whose outputs are wanted.

    `filled` calls what builds the Keras model, and gives it its weights.
    """
    opening = _Opening(graph)
    whole = filled(lambda: opening.model(nodes))
    assert opening.reading is not None
    return OpenNetwork(graph, opening.points, opening.squashed, opening.reading, whole)


class _Opening:
    """Builds the network once, taking its tensors aside on the way."""

    def __init__(self, graph: Graph) -> None:
        self.points = tuple(points_of(graph))
        self.squashed: dict[str, str] = {}
        self.reading: Any = None
        self._graph = graph
        self._bare: dict[int, Node] = {}
        self._scores: dict[int, Any] = {}
        self._sources: dict[int, Any] = {}
        self._given: dict[int, Any] = {}

    def model(self, nodes: tuple[int, ...]) -> Any:
        """Of inputs, and what is to stand at the points, to outputs, scores and the outputs of nodes."""
        graph, sources = self._graph, self._squashing()
        bared = tuple(self._bare.get(position, node) for position, node in enumerate(graph.nodes))
        tensors = connect(replace(graph, nodes=bared), change=self._change)
        inputs = {name: self._sources.get(position, tensors[position]) for name, position in graph.inputs.items()}
        at_points = {str(number): self._sources[point.position] for number, point in enumerate(self.points)}
        self.reading = keras.Model(inputs, at_points)
        given = {f"point>{number}": self._given[point.position] for number, point in enumerate(self.points)}
        outputs = {f"output {name}": tensors[position] for name, position in graph.outputs.items()}
        scores = {f"scores {name}": self._scores.get(at, tensors[at]) for name, at in sources.items()}
        wanted = {f"node {position}": tensors[position] for position in nodes}
        return keras.Model({**inputs, **given}, {**outputs, **scores, **wanted})

    def _squashing(self) -> dict[str, int]:
        """The node that gives each output's scores, whose own activation is then apart."""
        found = {}
        again = {node.shared for node in self._graph.nodes if node.shared is not None}
        for name, position in self._graph.outputs.items():
            at = passed_on(self._graph, position)[-1]
            node = self._graph.nodes[at]
            if node.layer is None or node.ends_in not in _SQUASHING:
                continue
            if isinstance(node.layer, Affine) and node.shared is None and at not in again:
                self._bare[at] = replace(node, layer=node.layer.model_copy(update={"activation": None}))
                found[name] = at
            elif node.layer.activates:
                found[name] = node.inputs[0]
            else:
                continue
            self.squashed[name] = node.ends_in
        return found

    def _change(self, position: int, tensor: Any) -> Any:
        """What later nodes read of this one."""
        node = self._graph.nodes[position]
        if position in self._bare and isinstance(node.layer, Affine) and node.layer.activation is not None:
            self._scores[position] = tensor
            layer = Activation(activation=node.layer.activation)
            tensor = layer.build(keras, f"{node.name}.{node.ends_in}")(tensor)
        for number, point in enumerate(self.points):
            if point.position == position:
                self._sources[position] = tensor
                self._given[position] = keras.Input(tensor.shape[1:], name=f"point>{number}", dtype="float32")
                return _Instead(name=f"instead>{number}")([tensor, self._given[position]])
        return tensor
