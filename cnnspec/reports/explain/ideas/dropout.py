"""Dropout: what a training does, and what an evaluation does, on ten numbers."""

from collections.abc import Iterator
from random import Random

from cnnspec.layers.base import Layer
from cnnspec.layers.dropout import Dropout
from cnnspec.layers.formulas.filling import filled
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.formulas.working_out import work_out
from cnnspec.layers.shape import Shape
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Grid, Paragraph, Section
from cnnspec.reports.explain.pictures import tidy

_COUNT, _SEED = 8, 3


def told(network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int) -> Iterator[Section]:
    """A row of ones, twice in training and once afterwards; nothing for a rate of 0 or 1, which draws nothing."""
    rate = float(getattr(layer, "rate", 0.0))
    if not 0 < rate < 1:
        yield Section(
            "", (Paragraph(f"With a rate of {tidy(rate)} {'all' if rate else 'none'} of the numbers are dropped."),)
        )
        return
    equation = filled(read_formula(Dropout(rate=rate).formula)[0], Dropout(rate=rate).symbols((_COUNT,)))
    draws = Random(_SEED)
    rows = [("x", *["1"] * _COUNT)]
    for step in (1, 2):
        kept = [int(draws.random() >= rate) for _ in range(_COUNT)]
        rows.append((f"m, step {step}", *map(str, kept)))
        rows.append((f"y, step {step}", *(tidy(float(work_out(equation.right, {"x": 1.0, "m": m}))) for m in kept)))
    rows.append(("y, afterwards", *["1"] * _COUNT))
    yield Section(
        "an example with eight ones",
        (
            Grid("", tuple(rows)),
            Paragraph(
                f"Each number stays with the probability {tidy(1 - rate)} and is then divided by it, so that on "
                "average a sum over them stays what it was. Evaluation and prediction draw nothing and hand on what "
                "they read; that is why the loss in training may be higher than the one on the validation split."
            ),
        ),
    )
