"""Layers as a spec would hold them."""

from typing import Any

from pydantic_core import PydanticCustomError, ValidationError

from cnnspec.layers import LAYERS
from cnnspec.layers.base import Facts, Layer, Misfit
from cnnspec.layers.kind import read_kind
from tests.support.layers_drawn import Case

REFUSED = (Misfit, ValidationError, PydanticCustomError)


def read(kind: str, arguments: dict[str, Any]) -> Layer:
    """The layer that a spec would hold."""
    layer = read_kind("layer", LAYERS, {kind: arguments})
    assert isinstance(layer, Layer)
    return layer


def inferred(case: Case) -> tuple[Layer, Facts] | None:
    """Our layer and its facts; None where it is refused."""
    try:
        layer = read(case.kind, case.arguments)
        return layer, layer.infer(*case.shapes)
    except REFUSED:
        return None
