"""Arguments are strict, and a mistake is reported once, at its place, with what was expected."""

from typing import Any

import pytest
from pydantic_core import PydanticCustomError, ValidationError

from cnnspec.layers import LAYERS
from cnnspec.layers.kind import read_kind
from tests.support.layers_read import read

WRONG: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
    ("conv", {"filters": "64", "kernel_size": 3}, ("conv", "filters")),
    ("conv", {"filters": True, "kernel_size": 3}, ("conv", "filters")),
    ("conv", {"filters": 64.0, "kernel_size": 3}, ("conv", "filters")),
    ("conv", {"filters": 10**12, "kernel_size": 3}, ("conv", "filters")),
    ("conv", {"filters": 8, "kernel_size": "3"}, ("conv", "kernel_size")),
    ("conv", {"filters": 8, "kernel_size": [3, True]}, ("conv", "kernel_size", 1)),
    ("conv", {"filters": 8, "kernel_size": [3, 3, 3, 3]}, ("conv", "kernel_size")),
    ("conv", {"filters": 8, "kernel_size": 3, "padding": "SAME"}, ("conv", "padding")),
    ("conv", {"filters": 8, "kernel_size": 3, "padding": [[1, 2, 3], 1]}, ("conv", "padding", 0)),
    ("conv", {"filters": 8, "kernel_size": 3, "padding": -1}, ("conv", "padding")),
    ("conv", {"filters": 8, "kernel_size": 3, "activation": "relo"}, ("conv", "activation")),
    ("conv", {"filters": 8, "kernel_size": 3, "norm": {"group": {"groups": 0}}}, ("conv", "norm", "group", "groups")),
    ("conv", {"filters": 8, "kernel_size": 3, "strides": None}, ("conv", "strides")),
    ("conv", {"filters": 8, "kernel_size": 3, "stride": 2}, ("conv", "stride")),
    ("conv", {"filters": 8, "kernel_size": 3, "use_bias": "no"}, ("conv", "use_bias")),
    (
        "conv",
        {"filters": 8, "kernel_size": 3, "kernel_initializer": {"zeros": 1}},
        ("conv", "kernel_initializer", "zeros"),
    ),
    ("dense", {"units": 0}, ("dense", "units")),
    ("dense", {}, ("dense", "units")),
    ("dropout", {"rate": "0.5"}, ("dropout", "rate")),
    ("dropout", {"rate": True}, ("dropout", "rate")),
    ("dropout", {"rate": float("nan")}, ("dropout", "rate")),
    ("dropout", {"rate": 0.5, "noise_shape": [None, 0]}, ("dropout", "noise_shape", 1)),
    ("rescaling", {"scale": "1/255"}, ("rescaling", "scale")),
    ("rescaling", {"scale": [1, 10**400]}, ("rescaling", "scale")),
    ("rescaling", {"scale": float("inf")}, ("rescaling", "scale")),
    ("permute", {"dims": [1, 1]}, ("permute", "dims")),
    ("permute", {"dims": 2}, ("permute", "dims")),
    ("reshape", {"target_shape": [-1, -1]}, ("reshape", "target_shape")),
    ("reshape", {"target_shape": [0, 4]}, ("reshape", "target_shape", 0)),
    ("prelu", {"shared_axes": [0]}, ("prelu", "shared_axes", 0)),
    ("group_norm", {"groups": 2.0}, ("group_norm", "groups")),
    ("group_norm", {"groups": True}, ("group_norm", "groups")),
    ("conv_transpose", {"filters": 8, "kernel_size": 3, "padding": 1}, ("conv_transpose", "padding")),
    ("crop", {"cropping": [1, [2]]}, ("crop", "cropping", 1)),
    ("layer_norm", {"axis": []}, ("layer_norm", "axis")),
]


def mistakes(kind: str, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """What the walk over a spec is told."""
    with pytest.raises((ValidationError, PydanticCustomError)) as caught:
        read(kind, arguments)
    assert isinstance(caught.value, PydanticCustomError)
    context = caught.value.context
    assert context is not None
    return list(context["errors"])


@pytest.mark.parametrize(("kind", "arguments", "place"), WRONG, ids=[f"{k}-{a}" for k, a, _ in WRONG])
def test_a_wrong_argument_is_one_mistake_at_its_place(
    kind: str, arguments: dict[str, Any], place: tuple[Any, ...]
) -> None:
    """A union reports once; no text, truth value or fraction passes for a whole number."""
    (mistake,) = mistakes(kind, arguments)
    context = mistake.get("ctx", {})
    if "errors" in context:  # a kind inside an argument has its own list
        (mistake,) = context["errors"]
        assert place[: len(place) - len(mistake["loc"])] == (kind, place[1])
        return
    inside = context.get("at", ()) if mistake["type"] == "invalid" else ()
    assert (*mistake["loc"], *inside)[: len(place)] == place


def test_whole_numbers_serve_as_fractions() -> None:
    """`dropout: 0` and `rescaling: 2` are fine."""
    assert read("dropout", {"rate": 0}).arguments()["rate"] == 0
    assert read("rescaling", {"scale": 2, "offset": -1}).arguments()["offset"] == -1


def test_several_wrong_arguments_are_several_mistakes() -> None:
    """All of a layer's mistakes are reported together."""
    assert len(mistakes("conv", {"filters": 0, "kernel_size": 0, "strides": 0, "colour": 1})) == 4


def test_a_layer_is_read_from_its_name_or_first_argument() -> None:
    """`flatten`, `dense: 10`, `dense: {units: 10}`; and what takes no argument says so."""
    assert read_kind("layer", LAYERS, "flatten") == read("flatten", {})
    assert read_kind("layer", LAYERS, {"dense": 10}) == read("dense", {"units": 10})
    assert read_kind("layer", LAYERS, {"permute": [2, 1]}) == read("permute", {"dims": [2, 1]})
    with pytest.raises(PydanticCustomError):
        read_kind("layer", LAYERS, {"flatten": 1})
