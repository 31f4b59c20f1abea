"""Figures over epochs as lines in a terminal, with their axes and names.

Every line has a mark beside its colour, so that lines stay apart without colours and for eyes that see few.
"""

from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from cnnspec.reports.axes import Axis, drawable, epoch_labels, upright_axis
from cnnspec.reports.canvas import Canvas, colour, mark
from cnnspec.reports.page import Page
from cnnspec.reports.safe import shown

_AXIS, _PHASE = "epoch", "phase"
_GAP = "   "


def curve(
    series: Mapping[str, Sequence[float]], width: int, height: int, page: Page, phases: Sequence[str] = ()
) -> Text:
    """Lines over each other, one for each series by name, a value an epoch; NaN and infinities are gaps.

    Where the training had `phases`, named epoch by epoch, a line under the axis says where each begins.

    `height` lines of the terminal for them, then two for the axis and some for the names; none is wider
    than `width` cells. Where one value is far above all others the axis is logarithmic.
    """
    values = [value for line in series.values() for value in line if drawable(value)]
    if not values:
        return Text("no figures to draw", style="dim")
    epochs = max(len(line) for line in series.values())
    height = max(2, height)
    axis = upright_axis(values, height)
    margin = max(len(_AXIS), *(len(label) for _, label in axis.ticks))
    canvas = Canvas(max(8, width - margin - 2), height, page.ascii)
    for number, line in enumerate(series.values()):
        canvas.draw([_place(axis, epoch, value, epochs) for epoch, value in enumerate(line)], number)
    places = [canvas.cell(_right(epoch, epochs), 0)[0] for epoch in range(epochs)]
    lines = [*_framed(canvas, axis, margin, page)]
    lines.append(Text(f"{_AXIS:>{margin}}  {epoch_labels(places)}", style="dim"))
    lines += _phase_line(phases, places, margin, canvas.columns, page)
    return Text("\n").join([*lines, *_legend(tuple(series), width, page, axis.logarithmic)])


def titled_curve(
    series: Mapping[str, Sequence[float]],
    title: str,
    width: int,
    height: int,
    page: Page,
    phases: Sequence[str] = (),
) -> Text | None:
    """The lines under the title of what they are of; None where no line has two epochs."""
    if max(map(len, series.values()), default=0) < 2:
        return None
    heading = (page.text(f" {shown(title)} by epoch"), "bold")
    return Text.assemble(heading, "\n", curve(series, width, height, page, phases))


def _phase_line(phases: Sequence[str], places: Sequence[int], margin: int, columns: int, page: Page) -> list[Text]:
    """Where each phase begins, with its name as far as there is room; nothing where there are none."""
    starts = [at for at, name in enumerate(phases[: len(places)]) if name and (at == 0 or phases[at - 1] != name)]
    if not starts:
        return []
    line, ends = "", [*(places[at] for at in starts[1:]), columns + 1]
    for start, end in zip(starts, ends, strict=True):
        title = page.text(f"|{shown(phases[start])}")
        line = set_cell_size(line, places[start]) + set_cell_size(title, max(1, end - places[start] - 1)).rstrip()
    return [Text(f"{_PHASE:>{margin}}  {line}", style="dim")]


def _place(axis: Axis, epoch: int, value: float, epochs: int) -> tuple[float, float] | None:
    return (_right(epoch, epochs), 1 - axis.share(value)) if drawable(value) else None


def _right(epoch: int, epochs: int) -> float:
    return epoch / max(1, epochs - 1)


def _framed(canvas: Canvas, axis: Axis, margin: int, page: Page) -> Iterator[Text]:
    """The lines with the labelled axis at their left and the level one under them."""
    labels = {canvas.cell(0, 1 - axis.share(value))[1]: label for value, label in axis.ticks}
    for row in range(canvas.rows):
        yield Text.assemble((f"{labels.get(row, ''):>{margin}} {page.text('│')}", "dim"), canvas.row(row))
    yield Text(" " * (margin + 1) + page.text("└" + "─" * canvas.columns), style="dim")


def _legend(names: tuple[str, ...], width: int, page: Page, logarithmic: bool) -> Iterator[Text]:
    """Marks and names, on as many lines as they need."""
    line = Text()
    for number, name in enumerate(names):
        said = Text.assemble((mark(number, page.ascii) + " ", colour(number)), _cut(name, width - 2, page))
        if line and line.cell_len + len(_GAP) + said.cell_len > width:
            yield line
            line = Text()
        line = Text.assemble(line, _GAP if line else "", said)
    yield line
    if logarithmic:
        yield Text("(the upright axis is logarithmic)", style="dim")


def _cut(name: str, width: int, page: Page) -> str:
    text = page.text(shown(name))
    return text if cell_len(text) <= width else set_cell_size(text, width - 1) + page.text("…")
