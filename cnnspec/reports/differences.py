"""What differs between two specs: as lines, as Markdown for a pull request, as JSON."""

from cnnspec.comparison.compare import Differences
from cnnspec.comparison.difference import Said
from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.page import Page
from cnnspec.reports.safe import json_text, markdown, shown

_INDENT = "    "


def as_lines(differences: Differences, page: Page, verbose: bool = False) -> str:
    """A line for each, and below it what more there is to tell; on a terminal broken between words."""
    told = (each.verbose() if verbose else each.one_line() for each in differences.all)
    lines = [page.text(shown(line)) for text in told for line in text.split("\n")]
    return "\n".join(part for line in lines for part in (_broken(line, page.width) if page.terminal else [line]))


def _broken(line: str, width: int) -> list[str]:
    """A line in several that are no wider, all but the first further in."""
    indent = line[: len(line) - len(line.lstrip(" "))]
    first, *rest = wrap(line.strip(), width - len(indent) - len(_INDENT)) or [""]
    return [indent + first, *(indent + _INDENT + part for part in rest)]


def as_markdown(differences: Differences) -> str:
    """A table with a row for each; nothing where there is none."""
    if not differences:
        return ""
    title = f"**{markdown(differences.one)} → {markdown(differences.other)}**"
    rows = (_row(each.said()) for each in differences.all)
    return "\n".join((title, "", "| where | what | before | after |", "| :--- | :--- | :--- | :--- |", *rows))


def _row(said: Said) -> str:
    cells = (said.place, said.what, said.before or "", said.after or "")
    return f"| {' | '.join(map(markdown, cells))} |"


def as_json(differences: Differences) -> str:
    """A list with an object for each."""
    return json_text([each.facts() for each in differences.all])
