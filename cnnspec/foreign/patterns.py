"""Of which classes and operations of Keras each kind is made, learnt from the layers' own examples.

Every kind has examples in its docstring, and builds itself; what it builds on them is its pattern. So a layer is found
again in a model by what its declaration says, and no list of kinds stands here.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal, get_args, get_origin

from cnnspec.foreign.recorded import Made, Tensor, built, given_tensors
from cnnspec.layers import LAYERS
from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.affine import Affine
from cnnspec.layers.base import Layer, expand
from cnnspec.layers.examples import examples_of
from cnnspec.layers.kind import read_kind
from cnnspec.layers.merge import Stack
from cnnspec.layers.norm_without_mean import LocalResponseNorm
from cnnspec.layers.pad import PadChannels
from cnnspec.layers.shape import Shape
from cnnspec.source.frozen import frozen
from cnnspec.source.values import plain
from cnnspec.source.yaml import read_yaml

_RANK = re.compile(r"[123]D")


@frozen
class Pattern:
    """A layer on inputs of these shapes, and what it builds of them."""

    layer: Layer
    inputs: tuple[Tensor, ...]
    output: Tensor

    @property
    def alone(self) -> Made | None:
        """The layer of Keras that it is, where it is one and no operation stands beside it."""
        made = self.output.layer
        return made if all(not each.made_by for each in self.output.inputs) else None

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Those of the inputs, without the batch axis."""
        return tuple(each.shape[1:] for each in self.inputs)


def rankless(class_name: str) -> str:
    """A class without the rank in its name: Conv2DTranspose -> ConvTranspose."""
    return _RANK.sub("", class_name)


def snake_case(class_name: str) -> str:
    """A class as a kind would be called after it: LayerScale -> layer_scale."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()


def ends_in_activation(class_name: str) -> bool:
    """Whether a layer of this class applies its activation to what it gives, and to nothing within it."""
    return any(kind == "activation" or issubclass(LAYERS[kind], Affine) for kind in kinds_of(class_name))


@cache
def kinds_of(class_name: str) -> tuple[str, ...]:
    """The kinds that are one layer of this class, whatever its rank; those that say it shortest first."""
    return tuple(_by_class().get(rankless(class_name), ()))


def class_names() -> frozenset[str]:
    """All classes that some kind is one layer of, without rank."""
    return frozenset(_by_class())


@cache
def patterns() -> tuple[Pattern, ...]:
    """One for each example of each kind whose layers are plain there."""
    return (*(pattern for kind in LAYERS for pattern in _of_kind(kind)), *_hidden())


@cache
def _by_class() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pattern in patterns():
        if (made := pattern.alone) is not None:
            _note(found, made.class_name, pattern.layer.kind)
    for member in Nonlinearity.members.values():
        assert issubclass(member, Nonlinearity)
        _note(found, member.keras_class, "activation")
    return found


def _note(found: dict[str, list[str]], class_name: str, kind: str) -> None:
    kinds = found.setdefault(rankless(class_name), [])
    if kind in LAYERS and kind not in kinds:
        kinds.append(kind)


def pattern_of(layer: Layer, shapes: Sequence[Shape]) -> Pattern:
    """What a layer builds on inputs of these shapes, all its parts in a row; raises Misfit."""
    inputs = given_tensors(shapes)
    read, made = tuple(shapes), inputs
    for part, part_reads, facts in expand(layer, *read):
        made = (built(part.layer, part_reads, made),)
        read = (facts.output,)
    return Pattern(layer, inputs, made[0])


def plain_or_hidden(layer: Layer, shapes: Sequence[Shape]) -> bool:
    """Whether a layer is found again as it is: it has no parts, or some that cannot be written."""
    parts = layer.parts(*shapes)
    return len(parts) == 1 or any(part.layer.kind not in LAYERS for part in parts)


def _of_kind(kind: str) -> Iterator[Pattern]:
    for example in examples_of(LAYERS[kind]):
        layer = _written(example.entry)
        if plain_or_hidden(layer, example.inputs):
            yield from _varied(layer, example.inputs)


def _hidden() -> Iterator[Pattern]:
    """Of kinds that nobody can write, and that parts of entries become."""
    yield from _varied(Stack(), [(4,), (4,)])
    for filters in (8, 12, 16, 20, 24, 32):
        for strides in (1, 2):
            yield pattern_of(PadChannels(filters=filters, strides=strides), [(8, 8, 8)])


_MOST_INPUTS, _MOST_STEPS = 8, 10


def _varied(layer: Layer, shapes: Sequence[Shape]) -> Iterator[Pattern]:
    """A layer on its inputs, and where how many there are decides what it builds, on more of them."""
    yield pattern_of(layer, shapes)
    if layer.merges and layer.most_inputs is None:
        for count in range(layer.least_inputs, _MOST_INPUTS + 1):
            yield from (pattern_of(each, [shapes[0]] * count) for each in _worded(layer))
    if isinstance(layer, LocalResponseNorm):
        for radius in range(_MOST_STEPS):
            yield pattern_of(layer.model_copy(update={"depth_radius": radius}), shapes)


def _worded(layer: Layer) -> Iterator[Layer]:
    """The layer with each word that one of its arguments may be; as it is, where it has none of these."""
    words = {
        name: get_args(field.annotation)
        for name, field in layer.model_fields.items()
        if get_origin(field.annotation) is Literal
    }
    yield layer
    yield from (layer.model_copy(update={name: word}) for name, each in words.items() for word in each)


def _written(entry: str) -> Layer:
    """The layer of an entry in a list of its own, without what it reads from."""
    value = read_yaml(entry, "example", lambda problem: None)
    assert value is not None
    written = plain(value)
    assert isinstance(written, list)
    (held,) = written
    if isinstance(held, dict):
        ((kind, arguments),) = held.items()
        own = (
            {key: each for key, each in arguments.items() if key != "from"}
            if isinstance(arguments, dict)
            else arguments
        )
        held = {kind: own}
    layer = read_kind("layer", LAYERS, held)
    assert isinstance(layer, Layer)
    return layer
