"""`cnnspec summary`: the table of the paper."""

import importlib
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from rich.text import Text

from cnnspec import door
from cnnspec.cli.boundary import WRONG, ends_here, understood, usage_error
from cnnspec.cli.completers import complete_spec
from cnnspec.cli.options import SetOption, standard_input
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import page, say
from cnnspec.reports.summary.collect import Summary, collect
from cnnspec.reports.summary.compare import compare_sheet
from cnnspec.reports.summary.layers import layer_sheet
from cnnspec.reports.summary.listing import overview, specs_in
from cnnspec.reports.summary.overview import overview_sheet, overview_sheets
from cnnspec.reports.summary.stages import stage_sheet
from cnnspec.reports.table import Sheet
from cnnspec.reports.terminal import lay_out


class TableFormat(StrEnum):
    """How a summary is printed."""

    table = "table"
    markdown = "markdown"
    latex = "latex"
    csv = "csv"
    json = "json"


Specs = Annotated[
    list[str] | None,
    Argument(
        metavar="SPEC",
        help="Specs; several are compared, a column each. Without any: one line for every spec in this folder.",
        completion=complete_spec,
    ),
]


@ends_here
def summary(
    specs: Specs = None,
    layers: Annotated[bool, Option("--layers", help="Every layer instead of every stage.")] = False,
    expand: Annotated[bool, Option("--expand", help="Every block with its layers, none in one line.")] = False,
    format: Annotated[TableFormat, Option("--format", help="How to print it.")] = TableFormat.table,
    html: Annotated[bool, Option("--html", help="As a web page, with the diagram beside the table.")] = False,
    output: Annotated[
        Path | None, Option("--output", "-o", metavar="FILE", help="Write the page there; it ends in .html.")
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
    settings: SetOption = None,
) -> None:
    """Print networks as the papers do: stages, output sizes, blocks in brackets, parameters, multiply-adds."""
    if not specs and (layers or expand or settings or html):
        raise usage_error(
            "--layers, --expand, --html and --set are about specs, and none is named", "write cnnspec summary digits"
        )
    if html or output is not None:
        _page_of().check_page(html, output, format.value, force)
    if not specs:
        print_overview(specs_in(Path()), format)
        return
    summaries, drawn = [], []
    for spec in specs:
        read, graph, _ = understood(spec, settings or (), standard_input)
        summaries.append(collect(read.shown, read.reference, graph, read.training, expand=expand))
        drawn += [door.diagram.diagram(read.shown, read.reference, graph)] if html else []
    if html:
        _page_of().put_page(door.html.summary_page(_sheets(tuple(summaries), layers), drawn), output)
    else:
        say(_written(tuple(summaries), layers, format))


def _page_of() -> Any:
    """What knows how files are written, which takes longer to import than a table to be laid out."""
    return importlib.import_module("cnnspec.cli.summary_page")


def _written(summaries: tuple[Summary, ...], layers: bool, format: TableFormat) -> Text | str:
    if format is TableFormat.json:
        return door.as_json.summary_json(summaries, layers)
    if format is TableFormat.csv:
        return door.as_json.summary_csv(summaries, layers).rstrip("\r\n")
    return _laid(_sheets(summaries, layers), format)


def _sheets(summaries: tuple[Summary, ...], layers: bool) -> tuple[Sheet, ...]:
    if layers:
        return tuple(layer_sheet(summary) for summary in summaries)
    return (stage_sheet(summaries[0]) if len(summaries) == 1 else compare_sheet(summaries),)


def _laid(sheets: tuple[Sheet, ...], format: TableFormat) -> Text | str:
    if format is TableFormat.markdown:
        return door.markdown.as_markdown(sheets)
    return door.latex.as_latex(sheets) if format is TableFormat.latex else lay_out(sheets, page())


def print_overview(files: Sequence[Path], format: TableFormat, by_subject: bool = False) -> None:
    """One line for every spec, all in one table or a table for each subject."""
    if not files:
        raise usage_error("there is no spec in this folder", "name one, or see the bundled ones: cnnspec specs list")
    rows = overview(files)
    if format is TableFormat.json:
        say(door.as_json.overview_json(rows))
    elif format is TableFormat.csv:
        say(door.as_json.overview_csv(rows).rstrip("\r\n"))
    else:
        say(_laid(overview_sheets(rows) if by_subject else (overview_sheet(rows),), format))
    if any(row.summary is None for row in rows):
        raise SystemExit(WRONG)
