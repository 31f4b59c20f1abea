"""Sheets as LaTeX tables, ready for a thesis; they need the package booktabs."""

from collections.abc import Iterator

from cnnspec.reports.notation import UNCHANGED, Beside, Bracket, Line, Named, Piece, Pieces, opened
from cnnspec.reports.safe import latex
from cnnspec.reports.table import Cell, Sheet


def as_latex(sheets: tuple[Sheet, ...]) -> str:
    """One table environment a sheet."""
    return "\n\n".join("\n".join(_table(sheet)) for sheet in sheets)


def _table(sheet: Sheet) -> Iterator[str]:
    columns = sheet.table.columns
    yield r"\begin{table}  % needs \usepackage{booktabs}"
    yield r"\centering"
    if sheet.heading:
        yield rf"\caption{{{', '.join(latex(part) for part in sheet.heading if part)}}}"
    yield rf"\begin{{tabular}}{{{''.join(column.align[0] for column in columns)}}}"
    yield r"\toprule"
    yield _row([latex(column.title) for column in columns])
    yield r"\midrule"
    for row in sheet.table.rows:
        yield _row([_cell(cell) for cell in row]) + (r" \addlinespace" if any(map(_is_tall, row)) else "")
    if sheet.table.totals:
        yield r"\midrule"
    yield from (_row([_cell(cell) for cell in row]) for row in sheet.table.totals)
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield from (rf"\par\smallskip {', '.join(map(latex, remark))}" for remark in sheet.remarks)
    yield r"\end{table}"


def _is_tall(cell: Cell) -> bool:
    return not isinstance(cell, str) and any(not isinstance(piece, Line) for piece in cell)


def _row(cells: list[str]) -> str:
    return rf"{' & '.join(cells)} \\"


def _cell(cell: Cell) -> str:
    return _words(cell) if isinstance(cell, str) else _stack([_piece(piece) for piece in cell])


def _words(cell: str) -> str:
    """The text with spaces before it that LaTeX does not drop."""
    text = cell.lstrip(" ")
    return r"\enspace{}" * (len(cell) - len(text)) + latex(text)


def _stack(lines: list[str], align: str = "l") -> str:
    return lines[0] if len(lines) == 1 else _tabular(align, lines)


def _tabular(columns: str, lines: list[str]) -> str:
    body = " \\\\ ".join(lines)
    return rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}{body}\end{{tabular}}"


def _piece(piece: Piece) -> str:
    if isinstance(piece, (Line, Named)):
        return latex(str(piece))
    if isinstance(piece, Bracket):
        times = rf"\times {piece.times}" if piece.times > 1 else ""
        mark = f" {latex(piece.mark)}" if piece.mark else ""
        return rf"$\left[\mbox{{{_pieces(opened(piece), 'c')}}}\right]{times}${mark}"
    return _beside(piece)


def _beside(piece: Beside) -> str:
    branches = " & ".join(_pieces(branch) for branch in piece.branches)
    merge = rf"\multicolumn{{{len(piece.branches)}}}{{@{{}}l@{{}}}}{{{latex(piece.merge)}}}"
    return _tabular("|".join("l" * len(piece.branches)), [branches, merge])


def _pieces(pieces: Pieces, align: str = "l") -> str:
    return _stack([_piece(piece) for piece in pieces] or [UNCHANGED], align)
