"""Recurrent layers: the same weights at every step, and how many these are."""

from collections.abc import Iterator

from cnnspec.layers.base import Layer
from cnnspec.layers.recurrence import Recurrent
from cnnspec.layers.shape import Shape
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Drawing, Points, Section
from cnnspec.reports.numbers import count

_DRAWN = 3


def told(network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int) -> Iterator[Section]:
    """The steps one after the other, and how many products each takes."""
    assert isinstance(layer, Recurrent)
    length = shapes[0][0]
    yield Section("step by step", (Drawing("", _unrolled(length)), Points(tuple(_counts(layer, length)))))


def _unrolled(length: object) -> tuple[str, ...]:
    last = length - 1 if isinstance(length, int) else "last"
    steps = [
        *range(min(_DRAWN, length if isinstance(length, int) else _DRAWN)),
        *([last] if last not in range(_DRAWN) else []),
    ]
    cells = [f"[ step {step} ]" for step in steps]
    if len(steps) > _DRAWN:
        cells.insert(_DRAWN, "...")
    lines = ["h = 0", *cells]
    joined = " ── ".join(lines)
    ups = "".join(
        " " * (joined.index(cell) + 2 - before) + f"x[{step}]" for cell, step, before in _apart(joined, cells, steps)
    )
    return (f"{joined} ── h", ups)


def _apart(joined: str, cells: list[str], steps: list[object]) -> list[tuple[str, object, int]]:
    found, end = [], 0
    for cell, step in zip([each for each in cells if each != "..."], steps, strict=True):
        found.append((cell, step, end))
        end = joined.index(cell) + 2 + len(f"x[{step}]")
    return found


def _counts(layer: Recurrent, length: object) -> Iterator[str]:
    units = getattr(layer, "units", None)
    ways = " in each of two directions" if layer.directions == 2 else ""
    if units is not None:
        each = f"{layer.gates} products of what is read, and {layer.gates} of the {units} numbers that are kept"
        yield f"{each}, at each step{ways}"
    yield "all steps share the weights, so that a longer sequence has no more of them"
    if isinstance(length, int):
        yield f"a gradient goes back through {count(length)} steps, once through the function of each"
    if getattr(layer, "dropout", 0) or getattr(layer, "recurrent_dropout", 0):
        yield "while training some of what is read, or kept, is dropped, the same at all steps"
