"""`cnnspec runs rm`, `tag` and `note`: what can be done with runs that are there."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cnnspec.cli.boundary import ends_here, misused, usage_error
from cnnspec.cli.completers import complete_run
from cnnspec.cli.finding import RunArgument, RunsOption, find_run
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import errors, say
from cnnspec.reports.numbers import listed, memory, plural
from cnnspec.reports.page import put
from cnnspec.reports.safe import shown
from cnnspec.runs.labels import note, tag
from cnnspec.runs.places import RUNS, below_runs
from cnnspec.runs.removing import Removable, removable, remove, total
from cnnspec.source.diagnostic import Rejected


@ends_here
def remove_runs(
    named: Annotated[list[Path], Argument(metavar="RUN", help="One run or more.", completion=complete_run)],
    yes: Annotated[bool, Option("--yes", help="Do not ask.")] = False,
    runs: RunsOption = RUNS,
) -> None:
    """Remove runs for good: their folders, with all that is in them. A run that is being trained stays."""
    found = [removable(path) for path in dict.fromkeys(below_runs(run, runs) for run in named)]
    if not yes and not _agreed(found):
        say("nothing is removed")
        return
    for each in found:
        remove(each)
        say(f"removed {shown(str(each.folder.path))}")


def _agreed(found: list[Removable]) -> bool:
    """What the person at the terminal says; raises what ends the command where there is none."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise usage_error("nobody can be asked whether to remove runs", "write --yes where you mean it")
    files, size = total(found)
    names = listed([shown(each.folder.name) for each in found])
    put(errors(), f"{names}: {plural(files, 'file')}, {memory(size)}")
    for each in found:
        if each.others:
            others = listed([shown(name) for name in each.others])
            put(errors(), f"{shown(each.folder.name)} holds what training did not make: {others}")
    put(errors(), "remove for good? [y/N] ", "")
    errors().file.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


@contextmanager
def _misused_words() -> Iterator[None]:
    """What is rejected in here is how the command was used, unless it is the run."""
    try:
        yield
    except Rejected as rejected:
        if any(each.code != "usage" for each in rejected.diagnostics):
            raise
        with misused():
            raise


@ends_here
def tag_run(
    run: RunArgument,
    tags: Annotated[list[str], Argument(metavar="TAG", help="A word to find it by, as in baseline.")],
    take: Annotated[bool, Option("--remove", help="Take these tags away.")] = False,
    runs: RunsOption = RUNS,
) -> None:
    """Give a run tags, which runs list shows and --where finds: cnnspec runs list --where 'tag==baseline'."""
    folder = find_run(run, runs)
    with _misused_words():
        now = tag(folder, tags, take)
    say(f"{shown(folder.name)}: {', '.join(now) or 'no tags'}")


@ends_here
def note_run(
    run: RunArgument,
    text: Annotated[str, Argument(metavar="TEXT", help="What there is to say; an empty text takes the note away.")],
    runs: RunsOption = RUNS,
) -> None:
    """Let a run have a note, which runs show prints; an earlier one is replaced."""
    folder = find_run(run, runs)
    with _misused_words():
        note(folder, text)
    say(f"{shown(folder.name)}: {'noted' if text.strip() else 'no note'}")
