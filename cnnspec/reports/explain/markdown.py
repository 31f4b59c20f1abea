"""Explanations as GitHub's Markdown, formulas as LaTeX."""

from collections.abc import Iterator

from cnnspec.layers.formulas.terms import Name
from cnnspec.reports.explain.latex_math import latex, latex_equation
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
from cnnspec.reports.safe import markdown, shown


def as_markdown(network: str, title: str, sections: tuple[Section, ...]) -> str:
    """An explanation as a page of Markdown."""
    blocks = [f"# {markdown(network)}: {markdown(title)}"]
    for section in sections:
        blocks += [f"## {markdown(section.heading)}"] if section.heading else []
        for part in section.parts:
            blocks += _part(part)
    return "\n\n".join(blocks)


def _part(part: Part) -> Iterator[str]:
    match part:
        case Paragraph(text):
            yield markdown(text)
        case Points(items):
            yield "\n".join(f"- {markdown(item)}" for item in items)
        case Formula(title, equations, symbols):
            yield f"{markdown(title)}:"
            yield "\n\n".join(f"$$\n{latex_equation(each)}\n$$" for each in equations)
            if symbols:
                yield "\n".join(f"- ${latex(Name(name))}$: {markdown(said)}" for name, said in symbols)
        case Drawing(title, lines):
            yield from [f"{markdown(title)}:"] if title else []
            fence = "`" * 3
            yield "\n".join([f"{fence}text", *map(shown, lines), fence])
        case Figures(title, rows):
            head = ("figure", "value", "how it comes about")
            yield from _table(title, (head, *((row.name, row.text, row.working) for row in rows)))
        case Origins(title, rows):
            head = ("where", "what is written", "what it does")
            yield from _table(title, (head, *((row.place, row.written, row.said) for row in rows)))
        case Grid(title, cells):
            yield from _table(title, cells)


def _table(title: str, rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    if title:
        yield f"{markdown(title)}:"
    lines = [f"| {' | '.join(markdown(cell) or ' ' for cell in row)} |" for row in rows]
    rule = f"| {' | '.join([':---'] * len(rows[0]))} |"
    yield "\n".join([lines[0], rule, *lines[1:]])
