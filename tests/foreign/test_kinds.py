"""Every kind of layer comes back from what Keras says of the layer that was built of it."""

import json
from typing import Any

import keras
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cnnspec.foreign.keras_layer import layer_of, told
from cnnspec.foreign.keras_network import keras_network
from cnnspec.foreign.network import ForeignNetwork
from cnnspec.layers import LAYERS
from cnnspec.layers.base import Layer, expand, size_at
from cnnspec.layers.norm import GroupNorm
from cnnspec.layers.recurrent import SimpleRNN
from cnnspec.layers.shape import Shape
from tests.support.layers_drawn import KINDS, cases
from tests.support.layers_read import inferred
from tests.support.often import examples

EXAMPLES = settings(
    max_examples=examples(4, 30),
    deadline=None,
    phases=[Phase.generate],
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
pytestmark = pytest.mark.filterwarnings("ignore:.*You are using a softmax over axis:UserWarning")


def built(layer: Layer, shapes: tuple[Shape, ...]) -> Any:
    """A model of this layer alone, of Keras' own layers."""
    dtype = "int32" if LAYERS[layer.kind].row_for == "id" or layer.kind == "one_hot" else "float32"
    inputs = [keras.Input(shape, dtype=dtype) for shape in shapes]
    tensors: list[Any] = inputs
    for part, read, _ in expand(layer, *shapes):
        given = tensors if part.layer.merges or len(tensors) > 1 else tensors[0]
        tensors = [part.layer.build(keras, ".".join(filter(None, ("entry", part.suffix))), *read)(given)]
    return keras.Model(inputs, tensors[0])


def plain_layers(network: ForeignNetwork, shapes: tuple[Shape, ...]) -> list[str]:
    """What each plain layer of a network builds, one after the other."""
    found = []
    for each in network.layers:
        assert each.kind and not each.unknown, each
        parts = expand(layer_of(each.kind, each.arguments), *shapes)
        found += [told(part.layer, read) for part, read, _ in parts]
        shapes = (parts[-1][2].output,)
    return found


def as_saved(layer: Layer, shapes: tuple[Shape, ...]) -> Layer:
    """The layer as far as Keras saves it: as many groups as channels by their number, a simple rnn without its seed."""
    if isinstance(layer, GroupNorm) and layer.groups == -1:
        return layer.model_copy(update={"groups": size_at(shapes[0], layer.axis)})
    return layer.model_copy(update={"seed": None}) if isinstance(layer, SimpleRNN) else layer


@pytest.mark.parametrize("kind", KINDS)
@EXAMPLES
@given(data=st.data())
def test_a_layer_comes_back_from_its_configuration(kind: str, data: st.DataObject) -> None:
    """Its arguments are read from what Keras saves, whatever they are, and nothing is left unknown."""
    case = data.draw(cases(kind))
    ours = inferred(case)
    if ours is None:
        return
    layer = as_saved(ours[0], case.shapes)
    network = keras_network(json.loads(built(layer, case.shapes).to_json()))
    wanted = [told(part.layer, read) for part, read, _ in expand(layer, *case.shapes)]
    assert plain_layers(network, case.shapes) == wanted
