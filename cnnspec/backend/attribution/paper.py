"""Pieces of a sheet as pictures of one width, and their stacking."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw

from cnnspec.backend.attribution.colours import AGAINST, FAINT, FOR, INK, PAPER, RULE, Colour, behind, heat, strengths
from cnnspec.backend.data.splits import Array
from cnnspec.backend.inspect.lettering import Drawn, Lettering
from cnnspec.results.attribution import Panel, SeenCurve, SeenNumbers, SeenWords

WIDTH = 760
_MARGIN, _GAP, _LINE, TEXT = 16, 10, 21, 15
_CURVE, _BAND = 120, 12
_MOST_ROWS = 24
"""Numbers, or lines of words, that are drawn of one input."""
Picture = Image.Image


@dataclass(frozen=True, slots=True)
class Paper:
    """Draws pieces of a sheet with one lettering."""

    lettering: Lettering

    def lines(self, texts: Iterable[tuple[str, Colour]]) -> Picture:
        """Lines of text, each in its colour, broken where they are longer than the sheet is wide."""
        drawn = [(line, colour) for text, colour in texts for line in self._broken(text)]
        piece = _blank(len(drawn) * _LINE)
        for number, (line, colour) in enumerate(drawn):
            self._write(piece, (0, number * _LINE), line, colour)
        return piece

    def panels(self, panels: Sequence[Panel]) -> Picture:
        """Pictures side by side, in as many rows as they need, each below its title."""
        placed, x, y, high = [], 0, 0, 0
        for panel in panels:
            wide = max(panel.size[0], int(self.lettering.font.getlength(panel.title)) + 1)
            if x and x + wide > WIDTH:
                x, y, high = 0, y + high + _GAP, 0
            placed.append((panel, x, y))
            x, high = x + wide + _GAP, max(high, panel.size[1] + _LINE + 2)
        piece = _blank(y + high)
        for panel, x, y in placed:
            self._write(piece, (x, y), self.lettering.whole(panel.title), FAINT)
            piece.paste(Image.open(BytesIO(panel.png)), (x, y + _LINE))
        return piece

    def words(self, seen: SeenWords) -> Picture:
        """Words on their colours, as a text; a word that the vocabulary lacks has a line below it."""
        shares = strengths(np.array([word.attribution for word in seen.words]))
        boxes, x, y = [], 0, 0
        for word, share in zip(seen.words, shares.tolist(), strict=True):
            drawn = self.lettering.name(word.text or " ", WIDTH - 8)
            wide = int(drawn.font.getlength(drawn.text)) + (6 if seen.between else 2)
            if x and x + wide > WIDTH:
                x, y = 0, y + _LINE + 4
            boxes.append((drawn, word.known, share, (x, y, x + wide, y + _LINE)))
            x += wide + (3 if seen.between else 0)
        boxes = [box for box in boxes if box[3][1] < _MOST_ROWS * (_LINE + 4)]
        piece = _blank((boxes[-1][3][3] if boxes else _LINE) + 2)
        pen = ImageDraw.Draw(piece)
        for drawn, known, share, box in boxes:
            pen.rectangle(box, behind(share))
            self._write(piece, (box[0] + (3 if seen.between else 1), box[1]), drawn, INK)
            if not known:
                pen.line((box[0] + 2, box[3], box[2] - 2, box[3]), FAINT)
        return piece

    def curve(self, seen: SeenCurve) -> Picture:
        """Each channel's curve on the colours of its attributions; the Grad-CAM as a band below."""
        shares = strengths(np.array(seen.attributions))
        rows = [_curve(np.array(values), share) for values, share in zip(seen.values, shares, strict=True)]
        if seen.heats:
            most = max(seen.heats) or 1.0
            band = heat(np.array(seen.heats)[None] / most)
            rows.append(Image.fromarray(band).resize((WIDTH, _BAND), Image.Resampling.NEAREST))
        return stacked(rows, 4)

    def numbers(self, seen: SeenNumbers) -> Picture:
        """A line for each number, the strongest first: name, value, a bar to the right for, to the left against."""
        order = np.argsort(-np.abs(seen.attributions), kind="stable")[:_MOST_ROWS]
        shares = strengths(np.array(seen.attributions))
        piece = _blank(len(order) * _LINE)
        pen, middle, half = ImageDraw.Draw(piece), WIDTH - 190, 180
        for row, at in enumerate(order.tolist()):
            y = row * _LINE
            self._write(piece, (0, y), self.lettering.name(seen.names[at], 250), INK)
            self._write(piece, (260, y), self.lettering.whole(f"{seen.values[at]:.4g}"), FAINT)
            end = middle + int(half * shares[at])
            pen.rectangle(
                (min(middle, end), y + 3, max(middle, end), y + _LINE - 4), FOR if shares[at] > 0 else AGAINST
            )
        pen.line((middle, 0, middle, piece.height), RULE)
        return piece

    def _broken(self, text: str) -> list[Drawn]:
        said = self.lettering.whole(text.replace("×", "x"))  # which Pillow's own font has
        lines = [""]
        for word in said.text.split(" "):
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and said.font.getlength(longer) > WIDTH:
                lines.append(word)
            else:
                lines[-1] = longer
        return [Drawn(line, said.font) for line in lines]

    def _write(self, piece: Picture, at: tuple[int, int], said: Drawn, colour: Colour) -> None:
        rise = self.lettering.font.getmetrics()[0]
        ImageDraw.Draw(piece).text((at[0], at[1] + rise), said.text, colour, said.font, anchor="ls")


def _curve(values: Array, shares: Array) -> Picture:
    """A curve (n) in front of a strip of colours for each place; drawn twice as large, then made smaller."""
    strip = np.array([behind(share) for share in shares.tolist()], np.uint8)[None]
    piece = Image.fromarray(strip).resize((2 * WIDTH, 2 * _CURVE), Image.Resampling.NEAREST)
    low, high = float(values.min()), float(values.max())
    places = (np.arange(len(values)) + 0.5) * (2 * WIDTH / len(values))
    heights = 2 * _CURVE - 12 - (values - low) / ((high - low) or 1.0) * (2 * _CURVE - 24)
    pen = ImageDraw.Draw(piece)
    pen.line(list(zip(places.tolist(), heights.tolist(), strict=True)), INK, 3, "curve")
    return piece.resize((WIDTH, _CURVE), Image.Resampling.LANCZOS)


def _blank(height: int) -> Picture:
    return Image.new("RGB", (WIDTH, max(1, height)), PAPER)


def stacked(pieces: Sequence[Picture], gap: int = _GAP) -> Picture:
    """Pictures one below the other, as wide as the widest."""
    height = sum(piece.height for piece in pieces) + gap * (len(pieces) - 1)
    whole = Image.new("RGB", (max(piece.width for piece in pieces), max(1, height)), PAPER)
    y = 0
    for piece in pieces:
        whole.paste(piece, (0, y))
        y += piece.height + gap
    return whole


def framed(piece: Picture) -> Picture:
    """With a margin around it."""
    whole = Image.new("RGB", (piece.width + 2 * _MARGIN, piece.height + 2 * _MARGIN), PAPER)
    whole.paste(piece, (_MARGIN, _MARGIN))
    return whole


def ruled() -> Picture:
    """A rule between two examples, as wide as they are with their margins."""
    piece = Image.new("RGB", (WIDTH + 2 * _MARGIN, 1), PAPER)
    ImageDraw.Draw(piece).line((_MARGIN, 0, WIDTH + _MARGIN, 0), RULE)
    return piece


def png(picture: Picture) -> bytes:
    """The picture as a file."""
    held = BytesIO()
    picture.save(held, "PNG")
    return held.getvalue()
