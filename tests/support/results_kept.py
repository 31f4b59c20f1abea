"""How many numbers of an example TensorFlow keeps inside a layer, read off the graph of its step and its gradients."""

from typing import Any

import keras
import tensorflow as tf

from cnnspec.backend.model.faster import FASTER
from cnnspec.layers.base import Layer
from tests.support.gradients_kept import comes_of, origin, read_again
from tests.support.layer_cases import taking_training

_EXAMPLES = 2


def numbers_kept(layer: Layer, *shapes: tuple[int, ...]) -> int:
    """Of what is made of the input on the way to the output and read again; choices, a byte each, are left out."""
    built = taking_training(layer.build(FASTER, "kept", *shapes), shapes)
    symbols = [keras.KerasTensor((_EXAMPLES, *shape)) for shape in shapes]
    built(symbols if len(symbols) > 1 else symbols[0])
    found: list[int] = []

    def look(*inputs: Any) -> Any:
        output = built(list(inputs) if len(inputs) > 1 else inputs[0], training=True)
        reaching = tf.compat.v1.placeholder(output.dtype, output.shape)
        forward = {operation.name for operation in tf.compat.v1.get_default_graph().get_operations()}
        weights = [weight.value for weight in built.trainable_variables]
        gradients = tf.gradients(output, [*inputs, *weights], grad_ys=reaching)
        origins = {each.name: each for each in map(origin, read_again(gradients, forward, reaching))}
        outside = {each.name for each in (*inputs, origin(output))}
        made = [each for name, each in origins.items() if name not in outside and comes_of(each, inputs)]
        found.extend(_numbers(each) for each in made if each.dtype.is_floating and each.shape.is_fully_defined())
        return gradients

    specs = [tf.TensorSpec(each.shape, each.dtype) for each in symbols]
    function = tf.function(look, autograph=False).get_concrete_function(*specs)
    loops = [each for each in function.graph.get_operations() if each.type in ("While", "StatelessWhile")]
    if loops:
        return shapes[0][0] * sum(_pushed(function.graph, loop) for loop in loops)
    return sum(found)


def _pushed(graph: Any, loop: Any) -> int:
    """The numbers of an example that a step of a loop puts aside for its gradient, and the next one does not again."""
    body = graph._get_function(loop.get_attr("body").name).graph
    pushes = [each.inputs[1] for each in body.get_operations() if each.type == "TensorListPushBack"]
    names = {origin(each).name for each in pushes}
    again = {first.name for first, last in zip(body.inputs, body.outputs, strict=True) if origin(last).name in names}
    once = [each for each in pushes if each.name not in again]
    return sum(_numbers(each) for each in once if each.shape.rank > 1 and each.shape[0] == _EXAMPLES)


def _numbers(tensor: Any) -> int:
    return int(tensor.shape.num_elements()) // _EXAMPLES
