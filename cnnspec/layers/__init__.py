"""The layers of the language, one file a family, which is imported when a spec names one of its kinds."""

from collections.abc import Mapping

from cnnspec.layers.base import Layer
from cnnspec.layers.registry import Registry

FAMILIES = (
    "conv",
    "transposed",
    "pool",
    "adaptive_pool",
    "core",
    "reshaping",
    "rearranging",
    "norm",
    "norm_without_mean",
    "activation",
    "slope",
    "scale",
    "dropout",
    "regularization",
    "recurrent",
    "conv_lstm",
    "attention",
    "unprojected_attention",
    "positions",
    "pad",
    "resample",
    "preprocessing",
    "merge",
    "products",
    "wrappers",
)
"""The files beside this one that declare layers, in the order that the documentation takes."""

LAYERS: Mapping[str, type[Layer]] = Registry(__name__, FAMILIES, Layer)
"""Every layer by its kind, family by family."""

__all__ = ["FAMILIES", "LAYERS", "Layer"]
