"""Tensors that a file lists by name alone: which belong to one layer, and what each is to it."""

from collections.abc import Iterable
from dataclasses import replace

from cnnspec.weights.stored import Form, Stored

TORCH = frozenset({"weight", "bias", "running_mean", "running_var"})
_ONLY_TORCH = frozenset({"weight", "running_mean", "running_var"})
_COUNTED = "num_batches_tracked"
"""How many batches PyTorch's normalisation has seen: nothing that it computes with."""


def parted(name: str) -> tuple[str, str]:
    """`stem.0.weight` is the `weight` of `stem.0`; `conv1/kernel:0` the `kernel` of `conv1`."""
    name = name.removesuffix(":0")
    at = max(name.rfind("."), name.rfind("/"))
    return (name[:at], name[at + 1 :]) if at > 0 else ("", name)


def grouped(tensors: Iterable[tuple[str, Stored]]) -> dict[str, tuple[Stored, ...]]:
    """The tensors of each layer, in the file's order."""
    found: dict[str, list[Stored]] = {}
    for name, tensor in tensors:
        layer, role = parted(name)
        if role != _COUNTED:
            found.setdefault(layer or role, []).append(_called(tensor, role, layer or role))
    return {layer: tuple(held) for layer, held in found.items()}


def _called(tensor: Stored, role: str, layer: str) -> Stored:
    return replace(tensor, name=role, layer=layer)


def form_of(layers: Iterable[tuple[Stored, ...]]) -> Form:
    """Whose names they are."""
    return "torch" if any(each.name in _ONLY_TORCH for held in layers for each in held) else "keras"
