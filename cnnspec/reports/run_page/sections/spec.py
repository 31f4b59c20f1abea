"""What was asked: the spec as it was written, what was made of it, and in which settings several runs differ."""

from collections.abc import Iterator, Sequence

from cnnspec.reports.run_page.blocks import Block, Folded, Section, Source, Tabled
from cnnspec.reports.run_page.reported import Reported, beside, missing
from cnnspec.reports.runs.collect import differing
from cnnspec.reports.runs.comparing import settings_sheet


def spec(runs: Sequence[Reported]) -> Section:
    """Several runs begin with their differences."""
    apart: tuple[Block, ...] = ()
    if len(runs) > 1:
        known = [run.known for run in runs]
        apart = (Tabled(settings_sheet(known, differing(known))),)
    return Section("spec", "What was asked", (*apart, *beside(runs, lambda run: tuple(_texts(run)))))


def _texts(run: Reported) -> Iterator[Block]:
    yield from missing(run, "spec")
    if run.written:
        title = f"as written: {', '.join(run.written)}"
        yield Folded(title, tuple(Source(name, text) for name, text in run.written.items()))
    if run.resolved:
        yield Folded("as resolved: no base, no variants, every variable a value", (Source("", run.resolved),))
