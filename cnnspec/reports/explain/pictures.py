"""Small drawings in characters: a curve in Braille dots, rows of numbers side by side."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import zip_longest

_FOUR, _LARGE = Decimal("0.0001"), 1e6
_COLUMNS, _ROWS = 48, 10
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
Numbers = Sequence[Sequence[float]]


def curve(function: Callable[[float], float], least: float, most: float) -> tuple[str, ...]:
    """The function from `least` to `most`, between its lowest and its highest value there, with both axes named."""
    across, down = 2 * _COLUMNS, 4 * _ROWS
    values = [function(least + (most - least) * dot / (across - 1)) for dot in range(across)]
    low, high = min(*values, 0.0), max(*values, 0.0)
    cells = [[0] * _COLUMNS for _ in range(_ROWS)]
    before: int | None = None
    for dot, value in enumerate(values):
        row = round((high - value) / (high - low or 1) * (down - 1))
        for each in range(min(row, row if before is None else before), max(row, row if before is None else before) + 1):
            cells[each // 4][dot // 2] |= _DOTS[each % 4][dot % 2]
        before = row
    labels = {0: tidy(high), _ROWS - 1: tidy(low)}
    zero = round(high / (high - low or 1) * (down - 1)) // 4
    labels.setdefault(zero, "0")
    wide = max(map(len, labels.values()))
    lines = [
        f"{labels.get(row, ''):>{wide}} │{''.join(chr(0x2800 + cell) if cell else ' ' for cell in line)}".rstrip()
        for row, line in enumerate(cells)
    ]
    ends = f"{tidy(least)}{'0':^{_COLUMNS - len(tidy(least)) - len(tidy(most))}}{tidy(most)}"
    return (*lines, f"{'':>{wide}} └{'─' * _COLUMNS}", f"{'':>{wide}}  {ends}")


def tidy(value: float) -> str:
    """A number in at most four decimals, none that says nothing; a half is rounded up."""
    if not abs(value) < _LARGE:
        return f"{value:.10g}"
    return f"{float(Decimal(f'{value:.12g}').quantize(_FOUR, ROUND_HALF_UP)) + 0.0:.10g}"


def in_digits(value: float, digits: int) -> str:
    """A number in so many digits; a half is rounded up, as people do: of 0.125 two are `0.13`."""
    return f"{float(Context(digits, ROUND_HALF_UP).create_decimal(f'{value:.12g}')):.{digits}g}"


def rows_of(numbers: Numbers) -> list[str]:
    """Rows of numbers, their columns aligned to the right."""
    texts = [[tidy(value) for value in row] for row in numbers]
    wide = max(len(text) for row in texts for text in row)
    return [" ".join(f"{text:>{wide}}" for text in row) for row in texts]


def beside(blocks: Sequence[tuple[str, Sequence[str]]], gap: int = 4) -> tuple[str, ...]:
    """Blocks of lines side by side, each under its title."""
    columns = [(title, *lines) for title, lines in blocks]
    widths = [max(map(len, column)) for column in columns]
    rows = zip_longest(*columns, fillvalue="")
    return tuple(
        (" " * gap).join(f"{text:<{wide}}" for text, wide in zip(row, widths, strict=True)).rstrip() for row in rows
    )
