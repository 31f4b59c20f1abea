"""`cnnspec data`: what the network will see."""

from pathlib import Path
from typing import Annotated

from rich.console import Console

from cnnspec import door
from cnnspec.cli.boundary import SEEN, announce_tensorflow, ends_here, shown_with, understood, usage_error
from cnnspec.cli.new_file import check_new_file
from cnnspec.cli.options import DataRootOption, Format, FormatOption, SetOption, SpecArgument, standard_input
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import errors, output, page, say, show_diagnostics
from cnnspec.reports.data.view import data_json, data_sheets, legend_lines
from cnnspec.reports.numbers import plural
from cnnspec.reports.page import put
from cnnspec.reports.safe import shown
from cnnspec.reports.terminal import lay_out
from cnnspec.results.data import DataView


@ends_here
def data(
    spec: SpecArgument,
    contact_sheet: Annotated[
        Path | None,
        Option("--contact-sheet", metavar="FILE.png", help="Draw training pictures, augmented, into this file."),
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace a contact sheet that is there.")] = False,
    row: Annotated[
        int | None, Option("--row", min=1, help="Follow the text of this training example; the first is 1.")
    ] = None,
    text: Annotated[str | None, Option("--text", help="Follow this text on its way to the network.")] = None,
    every_class: Annotated[bool, Option("--every-class", help="List every class, however many there are.")] = False,
    data_root: DataRootOption = None,
    format: FormatOption = Format.table,
    settings: SetOption = None,
) -> None:
    """Show what the network will see: classes, sizes, lengths, words, duplicates, and one text's whole way to it."""
    if row is not None and text is not None:
        raise usage_error("--row and --text together", "follow one of them")
    if contact_sheet is not None:
        check_new_file(contact_sheet, force, "--contact-sheet", ".png")
    read, graph, analysis = understood(spec, settings or (), standard_input, SEEN)
    with shown_with(analysis.texts):
        announce_tensorflow()
        view = door.look.look(read, graph, data_root, row=row, text=text, sheet=contact_sheet)
    show_diagnostics(view.doubts, analysis.texts)
    if format is Format.json:
        say(data_json(view))
    else:
        say(lay_out(data_sheets(view, page().width, every_class), page()))
    _tell_sheet(view, errors() if format is Format.json else output())


def _tell_sheet(view: DataView, console: Console) -> None:
    """Where the contact sheet is, or at a terminal how to get one."""
    if view.sheet is not None:
        draws = f", {view.sheet.draws} augmented draws of each" if view.sheet.draws else ""
        put(console, f"\n{shown(view.sheet.path)}: {plural(view.sheet.pictures, 'picture')}{draws}")
        put(console, "".join(f"{line}\n" for line in legend_lines(view.sheet.legend, page(console))), end="")
    elif view.shows and page(console).terminal:
        put(console, "\nsee the pictures, as the network gets them: --contact-sheet FILE.png")
    console.file.flush()
