"""A network's table with its diagram beside it: as a page of its own, and as what stands in a notebook."""

from collections.abc import Sequence

from cnnspec.reports.diagram.colours import DARK, LIGHT
from cnnspec.reports.diagram.diagram import Diagram
from cnnspec.reports.html_tables import escaped, picture_html, sheets_html
from cnnspec.reports.table import Sheet

_BESIDE = "display:flex;flex-wrap:wrap;gap:2em;align-items:flex-start"
_TABLE, _DRAWN = "flex:1 1 34em", "flex:0 1 auto;max-width:100%;overflow:auto"
_WHOLE, _IN_A_NOTEBOOK = ";min-width:min-content", ";max-height:48em"
"""A page is as wide as its table; a notebook, whose cells are as wide as it is, scrolls the table."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_FONT = "Helvetica Neue,Helvetica,Arial,Liberation Sans,DejaVu Sans,sans-serif"
_STYLE = f"""\
:root{{color-scheme:light dark}}
body{{margin:2em;font:15px/1.45 {_FONT};color:{LIGHT.ink};background:{LIGHT.ground}}}
pre{{font-family:Menlo,Consolas,Liberation Mono,DejaVu Sans Mono,monospace}}
@media(prefers-color-scheme:dark){{body{{color:{DARK.ink};background:{DARK.ground}}}}}
@media print{{body{{margin:0}}}}"""


def summary_page(sheets: tuple[Sheet, ...], drawn: Sequence[Diagram]) -> str:
    """A page that needs no other file: tables, beside them the diagrams; nothing in it runs, nothing is loaded."""
    title = escaped(", ".join(each.heading.name for each in drawn))
    pictures = [f'<div style="{_DRAWN}">{each.svg().rstrip()}</div>' for each in drawn]
    body = _beside(sheets, pictures, _WHOLE)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def summary_fragment(sheets: tuple[Sheet, ...], drawn: Sequence[Diagram]) -> str:
    """The same to stand in another page, as in a notebook, where a tall diagram scrolls."""
    return _beside(sheets, [f'<div style="{_DRAWN}{_IN_A_NOTEBOOK}">{diagram_picture(each)}</div>' for each in drawn])


def diagram_picture(drawn: Diagram) -> str:
    """A diagram as a picture, for a page that shows no drawing among its text."""
    return picture_html(drawn.svg(), f"the diagram of {drawn.heading.name}")


def _beside(sheets: tuple[Sheet, ...], drawn: Sequence[str], width: str = ";min-width:0") -> str:
    pictures = "".join(drawn)
    return f'<div style="{_BESIDE}"><div style="{_TABLE}{width}">{sheets_html(sheets)}</div>{pictures}</div>'
