"""Figures of trainings over their epochs, drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnspec.api.printed import PAGE
from cnnspec.reports.curves import curve
from cnnspec.reports.curves_svg import curves_svg
from cnnspec.reports.html_tables import picture_html


@dataclass(frozen=True, slots=True, repr=False)
class Curves:
    """A line for each figure or run, a value an epoch; `str()` draws them in a terminal, notebooks show them as SVG."""

    title: str
    series: Mapping[str, Sequence[float]]
    phases: tuple[str, ...] = ()

    def svg(self) -> str:
        """The text of an SVG file; empty where there is nothing to draw."""
        return curves_svg(self.series, self.title)

    def __repr__(self) -> str:
        return f"<Curves of {self.title}: {', '.join(self.series)}>"

    def __str__(self) -> str:
        return curve(self.series, PAGE.width - 1, 14, PAGE, self.phases).plain

    def _repr_html_(self) -> str:
        svg = self.svg()
        return picture_html(svg, f"{self.title} by epoch") if svg else "no figures to draw"
