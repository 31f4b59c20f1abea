"""Convolutions: the sum with its indices on a picture of 5 x 5, worked out by the formula itself."""

from collections.abc import Iterator

from cnnspec.layers.base import Layer
from cnnspec.layers.conv import Conv
from cnnspec.layers.formulas.filling import filled
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.formulas.terms import Equation
from cnnspec.layers.formulas.working_out import work_out
from cnnspec.layers.shape import Shape
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Drawing, Paragraph, Part, Section
from cnnspec.reports.explain.pictures import beside, rows_of, tidy
from cnnspec.reports.explain.plain_math import plain_equation

PICTURE = ((0, 0, 1, 1, 1), (0, 0, 1, 1, 1), (0, 0, 1, 1, 1), (0, 0, 1, 1, 0), (0, 0, 1, 0, 0))
KERNEL = ((-1, 0, 1), (-1, 0, 1), (-1, 0, 1))
_ROW, _ROW_KERNEL = PICTURE[2], (-1, 0, 1)


def told(network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int) -> Iterator[Section]:
    """The worked example; over steps, as of texts, in one row."""
    if len(shapes[0]) == 2:
        yield Section("an example on five steps", tuple(_in_a_row()))
    else:
        stride = max(slide.stride for slide in layer.slides_over(*shapes))
        yield Section("an example on a picture of 5 × 5", tuple(_on_a_picture(stride)))


def worked(padding: str, stride: int = 1) -> tuple[Equation, list[list[float]]]:
    """The equation of one kernel on the picture, and all that comes out."""
    layer = Conv(filters=1, kernel_size=3, strides=stride, padding=padding)
    equation = filled(read_formula(layer.formula)[0], layer.symbols((5, 5, 1)))
    height, width, _ = layer.infer((5, 5, 1)).output
    assert isinstance(height, int) and isinstance(width, int)
    return equation, [[_at(equation, i, j) for j in range(width)] for i in range(height)]


def _at(equation: Equation, i: int, j: int) -> float:
    arrays = {"x": _pixel, "w": lambda a, b, c, f: KERNEL[a][b], "b": lambda f: 0}
    return float(work_out(equation.right, {**arrays, "i": i, "j": j, "f": 0}))


def _pixel(i: int, j: int, c: int) -> int | None:
    """A pixel; None beside the picture, where zeros are padded."""
    return PICTURE[i][j] if 0 <= i < len(PICTURE) and 0 <= j < len(PICTURE[0]) else None


def _on_a_picture(stride: int) -> Iterator[Part]:
    valid, inside = worked("valid")
    same, all_places = worked("same")
    yield Paragraph("One channel in, one kernel of 3 × 3, no bias. The kernel looks for edges from dark to light:")
    blocks = [
        ("x", rows_of(PICTURE)),
        ("w", rows_of(KERNEL)),
        ("y, valid", rows_of(inside)),
        ("y, same", rows_of(all_places)),
    ]
    yield Drawing("", beside(blocks))
    yield Drawing(
        "padding valid, where the window fits: 5 - 3 + 1 = 3 places along each side", _sums(valid, inside, 0, 0)
    )
    said = "padding same, with a row of zeros on each side: 5 + 1 + 1 - 3 + 1 = 5 places along each side"
    yield Drawing(said, _sums(same, all_places, 0, 1))
    if 1 < stride <= len(PICTURE):
        _, strided = worked("same", stride)
        yield Drawing(f"padding same with a stride of {stride}, which leaves places out", tuple(rows_of(strided)))


def _sums(equation: Equation, found: list[list[float]], i: int, j: int) -> tuple[str, ...]:
    """The sum as an equation, and the one for one place written out, product by product."""
    shift = 1 if len(found) == len(PICTURE) else 0
    products = []
    for a in range(3):
        for b in range(3):
            pixel = _pixel(i + a - shift, j + b - shift, 0)
            products.append(f"{_signed(KERNEL[a][b])}·{pixel if pixel is not None else '0'}")
    lines = [" + ".join(products[row : row + 3]) for row in (0, 3, 6)]
    start = f"y[{i}, {j}] = "
    return (
        _one_kernel(plain_equation(equation)),
        f"{start}{lines[0]}",
        *(f"{' ' * (len(start) - 2)}+ {line}" for line in lines[1:]),
        f"{' ' * (len(start) - 2)}= {tidy(found[i][j])}",
    )


def _one_kernel(text: str) -> str:
    """The equation without the indices of the only channel and the only kernel."""
    return text.replace(", f]", "]").replace("b[f] + ", "").replace(", 0]", "]")


def _signed(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


def _in_a_row() -> Iterator[Part]:
    window = Conv(filters=1, kernel_size=3)
    equation = filled(read_formula(window.formula)[0], window.symbols((5, 1)))
    found = [_step(equation, i) for i in range(3)]
    yield Paragraph("One channel in, one kernel over three steps, no bias:")
    yield Drawing("", beside([("x", rows_of([_ROW])), ("w", rows_of([_ROW_KERNEL])), ("y, valid", rows_of([found]))]))
    yield Drawing("", (_one_kernel(plain_equation(equation)),))
    yield Paragraph(
        "Where each step is a word's vector, a kernel sees so many words in a row, wherever they stand, and a pool "
        "over all steps keeps its strongest answer: so a ConvNet reads a text."
    )


def _step(equation: Equation, i: int) -> float:
    arrays = {"x": lambda i, c: _ROW[i], "w": lambda a, c, f: _ROW_KERNEL[a], "b": lambda f: 0}
    return float(work_out(equation.right, {**arrays, "i": i, "f": 0}))
