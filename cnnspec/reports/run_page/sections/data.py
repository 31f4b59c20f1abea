"""The data: how many examples of what, what occurs twice, and some of the pictures."""

from collections.abc import Iterator, Sequence

from cnnspec.reports.data.view import data_sheets
from cnnspec.reports.plot_svg import small_curves
from cnnspec.reports.run_page.blocks import Block, Drawn, Figure, Figures, Section, Tabled, Words
from cnnspec.reports.run_page.reported import Reported, beside, missing
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.samples import SampleCurve, SamplePicture, Samples, SampleText

_WIDTH = 100
_SMALL = 64
"""Pictures of so many pixels at most are enlarged pixel by pixel."""
_MOST_CURVES = 12


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
        for samples in run.data.samples:
            yield from _samples(samples)


def _samples(samples: Samples) -> Iterator[Block]:
    """Examples of the classes: pictures and curves over their names, texts in a table."""
    title = f"training examples{f', {samples.note}' if samples.note else ''}"
    texts = tuple((each.label, each.text) for each in samples.shown if isinstance(each, SampleText))
    pictures = tuple(_picture(each) for each in samples.shown if isinstance(each, SamplePicture))
    curves = [each for each in samples.shown if isinstance(each, SampleCurve)]
    if texts:
        yield Tabled(Sheet((title,), Table((Column("label"), Column("text")), texts)))
    if pictures:
        yield Figures(title, pictures)
    if curves:
        yield Words(title)
        yield Drawn(tuple(small_curves(each.values, each.label) for each in curves[:_MOST_CURVES]), small=True)


def _picture(sample: SamplePicture) -> Figure:
    told = f"a training example{f' of {sample.label}' if sample.label else ''}"
    return Figure(sample.content, sample.kind, told, (sample.label,), max(sample.size) <= _SMALL)
