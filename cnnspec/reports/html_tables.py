"""Sheets as HTML tables that stand in another page, as in a notebook: light and dark, nothing of the page around them
is changed, and every text from outside is text."""

import base64
import html
from collections.abc import Iterator

from cnnspec.reports.draw import draw
from cnnspec.reports.safe import shown
from cnnspec.reports.table import Cell, Column, Sheet, Table

_BOX = "overflow-x:auto;max-width:100%"
_TABLE = "border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.3em 0"
_CELL = "padding:.2em .8em;border:0;background:none"
_SIDES = {"left": "text-align:left;vertical-align:top", "right": "text-align:right;vertical-align:bottom"}
"""Words start at the top of a row, numbers stand at its foot."""
_HEAD = f"{_CELL};font-weight:600;border-bottom:1px solid currentColor"
_TOTAL = f"{_CELL};font-weight:600;border-top:1px solid currentColor"
_WIDEST = 64
"""So many characters of what layers do stand in a line at most."""
_QUIET = "opacity:.75;font-size:90%;margin:.15em 0"


def sheets_html(sheets: tuple[Sheet, ...]) -> str:
    """Each sheet's heading, table and remarks."""
    return f'<div class="cnnspec" style="{_BOX}">{"".join(part for sheet in sheets for part in _parts(sheet))}</div>'


def picture_html(svg: str, told: str) -> str:
    """A drawing as a picture in a page; `told` stands where none is shown.

    Notebooks that somebody else has run show pictures, and of an SVG among their text its words alone.
    """
    held = base64.b64encode(svg.encode()).decode()
    return f'<img alt="{escaped(told)}" style="max-width:100%" src="data:image/svg+xml;base64,{held}">'


def escaped(text: str) -> str:
    """A text as HTML shows it literally."""
    return html.escape(shown(text))


def _parts(sheet: Sheet) -> Iterator[str]:
    if sheet.heading:
        title, *rest = (escaped(part) for part in sheet.heading if part)
        yield f"<div><strong>{title}</strong>{''.join(f' · {each}' for each in rest)}</div>"
    yield from _table(sheet.table)
    for remark in sheet.remarks:
        yield f'<div style="{_QUIET}">{" · ".join(escaped(part) for part in remark if part)}</div>'


def _table(table: Table) -> Iterator[str]:
    yield f'<table style="{_TABLE}"><thead><tr>'
    for column in table.columns:
        yield f'<th style="{_HEAD};{_SIDES[column.align]}">{escaped(column.title)}</th>'
    yield "</tr></thead><tbody>"
    for rows, style in ((table.rows, _CELL), (table.totals, _TOTAL)):
        for row in rows:
            cells = zip(row, table.columns, strict=True)
            yield f"<tr>{''.join(_cell(cell, column, style) for cell, column in cells)}</tr>"
    yield "</tbody></table>"


def _cell(cell: Cell, column: Column, style: str) -> str:
    if isinstance(cell, str):
        spaces = len(cell) - len(cell.lstrip(" "))
        inside = "&nbsp;" * spaces + escaped(cell.lstrip(" "))
    else:
        lines = "\n".join(escaped(line) for line in draw(cell, _WIDEST, stacked=True))
        pre = "margin:0;padding:0;line-height:1.25;font-size:inherit;background:none;color:inherit;border:0"
        inside = f'<pre style="{pre}">{lines}</pre>' if lines else ""
    return f'<td style="{style};{_SIDES[column.align]}">{inside}</td>'
