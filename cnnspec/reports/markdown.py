"""Sheets as GitHub's Markdown."""

from collections.abc import Iterator

from cnnspec.reports.draw import draw
from cnnspec.reports.safe import markdown
from cnnspec.reports.table import Cell, Column, Sheet, Table


def as_markdown(sheets: tuple[Sheet, ...]) -> str:
    """Each sheet's heading, table and remarks."""
    return "\n\n".join("\n\n".join(_parts(sheet)) for sheet in sheets)


def _parts(sheet: Sheet) -> Iterator[str]:
    if sheet.heading:
        title, *rest = (markdown(part) for part in sheet.heading if part)
        yield ", ".join([f"**{title}**", *rest])
    yield "\n".join(_table(sheet.table))
    if sheet.remarks:
        yield "<br>\n".join(", ".join(map(markdown, remark)) for remark in sheet.remarks)


def _table(table: Table) -> Iterator[str]:
    yield _row([markdown(column.title) for column in table.columns])
    yield _row([_rule(column) for column in table.columns])
    for row in (*table.rows, *table.totals):
        yield _row([_cell(cell) for cell in row])


def _rule(column: Column) -> str:
    return "---:" if column.align == "right" else ":---"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return _words(cell) if isinstance(cell, str) else "<br>".join(map(markdown, draw(cell, stacked=True)))


def _words(cell: str) -> str:
    """The text with spaces before it that Markdown does not drop."""
    text = cell.lstrip(" ")
    return "&nbsp;" * (len(cell) - len(text)) + markdown(text)
