"""A grid of pictures with names beside its rows, drawn at a size at which even small pictures can be seen."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from cnnspec.backend.data.splits import Array
from cnnspec.backend.inspect.lettering import Drawn, Font, Lettering

_SMALLEST, _LARGEST = 96, 192
"""A picture's longer side on the sheet, in pixels: smaller ones are enlarged by a whole factor."""
_GAP, _MARGIN = 8, 16
TEXT = 15
"""The height of letters."""
_LINE = 21
_MOST_BESIDE = 220
"""Pixels for the names beside the rows; longer ones are cut, and told in full in the legend."""
_LEAST_WIDE = 480
_PAPER, _INK, _FAINT, _FRAME = (255, 255, 255), (20, 20, 20), (110, 110, 110), (200, 200, 200)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Rows of pictures (h, w, 1, 3 or 4) of bytes, all of one size, with `labels` beside rows and `headings` above."""

    title: str
    headings: tuple[str, ...]
    labels: tuple[str, ...]
    rows: tuple[tuple[Array, ...], ...]


def draw(grid: Grid, lettering: Lettering) -> Image.Image:
    """The sheet, as RGB; the lettering's legend then says what stands for names that could not be drawn."""
    wide, high = tile = _tile_size(grid.rows[0][0].shape)
    labels = [lettering.name(label, _MOST_BESIDE) for label in grid.labels]
    beside = int(max(label.font.getlength(label.text) for label in labels)) + 1
    across = beside + max(map(len, grid.rows)) * (wide + _GAP)
    title = _wrapped(lettering.whole(grid.title), max(across, _LEAST_WIDE - 2 * _MARGIN))
    top = _MARGIN + _LINE * (len(title) + bool(grid.headings)) + _GAP
    size = (max(across + 2 * _MARGIN, _LEAST_WIDE), top + len(grid.rows) * (high + _GAP) + _MARGIN)
    sheet = Image.new("RGB", size, _PAPER)
    pen = _Pen(ImageDraw.Draw(sheet), lettering.font)
    for number, line in enumerate(title):
        pen.write((_MARGIN, _MARGIN + number * _LINE), line, _INK)
    left = _MARGIN + beside + _GAP
    for column, heading in enumerate(grid.headings):
        at = (left + column * (wide + _GAP), top - _LINE - _GAP // 2)
        pen.write(at, lettering.whole(heading), _FAINT)
    for row, (label, tiles) in enumerate(zip(labels, grid.rows, strict=True)):
        y = top + row * (high + _GAP)
        pen.write((_MARGIN, y + (high - _LINE) // 2), label, _INK)
        _paste(sheet, tiles, tile, (left, y))
    return sheet


@dataclass(frozen=True, slots=True, eq=False)
class _Pen:
    """Writes all fonts on the base lines of one."""

    draw: ImageDraw.ImageDraw
    font: Font

    def write(self, at: tuple[int, int], said: Drawn, colour: tuple[int, int, int]) -> None:
        """A line whose upper left corner is there."""
        self.draw.text((at[0], at[1] + self.font.getmetrics()[0]), said.text, colour, said.font, anchor="ls")


def _paste(sheet: Image.Image, tiles: tuple[Array, ...], size: tuple[int, int], at: tuple[int, int]) -> None:
    """Put a row of pictures, each framed, side by side."""
    pen = ImageDraw.Draw(sheet)
    for column, tile in enumerate(tiles):
        x, y = at[0] + column * (size[0] + _GAP), at[1]
        sheet.paste(_tile(tile, size), (x, y))
        pen.rectangle((x - 1, y - 1, x + size[0], y + size[1]), outline=_FRAME)


def _tile_size(shape: tuple[int, ...]) -> tuple[int, int]:
    """Width and height on the sheet."""
    high, wide = shape[:2]
    longer = max(high, wide)
    if longer > _LARGEST:
        return max(1, wide * _LARGEST // longer), max(1, high * _LARGEST // longer)
    factor = max(1, -(-_SMALLEST // longer))
    return wide * factor, high * factor


def _tile(picture: Array, size: tuple[int, int]) -> Image.Image:
    channels = picture.shape[-1]
    image = Image.fromarray(picture[..., 0] if channels == 1 else np.ascontiguousarray(picture))
    if channels == 4:
        paper = Image.new("RGB", image.size, _PAPER)
        paper.paste(image, mask=image)
        image = paper
    enlarged = size[0] >= image.width
    how = Image.Resampling.NEAREST if enlarged else Image.Resampling.LANCZOS
    return image.convert("RGB").resize(size, how)


def _wrapped(said: Drawn, width: int) -> list[Drawn]:
    lines = [""]
    for word in said.text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and said.font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return [Drawn(line, said.font) for line in lines]
