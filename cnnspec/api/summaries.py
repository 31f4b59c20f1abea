"""Networks as the papers print them."""

from dataclasses import dataclass, fields
from typing import Literal

from cnnspec import door
from cnnspec.api.printed import Printed, printed
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.summary.collect import Summary as Figures
from cnnspec.reports.summary.collect import collect
from cnnspec.reports.summary.compare import compare_sheet
from cnnspec.reports.summary.layers import layer_sheet
from cnnspec.reports.summary.stages import stage_sheet
from cnnspec.reports.table import Sheet
from cnnspec.source.frozen import frozen

SummaryFormat = Literal["table", "markdown", "latex", "csv", "json"]


@frozen
class Summary(Printed, Figures):
    """A network in figures, for one example: its stages, layers, parameters, multiply-adds, receptive field.

    `str()` is the paper's table; in a notebook it is shown as one.
    """

    by_layer: bool = False

    def __repr__(self) -> str:
        return Figures.__repr__(self)

    @property
    def params(self) -> int:
        """Parameters."""
        return self.cost.totals.params

    @property
    def trainable_params(self) -> int:
        """Parameters that training changes."""
        return self.cost.totals.trainable_params

    @property
    def macs(self) -> int | None:
        """Multiply-adds for one example; None over an unknown length."""
        return self.cost.totals.macs

    def to(self, format: SummaryFormat = "table") -> str:
        """The same as Markdown, LaTeX, CSV or JSON."""
        return summaries_in((self,), format, self.by_layer)

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return (layer_sheet(self) if self.by_layer else stage_sheet(self),)


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Printed):
    """Networks beside each other, a column each, or their layers one under the other."""

    networks: tuple[Summary, ...]
    by_layer: bool = False

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(each.name for each in self.networks)}>"

    def to(self, format: SummaryFormat = "table") -> str:
        """The same as Markdown, LaTeX, CSV or JSON."""
        return summaries_in(self.networks, format, self.by_layer)

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return sheets_of(self.networks, self.by_layer)


def summary_of(spec: Spec, graph: Graph, layers: bool = False, expand: bool = False) -> Summary:
    """The summary of a network, layer by layer if told so; with `expand` every block with its layers."""
    found = collect(spec.shown, spec.reference, graph, spec.training, expand=expand)
    return Summary(**{each.name: getattr(found, each.name) for each in fields(found)}, by_layer=layers)


def sheets_of(summaries: tuple[Figures, ...], layers: bool) -> tuple[Sheet, ...]:
    """The tables of one network, or of several beside each other."""
    if layers:
        return tuple(map(layer_sheet, summaries))
    return (stage_sheet(summaries[0]) if len(summaries) == 1 else compare_sheet(summaries),)


def summaries_in(summaries: tuple[Figures, ...], format: SummaryFormat, layers: bool) -> str:
    """Summaries as text of one of the formats, 80 columns wide where there are columns."""
    if format == "json":
        return door.as_json.summary_json(summaries, layers)
    if format == "csv":
        return door.as_json.summary_csv(summaries, layers)
    sheets = sheets_of(summaries, layers)
    if format == "markdown":
        return door.markdown.as_markdown(sheets)
    return door.latex.as_latex(sheets) if format == "latex" else printed(sheets)
