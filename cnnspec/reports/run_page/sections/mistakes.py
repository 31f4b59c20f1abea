"""Which examples were mistaken, the worst of them first, and what the network looked at in them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cnnspec.reports.attribution.page import inputs_html
from cnnspec.reports.mistaken import answered, mistaken_sheets
from cnnspec.reports.numbers import count
from cnnspec.reports.run_page.blocks import Block, Card, Cards, Figure, Folded, Section, Tabled, Words
from cnnspec.reports.run_page.reported import Reported, beside, missing
from cnnspec.results.attribution import Look, SeenPicture
from cnnspec.results.evaluation import OutputFigures, with_worst
from cnnspec.results.mistaken import Mistake, Residual, WrongLabels

_FEW = 12
"""Mistakes that are listed where nobody asks for more."""
_LISTED = 100


def mistakes(runs: Sequence[Reported]) -> Section | None:
    """Nothing where nothing was scored."""
    if all(run.evaluation is None for run in runs):
        return None
    return Section("mistakes", "The worst mistakes", beside(runs, lambda run: tuple(_told(run))))


def _told(run: Reported) -> Iterator[Block]:
    if run.evaluation is None:
        return
    some = with_worst(run.evaluation, _LISTED)
    found = [output for output in some.outputs if output.mistakes is not None and output.mistakes.worst]
    for output in found:
        yield from _output(run, output, len(some.outputs) > 1)
    if not found:
        yield Words("no example was mistaken")
    yield from missing(run, "looks")


def _output(run: Reported, output: OutputFigures, titled: bool) -> Iterator[Block]:
    assert output.mistakes is not None
    pairs = list(zip(output.mistakes.worst, run.looks.get(output.output, ()), strict=False))
    if pairs:
        said = f"output {output.output}: " if titled else ""
        yield Words(f"{said}{_HOW}")
        yield Cards(tuple(_card(mistake, look) for mistake, look in pairs))
    sheets = [Tabled(replace(sheet, remarks=())) for sheet in mistaken_sheets(output, titled)]
    more = len(output.mistakes.worst) > _FEW or pairs
    yield from (
        [Folded(f"the worst {count(len(output.mistakes.worst))} as a table", tuple(sheets), screen=True)]
        if more
        else sheets
    )


_HOW = (
    "what was read, where a Grad-CAM (Selvaraju et al. 2017) finds what speaks for the answer, and how much each part "
    "counts by integrated gradients (Sundararajan et al. 2017), orange for the answer, blue against it"
)


def _is_empty(look: Look) -> bool:
    """Whether it has Grad-CAMs, and all are 0."""
    return bool(look.heats) and not any(heat.highest for heat in look.heats)


def _looked_for(mistake: Mistake, look: Look) -> tuple[str, ...]:
    """Which of several labels or numbers it is about."""
    if look.target is None:
        return ()
    if isinstance(mistake, WrongLabels):
        return (f"what speaks for {look.target.name}",)
    several = isinstance(mistake, Residual) and mistake.farthest is not None
    return (f"what speaks for number {look.target.name}",) if several else ()


def _card(mistake: Mistake, look: Look) -> Card:
    nothing = ("the Grad-CAM is 0: nothing at its stage speaks for it",) if _is_empty(look) else ()
    said = (answered(mistake), *_looked_for(mistake, look), *nothing, *(problem.message for problem in look.problems))
    if not all(isinstance(seen, SeenPicture) for seen in look.inputs):
        return Card(look.name, said, markup=inputs_html(look))
    figures = tuple(
        Figure(panel.png, "png", f"{panel.title} of {look.name}", (panel.title,))
        for seen in look.inputs
        if isinstance(seen, SeenPicture)
        for panel in seen.panels
    )
    return Card(look.name, said, figures)
