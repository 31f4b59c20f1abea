"""The layers of the language, one file a family; importing this room registers them all."""

from collections.abc import Mapping
from typing import cast

from cnnspec.layers import (  # the families, imported for their registration
    activation,
    conv,
    core,
    merge,
    norm,
    pad,
    pool,
    preprocessing,
    regularization,
    resample,
    slope,
    transposed,
)
from cnnspec.layers.base import Layer

FAMILIES = (
    conv,
    transposed,
    pool,
    core,
    norm,
    activation,
    slope,
    regularization,
    pad,
    resample,
    preprocessing,
    merge,
)
"""The modules that declare layers, in the order that the documentation takes."""

_ORDER = {family.__name__: place for place, family in enumerate(FAMILIES)}

LAYERS: Mapping[str, type[Layer]] = {
    kind: cast(type[Layer], member)
    for kind, member in sorted(Layer.members.items(), key=lambda item: _ORDER[item[1].__module__])
}
"""Every layer by its kind, family by family."""

__all__ = ["FAMILIES", "LAYERS", "Layer"]
