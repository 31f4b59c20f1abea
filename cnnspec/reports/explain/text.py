"""Explanations as text for a terminal or a file."""

from collections.abc import Iterator

from rich.cells import cell_len

from cnnspec.layers.formulas.terms import Equation
from cnnspec.reports.explain.parts import (
    Drawing,
    Figures,
    Formula,
    Grid,
    Origins,
    Paragraph,
    Part,
    Points,
    Section,
)
from cnnspec.reports.explain.plain_math import plain_equation
from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.page import Page
from cnnspec.reports.safe import shown

_IN_ASCII = {"Σ(": "sum(", "Π(": "product(", " · ": " * ", "²": "^2", "√": "sqrt", "←": "<-", "→": "->", "≥": ">="}
_DRAWN = {**dict.fromkeys(range(0x2801, 0x2900), "*"), **dict.fromkeys(map(ord, "┐┘┬┼┴"), "+")}
"""Dots of a curve and corners as ASCII has them."""
_LEAST_LAST = 24
"""So many cells the last column of a table has at least."""
_WIDEST = 100
"""Sentences are not read over longer lines."""


def as_text(network: str, title: str, sections: tuple[Section, ...], page: Page) -> str:
    """An explanation in lines that fit the page."""
    lines = [*_title(network, title, min(page.width, _WIDEST) - 2)]
    for section in sections:
        lines += _section(section, min(page.width, _WIDEST) - 2)
    text = "\n".join(f" {line}".rstrip() for line in lines)
    if page.ascii:
        for sign, word in _IN_ASCII.items():
            text = text.replace(sign, word)
        text = text.translate(_DRAWN)
    return "\n".join(map(page.text, text.split("\n")))


def _title(network: str, title: str, width: int) -> Iterator[str]:
    line = shown(f"{network}    {title}")
    yield from [line] if cell_len(line) <= width else [shown(network), *wrap(shown(title), width)]


def _section(section: Section, width: int) -> Iterator[str]:
    yield ""
    if section.heading:
        yield shown(section.heading)
        yield "─" * cell_len(shown(section.heading))
    for number, part in enumerate(section.parts):
        if number and not (isinstance(part, Paragraph) and isinstance(section.parts[number - 1], Paragraph)):
            yield ""
        yield from _part(part, width)


def _part(part: Part, width: int) -> Iterator[str]:
    match part:
        case Paragraph(text):
            yield from wrap(shown(text), width)
        case Points(items):
            for item in items:
                yield from _hanging("- ", shown(item), width)
        case Formula():
            yield from _formula(part, width)
        case Drawing(title, lines):
            yield from [*wrap(shown(title), width), ""] if title else []
            yield from (f"  {line}" for line in lines)
        case Figures(title, rows):
            grid = tuple((row.name, row.text, row.working) for row in rows)
            yield from _columns(title, grid, width)
        case Origins(title, rows):
            yield from _columns(title, tuple((row.place, row.written, row.said) for row in rows), width)
        case Grid(title, cells):
            yield from _columns(title, cells, width)


def _formula(part: Formula, width: int) -> Iterator[str]:
    yield f"{part.title}:"
    yield ""
    for equation in part.equations:
        yield from _equation(equation, width)
    if part.symbols:
        yield ""
    longest = max((len(name) for name, _ in part.symbols), default=0)
    for name, said in part.symbols:
        yield from _hanging(f"  {name:<{longest}}  ", shown(said), width)


def _equation(equation: Equation, width: int) -> Iterator[str]:
    """On one line where it fits, its remark behind it where that does, too."""
    text = plain_equation(equation)
    if equation.said and len(text) + len(equation.said) + 8 <= width:
        yield f"  {text}    ({equation.said})"
        return
    indent = text.index("=") + 2
    first, *rest = _broken(text, width - 2, width - 2 - indent)
    yield f"  {first}"
    yield from (f"  {' ' * indent}{line}" for line in rest)
    if equation.said:
        yield from _hanging(" " * (indent + 2), f"({equation.said})", width)


def _broken(text: str, first: int, others: int) -> list[str]:
    """The equation in lines, broken at spaces outside all brackets where that is possible."""
    lines: list[str] = []
    line, depth, word = "", 0, ""
    for character in f"{text} ":
        depth += (character in "([") - (character in ")]")
        word += character
        if character != " " or depth:
            continue
        room = others if lines else first
        if line and len(line) + len(word.rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        line, word = line + word, ""
    return [part for each in [*lines, line.rstrip()] for part in wrap(each, max(first, 20))]


def _hanging(mark: str, text: str, width: int) -> Iterator[str]:
    first, *rest = wrap(text, max(width - cell_len(mark), 20))
    yield f"{mark}{first}"
    yield from (f"{' ' * cell_len(mark)}{line}" for line in rest)


def _columns(title: str, rows: tuple[tuple[str, ...], ...], width: int) -> Iterator[str]:
    """Cells under each other; the last column is broken where it does not fit."""
    if title:
        yield f"{title}:"
        yield ""
    cells = [tuple(map(shown, row)) for row in rows]
    widths = [max(cell_len(row[at]) for row in cells) for at in range(len(cells[0]) - 1)] if cells else []
    stacked = sum(widths) + 2 * len(widths) > width - _LEAST_LAST
    for row in cells:
        yield from _stacked(row, width) if stacked else _in_line(row, widths, width)


def _in_line(row: tuple[str, ...], widths: list[int], width: int) -> Iterator[str]:
    """The cells under those of other rows, the last one broken where it does not fit."""
    cells = zip(row, widths, strict=False)
    lead = "  " + "".join(f"{cell}{' ' * (wide - cell_len(cell) + 2)}" for cell, wide in cells)
    yield from (line.rstrip() for line in _hanging(lead, row[-1], width))


def _stacked(row: tuple[str, ...], width: int) -> Iterator[str]:
    """The first cell on a line of its own, the others below."""
    yield from _hanging("  ", row[0], width)
    yield from (line for line in _hanging("      ", "  ".join(filter(None, row[1:])), width) if line.strip())
