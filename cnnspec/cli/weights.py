"""`cnnspec weights`: what is in files of weights, and where it would go."""

from pathlib import Path
from typing import Annotated

import typer

from cnnspec import door
from cnnspec.cli.boundary import SEEN, UNKNOWN_START, announce_tensorflow, ends_here, shown_with, understood
from cnnspec.cli.command import Command
from cnnspec.cli.options import Format, FormatOption, SetOption, SpecArgument, standard_input
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import page, say
from cnnspec.reports.safe import shown
from cnnspec.reports.terminal import lay_out
from cnnspec.reports.transfer import transfer_sheet
from cnnspec.reports.weights import contents_json, contents_sheet, mapped_json, mapped_sheets
from cnnspec.results.transfer import Start
from cnnspec.runs.places import below_runs

app = typer.Typer(help="Files of weights: what is in them, and where it would go.", no_args_is_help=True)

FileArgument = Annotated[
    Path,
    Argument(metavar="FILE", help="A file (.keras, .weights.h5, .h5, .safetensors, .npz), or a run's folder."),
]
NewOption = Annotated[
    list[str] | None,
    Option("--new", metavar="STAGE", help="A stage or entry that need not be in the file; may be given again."),
]


@app.command("show", short_help="Names, shapes and types of the weights in a file", cls=Command)
@ends_here
def show_weights(file: FileArgument, format: FormatOption = Format.table) -> None:
    """Names, shapes and types of the weights in a file, whoever made it; none of its numbers is read."""
    found = door.mapping.contents(door.source.named(Start(below_runs(file))))
    if format is Format.json:
        say(contents_json(found))
    else:
        say(lay_out((contents_sheet(found),), page()))


@app.command("map", short_help="What of a file would go where in a network", cls=Command)
@ends_here
def map_weights(
    file: FileArgument,
    spec: SpecArgument,
    new: NewOption = None,
    format: FormatOption = Format.table,
    settings: SetOption = None,
) -> None:
    """What of a file would go where in a spec's network, by stage, and what is left on either side.

    As train --start-from does it, which would refuse what the last line tells; but for words: rows of an embedding are
    told by their words only where there is data.
    """
    read, graph, analysis = understood(spec, settings or (), standard_input, UNKNOWN_START | SEEN)
    with shown_with(analysis.texts):
        given = door.source.completed(read, Start(below_runs(file), new=tuple(new or ())))
        found, unclear, refused = door.mapping.mapped(door.source.named(given, read), graph)
    if format is Format.json:
        say(mapped_json(found, unclear, refused, read.shown))
    else:
        say(lay_out(mapped_sheets(found, unclear, refused, read.shown), page()))


@app.command("fetch", short_help="Download the weights that a spec declares", cls=Command)
@ends_here
def fetch_weights(spec: SpecArgument) -> None:
    """Download the weights that a spec declares under pretrained, and keep them for start_from: imagenet.

    keras.applications does it, with its own hash, into Keras' cache; train never goes to the network.
    """
    read, graph, analysis = understood(spec, (), standard_input, UNKNOWN_START | SEEN)
    with shown_with(analysis.texts):
        announce_tensorflow()
        path, told = door.fetch.fetch(read, graph)
    say(lay_out((transfer_sheet(told),), page()))
    say(f"{shown(str(path))}: for start_from: imagenet, or --start-from imagenet")
