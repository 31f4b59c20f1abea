"""A drawing as PDF, its fonts in it, as LaTeX includes it and publishers ask for; and as PNG, painted of that PDF."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
import reportlab
from anyascii import anyascii
from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from cnnspec.reports.diagram.colours import Palette, Theme, palette_of
from cnnspec.reports.diagram.drawing import BOLD, SIZES, Box, Drawing, Item, Text, Volume, Wire
from cnnspec.reports.diagram.measure import width_of
from cnnspec.reports.diagram.shapes import RADII, arrowhead, bent, shortened
from cnnspec.reports.safe import shown

_PLAIN, _BOLD = "CnnspecSans", "CnnspecSansBold"
_FONTS = {_PLAIN: "Vera.ttf", _BOLD: "VeraBd.ttf"}
MOST_POINTS = 14_400
"""The longest side of a page that all readers show: 200 inches."""
MOST_PIXELS = 10_000
"""A side of a PNG has no more; a larger drawing is painted smaller."""


def as_pdf(drawing: Drawing, theme: Theme = Theme.light) -> bytes:
    """The file's content: one page, as large as the drawing, a point for a pixel where readers take pages so large."""
    _fonts()
    file, scale = io.BytesIO(), min(1.0, MOST_POINTS / max(drawing.width, drawing.height))
    canvas = Canvas(file, pagesize=(drawing.width * scale, drawing.height * scale), invariant=1, initialFontName=_PLAIN)
    canvas.scale(scale, scale)
    canvas.setTitle(_said(drawing.title.partition(",")[0], _PLAIN))
    canvas.setCreator("cnnspec")
    painter = _Painter(canvas, drawing.height, palette_of(theme))
    painter.ground(drawing.width)
    for item in drawing.items:
        painter.paint(item)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def as_png(drawing: Drawing, theme: Theme = Theme.light, scale: float = 2.0) -> bytes:
    """The file's content, `scale` pixels for one of the drawing."""
    document = pypdfium2.PdfDocument(as_pdf(drawing, theme))
    try:
        within = min(scale * drawing.width, MOST_PIXELS, MOST_PIXELS / drawing.height * drawing.width)
        within /= document[0].get_width()
        file = io.BytesIO()
        document[0].render(scale=within).to_pil().save(file, "PNG", optimize=True)
        return file.getvalue()
    finally:
        document.close()


@cache
def _fonts() -> None:
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, file in _FONTS.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))


def _said(text: str, font: str) -> str:
    """The text in characters that the font has; others as they sound, or a question mark."""
    known = pdfmetrics.getFont(font).face.charToGlyph
    return "".join(each if ord(each) in known else anyascii(each) or "?" for each in shown(text))


class _Painter:
    """Paints items on a canvas, whose y goes up from the foot of the page."""

    def __init__(self, canvas: Canvas, height: float, palette: Palette) -> None:
        self._canvas, self._height, self._palette = canvas, height, palette

    def ground(self, width: float) -> None:
        """Fill the page."""
        self._canvas.setFillColor(HexColor(self._palette.ground))
        self._canvas.rect(0, 0, width, self._height, stroke=0, fill=1)

    def paint(self, item: Item) -> None:
        """One item."""
        painters: dict[type, Callable[[Any], None]] = {
            Box: self._box, Text: self._text, Wire: self._wire, Volume: self._volume,
        }  # fmt: skip
        painters[type(item)](item)

    def _box(self, box: Box) -> None:
        fill, edge = self._palette.of_box(box.role, box.category)
        self._pen(edge, 1.0, dashed=box.role == "frame")
        if fill:
            self._canvas.setFillColor(HexColor(fill))
        radius = min(RADII.get(box.role, 4), box.height / 2, box.width / 2)
        y = self._height - box.y - box.height
        drawn = box.role != "dot"
        self._canvas.roundRect(box.x, y, box.width, box.height, radius, stroke=int(drawn), fill=int(bool(fill)))
        for text in box.texts:
            self._text(text)

    def _text(self, text: Text) -> None:
        bold, size = text.role in BOLD, SIZES[text.role]
        font = _BOLD if bold else _PLAIN
        said = _said(text.text, font)
        room, wide = width_of(text.text, size, bold), pdfmetrics.stringWidth(said, font, size)
        size *= min(1.0, room / wide) if wide else 1.0
        start = {"middle": 0.5, "end": 1.0}.get(text.anchor, 0.0) * pdfmetrics.stringWidth(said, font, size)
        canvas = self._canvas
        canvas.saveState()
        canvas.setFillColor(HexColor(self._palette.of_text(text.role)))
        canvas.setFont(font, size)
        canvas.translate(text.x, self._height - text.y)
        canvas.rotate(90 if text.turned else 0)
        canvas.drawString(-start, 0, said)
        canvas.restoreState()

    def _wire(self, wire: Wire) -> None:
        colour = self._palette.skip if wire.role == "skip" else self._palette.wire
        self._pen(colour, wire.weight, wire.dashed)
        self._path(bent(shortened(wire)), stroke=1)
        if wire.arrow:
            self._canvas.setFillColor(HexColor(colour))
            self._path(
                [("M", (point,)) if not at else ("L", (point,)) for at, point in enumerate(arrowhead(wire))], fill=1
            )

    def _volume(self, volume: Volume) -> None:
        for side, points in volume.faces.items():
            fill, edge = self._palette.of_face(volume.category, side)
            self._pen(edge, 0.8)
            self._canvas.setFillColor(HexColor(fill))
            self._path([("L" if at else "M", (point,)) for at, point in enumerate(points)], fill=1, stroke=1)

    def _pen(self, colour: str, weight: float, dashed: bool = False) -> None:
        self._canvas.setStrokeColor(HexColor(colour))
        self._canvas.setLineWidth(weight)
        self._canvas.setLineJoin(1)
        self._canvas.setDash(*([4, 3],) if dashed else ())

    def _path(self, commands: Any, stroke: int = 0, fill: int = 0) -> None:
        """A path; what is filled is closed."""
        path, at = self._canvas.beginPath(), (0.0, 0.0)
        for command, points in commands:
            places = [(x, self._height - y) for x, y in points]
            if command == "M":
                path.moveTo(*places[0])
            elif command == "L":
                path.lineTo(*places[0])
            else:
                path.curveTo(*_cubic(at, *places))
            at = places[-1]
        if fill:
            path.close()
        self._canvas.drawPath(path, stroke=stroke, fill=fill)


def _cubic(start: tuple[float, float], control: tuple[float, float], end: tuple[float, float]) -> tuple[float, ...]:
    """The cubic curve that is the quadratic one with this control point."""
    first = (start[0] + (control[0] - start[0]) * 2 / 3, start[1] + (control[1] - start[1]) * 2 / 3)
    second = (end[0] + (control[0] - end[0]) * 2 / 3, end[1] + (control[1] - end[1]) * 2 / 3)
    return (*first, *second, *end)
