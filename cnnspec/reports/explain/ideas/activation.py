"""Activations: the curve, drawn from the formula itself, and its slope, by which gradients are multiplied."""

from collections.abc import Callable, Iterator

from cnnspec.layers.base import Layer
from cnnspec.layers.formulas.filling import filled
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.formulas.terms import Name, Term
from cnnspec.layers.formulas.working_out import work_out
from cnnspec.layers.shape import Shape
from cnnspec.layers.symbol import Symbol
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Drawing, Grid, Paragraph, Part, Section
from cnnspec.reports.explain.pictures import curve, tidy

_LEAST, _MOST = -5.0, 5.0
_SHOWN = (-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0)
_NEAR = 1e-5
_SCORES = (2.0, 1.0, 0.0, -1.0)


def told(network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int) -> Iterator[Section]:
    """The curve of a function of one number; an example of one that looks along an axis."""
    equation = filled(read_formula(layer.formula)[0], layer.symbols(*shapes))
    if isinstance(equation.left, Name):
        yield Section("", tuple(_curve(_function(equation.right))))
    elif layer.ends_in == "softmax":
        yield Section("", tuple(_softmax(layer.formula)))


def _function(term: Term) -> Callable[[float], float]:
    return lambda x: float(work_out(term, {"x": x}))


def _curve(function: Callable[[float], float]) -> Iterator[Part]:
    yield Drawing("its curve", curve(function, _LEAST, _MOST))
    slopes = [_slope(function, x) for x in _SHOWN]
    head = ("x", *map(tidy, _SHOWN))
    yield Grid("", (head, ("y", *(tidy(function(x)) for x in _SHOWN)), ("slope", *map(tidy, slopes))))
    yield Paragraph(
        "On the way back a gradient is multiplied by the slope at each number that went through: "
        f"here by {tidy(min(slopes))} to {tidy(max(slopes))}. {_so(slopes)}"
    )


def _slope(function: Callable[[float], float], x: float) -> float:
    """Just above x, as at a bend the derivative from the right."""
    return (function(x + 2 * _NEAR) - function(x + _NEAR)) / _NEAR


def _so(slopes: list[float]) -> str:
    if max(map(abs, slopes)) < 0.5:
        return "Far less than 1 everywhere: with every such layer on its way less of the gradient is left."
    if min(map(abs, slopes)) < 1e-6:
        return "Where it is 1 the gradient passes as it is; where it is 0 nothing of it does."
    return ""


def _softmax(formula: str) -> Iterator[Part]:
    equation = filled(read_formula(formula)[0], {"n": Symbol(len(_SCORES))})
    values = [float(work_out(equation.right, {"x": _SCORES.__getitem__, "c": c})) for c in range(len(_SCORES))]
    rows = (("x", *map(tidy, _SCORES)), ("y", *map(tidy, values)))
    yield Grid("an example with four scores", rows)
    yield Paragraph(
        f"They are positive and add up to {tidy(sum(values))}: probabilities. "
        "A number that is added to all scores changes none of them."
    )
