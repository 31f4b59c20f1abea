"""What was asked: the spec as it was written, what was made of it, and in which settings several runs differ."""

from collections.abc import Iterator, Sequence

from cnnspec.reports.run_page.blocks import Block, Folded, Section, Source, Tabled, Words
from cnnspec.reports.run_page.reported import Reported, beside, missing
from cnnspec.reports.runs.collect import differing
from cnnspec.reports.runs.comparing import settings_sheet
from cnnspec.runs.written import Written


def spec(runs: Sequence[Reported]) -> Section:
    """Several runs begin with their differences."""
    apart: tuple[Block, ...] = ()
    if len(runs) > 1:
        known = [run.known for run in runs]
        apart = (Tabled(settings_sheet(known, differing(known))),)
    return Section("spec", "What was asked", (*apart, *beside(runs, lambda run: tuple(_texts(run)))))


def _texts(run: Reported) -> Iterator[Block]:
    yield from missing(run, "spec")
    if run.written is not None:
        yield from _written(run.written)
    if run.resolved:
        yield Folded("as resolved: no base, no variants, every variable a value", (Source("", run.resolved),))


def _written(written: Written) -> Iterator[Block]:
    """The file and what it extends, with what was asked for beside it."""
    asked = [f"variant {written.variant}"] if written.variant else []
    asked += [f"--set {setting}" for setting in written.settings]
    if asked:
        yield Words(f"asked for with {', '.join(asked)}")
    if written.files:
        texts = tuple(Source(name, text) for name, text in written.files.items())
        yield Folded(f"as written: {', '.join(written.files)}", texts)
