"""The examples in the docstrings hold: the shapes that they state are those inferred, and Keras'."""

from typing import Any, cast

import keras
import pytest

from cnnspec.layers import LAYERS
from cnnspec.layers.base import Layer, expand
from cnnspec.layers.examples import Example, examples_of, summary_of
from cnnspec.layers.kind import read_kind
from cnnspec.layers.shape import known
from cnnspec.source.values import plain
from cnnspec.source.yaml import read_yaml
from tests.support.layers_oracle import symbols

EXAMPLES = [(kind, example) for kind, layer in LAYERS.items() for example in examples_of(layer)]


def read(example: Example) -> Layer:
    written = read_yaml(example.entry, "example", pytest.fail)
    assert written is not None
    (value,) = cast(list[Any], plain(written))
    if isinstance(value, dict):
        value = {kind: _without_from(arguments) for kind, arguments in value.items()}
    layer = read_kind("layer", LAYERS, value)
    assert isinstance(layer, Layer)
    return layer


def _without_from(arguments: Any) -> Any:
    """`from` belongs to the entry, not to the layer."""
    if isinstance(arguments, dict):
        return {name: value for name, value in arguments.items() if name != "from"}
    return arguments


def test_every_layer_has_an_example_and_a_first_line() -> None:
    """The reference shows one for each."""
    for kind, layer in LAYERS.items():
        assert examples_of(layer), kind
        assert "```" not in summary_of(layer) and summary_of(layer).splitlines()[0].endswith("."), kind


@pytest.mark.parametrize(("kind", "example"), EXAMPLES, ids=[f"{k}-{e.entry}" for k, e in EXAMPLES])
def test_an_example_makes_the_shape_that_it_states(kind: str, example: Example) -> None:
    """Inferred and built, part by part, it is the shape in the comment, with the weights in order."""
    layer = read(example)
    assert layer.kind == kind
    tensor = symbols(kind, tuple(known(shape) or () for shape in example.inputs))
    for number, (part, shapes, facts) in enumerate(expand(layer, *example.inputs)):
        built = part.layer.build(keras, f"example_{number}", *shapes)
        tensor = built(tensor)
        assert tuple(tensor.shape[1:]) == facts.output
        if isinstance(built, keras.Layer):
            assert [(w.name, w.shape, w.trainable) for w in built.weights] == [
                (w.name, w.shape, w.trainable) for w in facts.weights
            ]
    assert tuple(tensor.shape[1:]) == example.output
