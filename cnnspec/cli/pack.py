"""`cnnspec pack`: a run as one file for a teammate or an archive, or as a folder for the Hub."""

import shlex
from pathlib import Path
from typing import Annotated

from cnnspec.api.reporting import lacks_library
from cnnspec.api.sharing import Page, check_repository, upload_command, written_for_others
from cnnspec.cli.boundary import announce_tensorflow, ends_here, misused
from cnnspec.cli.finding import RunArgument, RunsOption, find_run
from cnnspec.cli.new_file import check_new_file, check_new_folder
from cnnspec.cli.options import DataRootOption
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import flowing, say, show_diagnostics
from cnnspec.reports.numbers import memory, plural
from cnnspec.reports.safe import shown
from cnnspec.runs.places import PACKED, RUNS
from cnnspec.source.diagnostic import Diagnostic


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
    no_report: Annotated[
        bool, Option("--no-report", help="Leave out the report, for which the run is scored once more.")
    ] = False,
    data_root: DataRootOption = None,
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
    runs: RunsOption = RUNS,
) -> None:
    """Pack a run for others: spec, weights, card, report, figures, vocabulary, each with its size and SHA-256."""
    folder = find_run(run, runs)
    target = output or Path(f"{folder.name}{PACKED}" if hub is None else hub.rpartition("/")[2])
    if hub is None:
        check_new_file(target, force, "-o", PACKED)
    else:
        with misused():
            check_repository(hub)
        check_new_folder(target)
    if not no_report and not lacks_library():
        announce_tensorflow()
    done = written_for_others(folder, target, hub, force, None if no_report else Page(data_root))
    show_diagnostics([_warning(what, why) for what, why in done.missing.items()], {})
    say(f"{shown(str(done.file))}: {shown(folder.name)}, {plural(len(done.files), 'file')}, {memory(done.size)}")
    if hub is not None:
        say(flowing(f"to publish it, once its card says what it should: {shlex.join(upload_command(hub, target))}"))


def _warning(what: str, why: str) -> Diagnostic:
    lacks = "there is no report in it" if what == "report" else f"its report lacks its {what}"
    return Diagnostic("not-in-report", f"{lacks}: {why}", severity="warning")
