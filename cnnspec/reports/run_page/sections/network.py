"""The network: its stages as the papers tell them, and its diagram."""

from collections.abc import Iterator, Sequence

from cnnspec.reports.run_page.blocks import Block, Drawn, Section, Tabled, Words
from cnnspec.reports.run_page.reported import Reported, beside, missing
from cnnspec.reports.summary.stages import stage_sheet


def network(runs: Sequence[Reported]) -> Section:
    """A network that several runs have is shown with the first of them."""
    first: dict[object, str] = {}
    for run in runs:
        first.setdefault(_tables(run), run.name)
    return Section("network", "The network", beside(runs, lambda run: tuple(_told(run, first[_tables(run)]))))


def _tables(run: Reported) -> object:
    """What tells a network from others; of one that cannot be read, nothing does."""
    return run.name if run.summary is None else (stage_sheet(run.summary).table, run.summary.inputs)


def _told(run: Reported, first: str) -> Iterator[Block]:
    yield from missing(run, "network")
    if run.summary is not None and first != run.name:
        yield Words(f"the same as that of {first}")
    elif run.summary is not None:
        yield Tabled(stage_sheet(run.summary))
        if run.diagram is not None:
            yield Drawn((run.diagram.svg(),), wide=True)
