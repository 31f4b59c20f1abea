"""The examples in the docstrings hold: the shapes that they state are those inferred, and Keras'."""

import keras
import pytest

from cnnspec.layers import LAYERS
from cnnspec.layers.base import expand
from cnnspec.layers.examples import Example, examples_of, summary_of
from cnnspec.layers.shape import known
from tests.support.layers_oracle import symbols
from tests.support.layers_read import read_example

EXAMPLES = [(kind, example) for kind, layer in LAYERS.items() for example in examples_of(layer)]


def test_every_layer_has_an_example_and_a_first_line() -> None:
    """The reference shows one for each."""
    for kind, layer in LAYERS.items():
        assert examples_of(layer), kind
        assert "```" not in summary_of(layer) and summary_of(layer).splitlines()[0].endswith("."), kind


@pytest.mark.parametrize(("kind", "example"), EXAMPLES, ids=[f"{k}-{e.entry}" for k, e in EXAMPLES])
def test_an_example_makes_the_shape_that_it_states(kind: str, example: Example) -> None:
    """Inferred and built, part by part, it is the shape in the comment, with the weights in order."""
    layer = read_example(example)
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
