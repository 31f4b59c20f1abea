"""What a layer makes of what it reads, within what a tensor can hold and what can be followed."""

from collections.abc import Sequence

from cnnspec.layers.base import Facts, Layer, Misfit
from cnnspec.layers.fields import LARGEST
from cnnspec.layers.shape import Shape, Unknown

MOST_TERMS = 200
"""How many parts a function of unknown lengths may have: a network's own are far smaller, and others could double
with every layer."""


def inferred(layer: Layer, inputs: Sequence[Shape]) -> Facts:
    """The facts of a plain layer for these inputs; raises Misfit, also where its output goes beyond all bounds."""
    facts = layer.infer(*inputs)
    for size in facts.output:
        if isinstance(size, Unknown):
            _check_terms(layer, size)
        elif size > LARGEST:
            received = f"{layer.kind} gives a size of {size:,}"
            raise Misfit(None, received, f"at most {LARGEST:,}, the most that an axis can have")
    return facts


def _check_terms(layer: Layer, size: Unknown) -> None:
    waiting: list[object] = [size]
    for _ in range(MOST_TERMS):
        if not waiting:
            return
        part = waiting.pop()
        if isinstance(part, Unknown):
            waiting += [inner for term in part.terms for inner in term]
            waiting.append(part.constant)
        elif isinstance(part, tuple):
            waiting += part
        elif isinstance(part, int) and abs(part) > LARGEST**2:
            break
    received = f"{layer.kind} gives a length that depends on the unknown ones in more ways than can be followed"
    raise Misfit(None, received, "a simpler function", "give the input's lengths as numbers")
