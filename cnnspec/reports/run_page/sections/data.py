"""The data: how many examples of what, what occurs twice, and some of the pictures."""

from collections.abc import Iterator, Sequence

from cnnspec.reports.data.view import data_sheets
from cnnspec.reports.run_page.blocks import Block, Section, Tabled, Words
from cnnspec.reports.run_page.reported import Reported, beside, missing

_WIDTH = 100


def data(runs: Sequence[Reported]) -> Section:
    """Data that several runs have is shown with the first of them."""
    first: dict[object, str] = {}
    for run in runs:
        first.setdefault(_view(run), run.name)
    return Section("data", "The data", beside(runs, lambda run: tuple(_told(run, first[_view(run)]))))


def _view(run: Reported) -> object:
    """What tells data from others; the seed that divides it does, where it is divided."""
    return run.name if run.data is None else data_sheets(run.data, _WIDTH)


def _told(run: Reported, first: str) -> Iterator[Block]:
    yield from missing(run, "data")
    if run.data is not None and first != run.name:
        yield Words(f"the same as that of {first}")
    elif run.data is not None:
        yield from (Words(doubt.message, missing=True) for doubt in run.data.doubts)
        yield from map(Tabled, data_sheets(run.data, _WIDTH))
