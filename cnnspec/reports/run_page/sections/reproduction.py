"""The commands that made the runs, and those that make them again."""

from collections.abc import Sequence

from cnnspec.reports.page import Page
from cnnspec.reports.run_page.blocks import Block, Section, Source
from cnnspec.reports.run_page.reported import Reported, beside
from cnnspec.reports.runs.showing import again_command, command_lines


def reproduction(runs: Sequence[Reported]) -> Section:
    """To be copied."""
    return Section("again", "To get it again", beside(runs, _told))


def _told(run: Reported) -> tuple[Block, ...]:
    known = run.known
    return (Source("", command_lines(known.run, [again_command(known)], Page()), wraps=True),)
