"""`cnnspec report`: runs as one web page that needs no other file."""

from pathlib import Path
from typing import Annotated

from cnnspec.api.reporting import ENDING, Asked, lacks_library, write_report
from cnnspec.cli.boundary import announce_tensorflow, ends_here, misused, usage_error
from cnnspec.cli.completers import complete_run
from cnnspec.cli.evaluate import Split
from cnnspec.cli.finding import RunsOption, find_run
from cnnspec.cli.new_file import check_new_file
from cnnspec.cli.options import DataRootOption
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import announce, say, show_diagnostics
from cnnspec.reports.numbers import memory
from cnnspec.reports.run_page.reported import Reported
from cnnspec.reports.safe import shown
from cnnspec.runs.folder import refuse_twice
from cnnspec.runs.places import RUNS
from cnnspec.source.diagnostic import Diagnostic


@ends_here
def report(
    reported: Annotated[
        list[Path], Argument(metavar="RUN", help="Runs; several stand side by side.", completion=complete_run)
    ],
    output: Annotated[Path, Option("--output", "-o", metavar="FILE.html", help="The page to write.")],
    split: Annotated[
        Split | None, Option("--split", help="Which examples to score on; else test, where there are any.")
    ] = None,
    data_root: DataRootOption = None,
    changed_data: Annotated[
        bool, Option("--changed-data", help="Score on the data that there is where it is not what it was.")
    ] = False,
    force: Annotated[bool, Option("--force", help="Replace a page that is there.")] = False,
    runs: RunsOption = RUNS,
) -> None:
    """Write runs as one web page: what was asked, the data, curves, scores, the worst mistakes, how to get it again."""
    check_new_file(output, force, "-o", ENDING)
    if lacks_library():
        raise usage_error("a page needs jinja2, which is not installed", "pip install 'cnnspec[report]'")
    folders = [find_run(run, runs) for run in reported]
    with misused():
        refuse_twice(folder.shown for folder in folders)
    announce_tensorflow()
    asked = Asked(None if split is None else split.value, data_root, changed_data, telling=announce)
    told = write_report(folders, output, asked, force)
    show_diagnostics([_warning(run, what, why) for run in told for what, why in run.missing.items()], {})
    say(f"{shown(str(output))}: {', '.join(shown(run.name) for run in told)}, {memory(output.stat().st_size)}")


def _warning(run: Reported, what: str, why: str) -> Diagnostic:
    return Diagnostic("not-in-report", f"{run.name}: the page lacks its {what}: {why}", severity="warning")
