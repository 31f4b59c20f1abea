"""`cnnspec pack`: a run as one file for a teammate or an archive, or as a folder for the Hub."""

import shlex
from pathlib import Path
from typing import Annotated

from cnnspec.api.sharing import Packed, check_repository, laid_out, packed, upload_command
from cnnspec.cli.boundary import ends_here, misused
from cnnspec.cli.finding import RunArgument, RunsOption, find_run
from cnnspec.cli.new_file import already_there, check_new_file, check_new_folder
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import flowing, say
from cnnspec.reports.numbers import memory, plural
from cnnspec.reports.safe import shown
from cnnspec.runs.files import AlreadyThere
from cnnspec.runs.places import PACKED, RUNS


@ends_here
def pack(
    run: RunArgument,
    output: Annotated[
        Path | None,
        Option("--output", "-o", metavar="FILE.zip", help="The file to write, with --hub the folder; else by name."),
    ] = None,
    hub: Annotated[
        str | None,
        Option("--hub", metavar="USER/NAME", help="Write the folder for this repository of the Hub; nothing is sent."),
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
    runs: RunsOption = RUNS,
) -> None:
    """Pack a run for others: spec, weights, card, figures, vocabulary, each with its size and SHA-256."""
    folder = find_run(run, runs)
    if hub is not None:
        with misused():
            check_repository(hub)
        target = output or Path(hub.rpartition("/")[2])
        check_new_folder(target)
        _tell(laid_out(folder, hub, target), folder.name)
        say(flowing(f"to publish it, once its card says what it should: {shlex.join(upload_command(hub, target))}"))
        return
    file = output or Path(f"{folder.name}{PACKED}")
    check_new_file(file, force, "-o", PACKED)
    try:
        _tell(packed(folder, file, force), folder.name)
    except AlreadyThere:
        raise already_there(file) from None


def _tell(done: Packed, run: str) -> None:
    say(f"{shown(str(done.file))}: {shown(run)}, {plural(len(done.files), 'file')}, {memory(done.size)}")
