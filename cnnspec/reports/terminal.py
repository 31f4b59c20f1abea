"""Sheets laid out for a terminal: columns that fit the page, fewer and narrower as it gets narrower."""

from collections.abc import Iterator
from itertools import zip_longest

from rich.cells import cell_len
from rich.text import Text

from cnnspec.reports.columns import GAP, Plan, plans
from cnnspec.reports.draw import draw, widest
from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.page import Page
from cnnspec.reports.safe import shown
from cnnspec.reports.table import Cell, Column, Sheet, Table

_MARGIN = " "


def lay_out(sheets: tuple[Sheet, ...], page: Page) -> Text:
    """All sheets under each other, no line wider than the page."""
    text = Text()
    for number, sheet in enumerate(sheets):
        text.append("\n" if number else "")
        for line in _sheet(sheet, page):
            line.rstrip()
            text.append(_MARGIN if line else "").append_text(line).append("\n")
    text.right_crop(1)
    return text


def _sheet(sheet: Sheet, page: Page) -> Iterator[Text]:
    width = page.width - 2 * len(_MARGIN)
    if sheet.heading:
        yield from _heading(sheet.heading, width, page)
        yield Text()
    for number, plan in enumerate(plans(sheet.table, width)):
        if number:
            yield Text()
        yield from _table(sheet.table, plan, page)
        yield from _end(sheet, plan, page)
    for remark in sheet.remarks:
        yield from (_remark(line, page) for line in _flowed(remark, width))


def _heading(parts: tuple[str, ...], width: int, page: Page) -> Iterator[Text]:
    for number, line in enumerate(_flowed(parts, width, "    ")):
        text = Text(page.text(line))
        if not number:
            text.stylize("bold", 0, len(page.text(shown(parts[0]))))
        yield text


def _remark(line: str, page: Page) -> Text:
    text = Text(page.text(line))
    if line.startswith("auto "):
        text.stylize("yellow", 0, len("auto"))
    return text


def _flowed(parts: tuple[str, ...], width: int, gap: str = "   ") -> Iterator[str]:
    """The parts side by side, on a further line from where they do not fit."""
    line = ""
    for part in map(shown, filter(None, parts)):
        if line and cell_len(line + gap + part) > width:
            yield line
            line = ""
        *full, line = wrap(line + gap + part if line else part, width)
        yield from full
    yield line


def _rule(plan: Plan, page: Page) -> Text:
    """A line under the columns on a terminal, an empty one elsewhere."""
    width = sum(width for _, width in plan) + GAP * (len(plan) - 1)
    return Text(page.text("─" * width), style="dim") if page.terminal else Text()


def _table(table: Table, plan: Plan, page: Page) -> Iterator[Text]:
    yield from _row(tuple(column.title for column in table.columns), table, plan, page, "dim")
    if page.terminal:
        yield _rule(plan, page)
    for row in table.rows:
        if _says_something(row, table, plan):
            yield from _row(row, table, plan, page)


def _says_something(row: tuple[Cell, ...], table: Table, plan: Plan) -> bool:
    """Whether a row is about one of the columns that share the page; where none share, it is."""
    sharing = [row[at] for at, _ in plan if table.columns[at].share]
    return not sharing or any(sharing)


def _end(sheet: Sheet, plan: Plan, page: Page) -> Iterator[Text]:
    if sheet.table.totals or sheet.remarks:
        yield _rule(plan, page)
    for row in sheet.table.totals:
        yield from _row(row, sheet.table, plan, page, "bold")


def _row(cells: tuple[Cell, ...], table: Table, plan: Plan, page: Page, style: str = "") -> Iterator[Text]:
    """The lines of a row: words start at its top, numbers stand at its foot."""
    drawn = [_lines(cells[at], width, page) for at, width in plan]
    foot = max([1, *(len(lines) for lines, (at, _) in zip(drawn, plan, strict=True) if not isinstance(cells[at], str))])
    columns = [(table.columns[at], width) for at, width in plan]
    placed = [_placed(lines, foot, column) for lines, (column, _) in zip(drawn, columns, strict=True)]
    for parts in zip_longest(*placed, fillvalue=""):
        filled = (_filled(part, width, column) for part, (column, width) in zip(parts, columns, strict=True))
        yield Text((" " * GAP).join(filled), style=style)


def _lines(cell: Cell, width: int, page: Page) -> list[str]:
    lines = _words(shown(cell), width) if isinstance(cell, str) else draw(cell, width)
    return [page.text(line) for line in lines]


def _words(text: str, width: int) -> list[str]:
    """The text, each line as far to the right as its first."""
    indent = text[: len(text) - len(text.lstrip(" "))][: width // 2]
    return [indent + line for line in wrap(text.strip(" "), width - len(indent))]


def _placed(lines: list[str], foot: int, column: Column) -> list[str]:
    return [""] * (foot - len(lines)) + lines if column.align == "right" else lines


def _filled(part: str, width: int, column: Column) -> str:
    space = " " * (width - widest([part]))
    return space + part if column.align == "right" else part + space
