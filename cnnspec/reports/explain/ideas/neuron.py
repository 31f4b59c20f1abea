"""Neurons: what one of a dense layer does, on two numbers."""

from collections.abc import Iterator

from cnnspec.layers.base import Layer
from cnnspec.layers.core import Dense
from cnnspec.layers.formulas.filling import filled
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.formulas.working_out import work_out
from cnnspec.layers.shape import Shape
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Drawing, Paragraph, Section
from cnnspec.reports.explain.pictures import tidy

INPUTS, WEIGHTS, BIAS = (1.0, 2.0), (0.5, -1.0), 0.2


def told(network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int) -> Iterator[Section]:
    """One neuron of two inputs, worked out by the formula of the layer."""
    node = network.graph.nodes[position]
    small = Dense(units=1)
    equation = filled(read_formula(small.formula)[0], small.symbols((2,)))
    arrays = {"x": INPUTS.__getitem__, "w": lambda c, f: WEIGHTS[c], "b": lambda f: BIAS, "f": 0}
    total = float(work_out(equation.right, arrays))
    width = shapes[0][-1]
    neurons = "one neuron" if node.output[-1] == 1 else f"{node.output[-1]} neurons side by side,"
    yield Section(
        "an example with two inputs",
        (
            Paragraph(f"The layer is {neurons} with {width} weights each. One with two inputs:"),
            Drawing("", _drawn(total)),
        ),
    )


def _drawn(total: float) -> tuple[str, ...]:
    (one, two), (first, second) = INPUTS, WEIGHTS
    sums = f"{tidy(one * first)} + ({tidy(two * second)}) + {tidy(BIAS)} = {tidy(total)}"
    return (
        f"x[0] = {tidy(one)} ── · {tidy(first):>4} ──┐",
        f"x[1] = {tidy(two)} ── · {tidy(second):>4} ──┼── sum = {sums}",
        f"       1 ── · {tidy(BIAS):>4} ──┘",
    )
