"""Figures over epochs as lines in an SVG: light or dark as its reader prefers, on a ground of its own.

Every text from outside is text.
"""

import math
from collections.abc import Mapping, Sequence

from cnnspec.reports.axes import Axis, drawable, has_logarithm, logarithmic_axis, upright_axis
from cnnspec.reports.diagram.colours import DARK, LIGHT
from cnnspec.reports.plot_svg import ALONE, LABELLED, Line, Plot, plot_svg

STYLE = (
    f"text{{font:12px Helvetica,Arial,Liberation Sans,sans-serif}}"
    f".ground{{fill:{LIGHT.ground}}}.ink{{fill:{LIGHT.ink};color:{LIGHT.ink}}}"
    f"@media(prefers-color-scheme:dark){{.ground{{fill:{DARK.ground}}}.ink{{fill:{DARK.ink};color:{DARK.ink}}}}}"
)
_MOST_LABELS = 10


def curves_svg(series: Mapping[str, Sequence[float]], title: str) -> str:
    """A line for each series, a value an epoch; what is no number is a gap. Empty where there is nothing to draw."""
    plot = curves_plot(series, title)
    if plot is None:
        return ""
    ground = f'<rect class="ground" width="{ALONE.width}" height="{ALONE.height}" rx="6"/>'
    return plot_svg(plot, ALONE, "", f"<style>{STYLE}</style>{ground}")


def curves_plot(
    series: Mapping[str, Sequence[float]],
    title: str,
    beside: Mapping[str, str] | None = None,
    logarithmic: bool = False,
) -> Plot | None:
    """The same as a value, None where there is nothing to draw; a series has the colour of the one it is `beside`.

    What is not above 0 has no place on a `logarithmic` axis, and is a gap.
    """
    if logarithmic:
        series = {
            name: [value if has_logarithm(value) else math.nan for value in line] for name, line in series.items()
        }
    values = [value for line in series.values() for value in line if drawable(value)]
    if not values:
        return None
    upright = logarithmic_axis(min(values), max(values), LABELLED) if logarithmic else upright_axis(values, LABELLED)
    epochs = max(len(line) for line in series.values())
    owners = [name for name in series if (beside or {}).get(name) not in series]
    lines = tuple(_line(name, line, (beside or {}).get(name, ""), owners) for name, line in series.items())
    return Plot(title, _epochs_axis(epochs), upright, lines, ("epoch", ""))


def _line(name: str, line: Sequence[float], beside: str, owners: Sequence[str]) -> Line:
    """A line with a colour of its own, or that of the one it belongs to."""
    points = tuple((epoch, value, f"{name}, epoch {epoch + 1}: {value:.5g}") for epoch, value in enumerate(line))
    return Line(name, points, owners.index(name if name in owners else beside), beside=name not in owners)


def _epochs_axis(epochs: int) -> Axis:
    """From the first epoch to the last, labelled from 1; a single one stands in the middle."""
    every = max(1, -(-epochs // _MOST_LABELS))
    ticks = tuple((float(epoch), str(epoch + 1)) for epoch in range(0, epochs, every))
    return Axis(-1.0, 1.0, ticks) if epochs == 1 else Axis(0.0, epochs - 1.0, ticks)
