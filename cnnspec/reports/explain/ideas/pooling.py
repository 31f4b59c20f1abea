"""Pooling: what becomes of a picture of 4 x 4, worked out by the formula of the layer."""

from collections.abc import Iterator

from cnnspec.layers.base import Layer
from cnnspec.layers.formulas.filling import filled
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.formulas.working_out import work_out
from cnnspec.layers.shape import Shape
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Drawing, Paragraph, Section
from cnnspec.reports.explain.pictures import beside, rows_of

PICTURE = ((1, 3, 2, 0), (5, 2, 1, 1), (0, 1, 8, 2), (2, 1, 4, 6))


def told(network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int) -> Iterator[Section]:
    """The same kind of pool, with a window of 2, on a picture of one channel."""
    small = type(layer).model_validate({"pool_size": 2})
    equation = filled(read_formula(small.formula)[0], small.symbols((4, 4, 1)))
    arrays = {"x": lambda i, j, c: PICTURE[i][j], "c": 0}
    pooled = [[float(work_out(equation.right, {**arrays, "i": i, "j": j})) for j in range(2)] for i in range(2)]
    yield Section(
        "an example on a picture of 4 × 4",
        (
            Drawing("with a window of 2 × 2", beside([("x", rows_of(PICTURE)), ("y", rows_of(pooled))])),
            Paragraph(
                "Each channel is pooled by itself, nothing is learnt, and what moves by a place or two changes little."
            ),
        ),
    )
