"""What a layer makes of what it reads, within what a tensor can hold."""

from collections.abc import Sequence

from cnnspec.layers.base import Facts, Layer, Misfit
from cnnspec.layers.fields import LARGEST
from cnnspec.layers.shape import Shape


def inferred(layer: Layer, inputs: Sequence[Shape]) -> Facts:
    """The facts of a plain layer for these inputs; raises Misfit, also where its output would be too large."""
    facts = layer.infer(*inputs)
    largest = max((size for size in facts.output if isinstance(size, int)), default=0)
    if largest > LARGEST:
        received = f"{layer.kind} gives a size of {largest:,}"
        raise Misfit(None, received, f"at most {LARGEST:,}, the most that an axis can have")
    return facts
