"""Which examples were mistaken, the worst of them first."""

from collections.abc import Iterator, Sequence

from cnnspec.reports.mistaken import mistaken_sheets
from cnnspec.reports.run_page.blocks import Block, Section, Tabled, Words
from cnnspec.reports.run_page.reported import Reported, beside


def mistakes(runs: Sequence[Reported]) -> Section | None:
    """Nothing where nothing was scored."""
    if all(run.evaluation is None for run in runs):
        return None
    return Section("mistakes", "The worst mistakes", beside(runs, lambda run: tuple(_told(run))))


def _told(run: Reported) -> Iterator[Block]:
    outputs = () if run.evaluation is None else run.evaluation.outputs
    sheets = [sheet for output in outputs for sheet in mistaken_sheets(output, len(outputs) > 1)]
    yield from map(Tabled, sheets)
    if outputs and not sheets:
        yield Words("no example was mistaken")
