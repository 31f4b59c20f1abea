"""What was looked at, drawn: each example as a picture of its own, and several on one sheet."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import BytesIO

from PIL import Image

from cnnspec.backend.attribution.colours import FAINT, INK
from cnnspec.backend.attribution.paper import TEXT, Paper, Picture, framed, png, ruled, stacked
from cnnspec.backend.inspect.lettering import Lettering
from cnnspec.results.attribution import Look, Panel, SeenCurve, SeenInput, SeenPicture, SeenWords

_LEGEND = "orange: speaks for it; blue: against it; the stronger the colour, the more"
_OF_KERNELS = "orange: above 0; blue: below 0; the stronger the colour, the further"


def look_picture(look: Look) -> Look:
    """The look with its picture."""
    return replace(look, png=png(framed(stacked(list(_pieces(look, Paper(Lettering(TEXT))))))))


def sheet(looks: Iterable[Look], title: str, kernels: Panel | None = None) -> bytes:
    """Kernels, then pictures of looks one below the other, with a title above and what colours mean, as PNG."""
    paper = Paper(Lettering(TEXT))
    looked = list(looks)
    pieces = [framed(paper.lines([(title, INK), (_LEGEND if looked else _OF_KERNELS, FAINT)]))]
    if kernels is not None:
        pieces.append(framed(paper.panels([kernels])))
    for look in looked:
        pieces += [ruled(), Image.open(BytesIO(look.png))] if look.png else []
    return png(stacked(pieces, 0))


def _pieces(look: Look, paper: Paper) -> Iterator[Picture]:
    yield paper.lines([(f"{look.name}: {look.answer}", INK)])
    for seen in look.inputs:
        if len(look.inputs) > 1:
            yield paper.lines([(f"{seen.input}: {seen.total:+.4g} in all", INK)])
        yield _piece(seen, paper)
        if isinstance(seen, SeenWords):
            yield from _beside(seen, paper)
    if look.maps is not None:
        yield paper.panels([look.maps])
    yield paper.lines([(line, FAINT) for line in look.told])


def _piece(seen: SeenInput, paper: Paper) -> Picture:
    if isinstance(seen, SeenPicture):
        return paper.panels(seen.panels)
    if isinstance(seen, SeenWords):
        return paper.words(seen)
    return paper.curve(seen) if isinstance(seen, SeenCurve) else paper.numbers(seen)


def _beside(seen: SeenWords, paper: Paper) -> Iterator[Picture]:
    """What is to be said of the words, and their Grad-CAM."""
    if seen.beside:
        yield paper.lines([(seen.beside, FAINT)])
    if seen.heated is not None:
        yield paper.lines([("Grad-CAM", FAINT)])
        yield paper.words(seen.heated)
