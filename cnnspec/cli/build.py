"""`cnnspec build`: a Keras model, untrained, in a file."""

from pathlib import Path
from typing import Annotated

from cnnspec import door
from cnnspec.cli.boundary import announce_tensorflow, ends_here, understood
from cnnspec.cli.new_file import check_new_file
from cnnspec.cli.options import SetOption, SpecArgument, standard_input
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import flowing, say
from cnnspec.graph.learners import learners
from cnnspec.reports.safe import shown


@ends_here
def build(
    spec: SpecArgument,
    output: Annotated[Path, Option("--output", "-o", metavar="FILE", help="The file to write; it ends in .keras.")],
    seed: Annotated[
        int | None, Option("--seed", min=0, max=2**32 - 1, help="Makes the initial weights repeatable.")
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
    settings: SetOption = None,
) -> None:
    """Build the Keras model of a spec, with initial weights, and save it."""
    check_new_file(output, force, "-o", ".keras")
    read, graph, _ = understood(spec, settings or (), standard_input)
    announce_tensorflow()
    if seed is not None:
        door.startup.use_seed(seed)
    model = door.build.build_model(graph, read.name)
    door.build.save_model(model, output, force)
    say(f"{shown(str(output))}: {shown(read.shown)}, {model.count_params():,} parameters")
    for name in (graph.nodes[owner].name for owner in learners(graph)):
        say(
            flowing(f"note: {shown(name)} has mean 0 and variance 1: train learns them from the data, build reads none")
        )
