"""What TensorFlow keeps for a gradient, read off the graph that it makes of a layer and its gradients."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnspec.backend.model.faster import FASTER
from tests.support.layer_cases import Asked

_SAME = frozenset({"Cast", "ExpandDims", "Identity", "Reshape", "Squeeze", "Transpose"})
_SHAPES = frozenset({"OnesLike", "Rank", "Shape", "ShapeN", "Size", "ZerosLike"})
_EXAMPLES = 2


@dataclass
class Kept:
    """What is kept for one gradient.

    `input`, `output`, or something as large as one of them: `made` of the input on the way, or `drawn` without it. Of
    what is computed step by step, each step's share is as large.
    """

    input: bool = False
    output: bool = False
    made: bool = False
    drawn: bool = False


class Gradients:
    """For the gradient of what a layer reads, and for that of its weights: what it keeps."""

    def __init__(self, case: Asked) -> None:
        self._steps = 1
        loops = "unroll" in type(case.layer).model_fields  # A loop's own graph cannot be looked into.
        layer = case.layer
        if loops:
            layer, self._steps = layer.model_copy(update={"unroll": True}), case.shapes[0][0]
        self.built: Any = layer.build(FASTER, "kept", *case.shapes)
        takes = isinstance(self.built, keras.Layer) and self.built._call_has_training_arg
        self.options = {"training": True} if takes else {}
        dtype = "int32" if case.layer.ids else "float32"
        self._call([keras.KerasTensor((_EXAMPLES, *shape), dtype) for shape in case.shapes])
        self.of_input, self.of_weights = Kept(), Kept()
        specs = [tf.TensorSpec((_EXAMPLES, *shape), dtype) for shape in case.shapes]
        tf.function(self._look, autograph=False).get_concrete_function(*specs)

    def _call(self, inputs: Sequence[Any]) -> Any:
        return self.built(list(inputs) if len(inputs) > 1 else inputs[0], **self.options)

    def _look(self, *inputs: Any) -> Any:
        output = self._call(inputs)
        reaching = tf.compat.v1.placeholder(output.dtype, output.shape)
        forward = {operation.name for operation in tf.compat.v1.get_default_graph().get_operations()}
        weights = [each.value for each in getattr(self.built, "trainable_variables", ())]
        for kept, wanted in ((self.of_input, list(inputs)), (self.of_weights, weights)):
            gradients = tf.gradients(output, wanted, grad_ys=reaching) if wanted else []
            for tensor in read_again(gradients, forward, reaching):
                self._keep(kept, tensor, inputs, output)
        return output

    def _keep(self, kept: Kept, tensor: Any, inputs: Sequence[Any], output: Any) -> None:
        first = origin(tensor)
        if any(first is each for each in inputs):
            kept.input = True
        elif first is origin(output):
            kept.output = True
        elif _size(tensor) * self._steps >= min(_size(inputs[0]), _size(output)):
            made = comes_of(tensor, inputs)
            kept.made, kept.drawn = kept.made or made, kept.drawn or not made


def read_again(gradients: Sequence[Any], forward: set[str], reaching: Any) -> list[Any]:
    """The tensors made going forward that operations of the gradients read, shapes aside."""
    flat = [part for each in gradients if each is not None for part in _parts(each)]
    waiting = [tensor.op for tensor in flat if tensor.op.name not in forward]
    seen: set[str] = set()
    found = []
    while waiting:
        operation = waiting.pop()
        if operation.name in seen or operation.type in _SHAPES:
            continue
        seen.add(operation.name)
        for tensor in operation.inputs:
            if tensor.op.name not in forward:
                waiting.append(tensor.op)
            elif origin(tensor) is not reaching and origin(tensor).op.type != "ReadVariableOp":
                found.append(tensor)
    return found


def comes_of(tensor: Any, inputs: Sequence[Any]) -> bool:
    """Whether its numbers depend on those of an input, not on its shape alone."""
    waiting, seen = [tensor], set()
    while waiting:
        each = waiting.pop()
        if any(each is given for given in inputs):
            return True
        if each.op.name not in seen and each.op.type not in _SHAPES:
            seen.add(each.op.name)
            waiting += each.op.inputs
    return False


def _parts(gradient: Any) -> tuple[Any, ...]:
    return (gradient.values, gradient.indices) if isinstance(gradient, tf.IndexedSlices) else (gradient,)


def origin(tensor: Any) -> Any:
    """What it is in another shape, order or name."""
    while tensor.op.type in _SAME:
        tensor = tensor.op.inputs[0]
    return tensor


def _size(tensor: Any) -> int:
    return int(np.prod(tensor.shape)) if tensor.shape.is_fully_defined() else 0
