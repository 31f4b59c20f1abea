"""Explanations as JSON: every number as such, every formula as text and as LaTeX."""

from typing import Any

from cnnspec.layers.shape import Unknown
from cnnspec.reports.explain.latex_math import latex_equation
from cnnspec.reports.explain.parts import (
    Drawing,
    Figure,
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
from cnnspec.reports.safe import json_text


def explanation_json(network: str, place: str, title: str, sections: tuple[Section, ...]) -> str:
    """An explanation as text in JSON."""
    told = [{"heading": section.heading, "parts": [_part(part) for part in section.parts]} for section in sections]
    return json_text({"network": network, "place": place, "title": title, "sections": told})


def _part(part: Part) -> dict[str, Any]:
    match part:
        case Paragraph(text):
            return {"text": text}
        case Points(items):
            return {"points": list(items)}
        case Formula(title, equations, symbols):
            each = [{"text": plain_equation(e), "latex": latex_equation(e), "remark": e.said} for e in equations]
            return {"title": title, "formula": each, "symbols": dict(symbols)}
        case Drawing(title, lines):
            return {"title": title, "drawing": list(lines)}
        case Figures(title, rows):
            return {"title": title, "figures": {row.name: _figure(row) for row in rows}}
        case Origins(title, rows):
            return {"title": title, "origins": [{"at": r.place, "written": r.written, "said": r.said} for r in rows]}
        case Grid(title, cells):
            return {"title": title, "table": [list(row) for row in cells]}


def _figure(row: Figure) -> dict[str, Any]:
    value = row.value
    if isinstance(value, tuple):
        return {"value": [None if isinstance(size, Unknown) else size for size in value], "working": row.working}
    return {"value": None if isinstance(value, Unknown) else value, "working": row.working}
