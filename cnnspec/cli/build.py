"""`cnnspec build`: a Keras model in a file, untrained or with weights from elsewhere."""

from pathlib import Path
from typing import Annotated

from cnnspec import door
from cnnspec.cli.boundary import announce_tensorflow, ends_here, shown_with, understood
from cnnspec.cli.new_file import check_new_file
from cnnspec.cli.options import SetOption, SpecArgument, standard_input
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import flowing, page, say
from cnnspec.cli.starting import NewOption, PartialOption, StartFromOption, start_of
from cnnspec.graph.learners import learners
from cnnspec.reports.safe import shown
from cnnspec.reports.terminal import lay_out
from cnnspec.reports.transfer import transfer_sheet
from cnnspec.runs.places import RUNS


@ends_here
def build(
    spec: SpecArgument,
    output: Annotated[Path, Option("--output", "-o", metavar="FILE", help="The file to write; it ends in .keras.")],
    seed: Annotated[
        int | None, Option("--seed", min=0, max=2**32 - 1, help="Makes the initial weights repeatable.")
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
    start_from: StartFromOption = None,
    new: NewOption = None,
    partial: PartialOption = False,
    settings: SetOption = None,
) -> None:
    """Build the Keras model of a spec, with initial weights or those of --start-from, and save it.

    The file opens with Keras alone; none of the weights knows cnnspec.
    """
    check_new_file(output, force, "-o", ".keras")
    start = start_of(start_from, partial, new or (), RUNS)
    read, graph, analysis = understood(spec, settings or (), standard_input)
    announce_tensorflow()
    if seed is not None:
        door.startup.use_seed(seed)
    model = door.build.build_model(graph, read.name)
    with shown_with(analysis.texts):
        told = None if start is None else door.start.start(model, graph, door.source.named(start, read), {}, {})
    door.build.save_model(model, output, force)
    if told is not None:
        say(lay_out((transfer_sheet(told),), page()))
    say(f"{shown(str(output))}: {shown(read.shown)}, {model.count_params():,} parameters")
    had = {moved.layer for moved in told.weights if moved.fate == "loaded"} if told is not None else set()
    for name in (graph.nodes[owner].name for owner in learners(graph) if graph.nodes[owner].name not in had):
        say(
            flowing(f"note: {shown(name)} has mean 0 and variance 1: train learns them from the data, build reads none")
        )
