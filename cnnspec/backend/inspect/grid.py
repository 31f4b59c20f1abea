"""A grid of pictures with names beside its rows, drawn at a size at which even small pictures can be seen."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cnnspec.backend.data.splits import Array

_SMALLEST, _LARGEST = 96, 192
"""A picture's longer side on the sheet, in pixels: smaller ones are enlarged by a whole factor."""
_GAP, _MARGIN = 8, 16
_TEXT = 15
_LINE = 21
_MOST_BESIDE = 220
"""Pixels for the names beside the rows; longer ones are cut."""
_LEAST_WIDE = 480
_PAPER, _INK, _FAINT, _FRAME = (255, 255, 255), (20, 20, 20), (110, 110, 110), (200, 200, 200)

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Rows of pictures (h, w, 1, 3 or 4) of bytes, all of one size, with `labels` beside rows and `headings` above."""

    title: str
    headings: tuple[str, ...]
    labels: tuple[str, ...]
    rows: tuple[tuple[Array, ...], ...]


def draw(grid: Grid) -> Image.Image:
    """The sheet, as RGB."""
    font = ImageFont.load_default(_TEXT)
    wide, high = tile = _tile_size(grid.rows[0][0].shape)
    beside = min(_MOST_BESIDE, int(max(font.getlength(_printable(label)) for label in grid.labels)) + 1)
    across = beside + max(map(len, grid.rows)) * (wide + _GAP)
    title = _wrapped(_printable(grid.title), font, max(across, _LEAST_WIDE - 2 * _MARGIN))
    top = _MARGIN + _LINE * (len(title) + bool(grid.headings)) + _GAP
    size = (max(across + 2 * _MARGIN, _LEAST_WIDE), top + len(grid.rows) * (high + _GAP) + _MARGIN)
    sheet = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, line in enumerate(title):
        pen.text((_MARGIN, _MARGIN + number * _LINE), line, _INK, font)
    left = _MARGIN + beside + _GAP
    for column, heading in enumerate(grid.headings):
        pen.text((left + column * (wide + _GAP), top - _LINE - _GAP // 2), heading, _FAINT, font)
    for row, (label, tiles) in enumerate(zip(grid.labels, grid.rows, strict=True)):
        y = top + row * (high + _GAP)
        pen.text((_MARGIN, y + (high - _LINE) // 2), _cut(_printable(label), font, beside), _INK, font)
        _paste(sheet, tiles, tile, (left, y))
    return sheet


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


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def _cut(text: str, font: _Font, width: int) -> str:
    """As much of the text as fits."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"


def _wrapped(text: str, font: _Font, width: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
