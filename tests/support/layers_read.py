"""Layers as a spec would hold them."""

from typing import Any, cast

import pytest
from pydantic_core import PydanticCustomError, ValidationError

from cnnspec.layers import LAYERS
from cnnspec.layers.base import Facts, Layer, Misfit
from cnnspec.layers.examples import Example
from cnnspec.layers.kind import read_kind
from cnnspec.source.values import plain
from cnnspec.source.yaml import read_yaml
from tests.support.layers_drawn import Case

REFUSED = (Misfit, ValidationError, PydanticCustomError)


def read(kind: str, arguments: Any) -> Layer:
    """The layer that a spec would hold."""
    layer = read_kind("layer", LAYERS, {kind: arguments})
    assert isinstance(layer, Layer)
    return layer


def read_example(example: Example) -> Layer:
    """The layer of an example in a docstring."""
    written = read_yaml(example.entry, "example", pytest.fail)
    assert written is not None
    (value,) = cast(list[Any], plain(written))
    if not isinstance(value, dict):
        return read(value, {})
    ((kind, arguments),) = value.items()
    return read(kind, _without_from(arguments))


def _without_from(arguments: Any) -> Any:
    """`from` belongs to the entry, not to the layer."""
    if isinstance(arguments, dict):
        return {name: value for name, value in arguments.items() if name != "from"}
    return arguments


def inferred(case: Case) -> tuple[Layer, Facts] | None:
    """Our layer and its facts; None where it is refused."""
    try:
        layer = read(case.kind, case.arguments)
        return layer, layer.infer(*case.shapes)
    except REFUSED:
        return None
