"""A drawing in lines of text: a box for each stage, as wide as its places are many, wires past stages on the left."""

from collections.abc import Sequence
from dataclasses import replace
from math import log2, prod

from rich.cells import cell_len
from rich.text import Text

from cnnspec.layers.shape import Shape
from cnnspec.reports.diagram.counted import heads
from cnnspec.reports.diagram.lanes import lanes_of
from cnnspec.reports.diagram.parts import Block, Fork, Leaf, Part, Parts, Repeat, Skip, StageParts, Structure
from cnnspec.reports.draw import draw, pad, widest
from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.notation import Beside, Bracket, Line, Piece, Pieces
from cnnspec.reports.page import Page
from cnnspec.source.frozen import frozen

_PER_LANE, _MOST_LANES, _EXTRA = 2, 6, 0.75
"""Columns of a lane; so many there are; columns a doubling of the places."""


@frozen
class _Card:
    """The lines of a box, all of one width; what it reads of cards other than the one right above it."""

    lines: tuple[str, ...]
    width: int
    result: str
    reads: tuple[int, ...]
    follows: bool


def in_text(structure: Structure, heading: Sequence[str], page: Page) -> Text:
    """The drawing for a page, no line wider than it is."""
    reads = _reads(structure)
    spans = [
        (float(source) + 0.5, float(card)) for card, each in enumerate(reads) for source in each if source != card - 1
    ]
    lanes = lanes_of(spans)
    room = _PER_LANE * min(_MOST_LANES, max(lanes, default=-1) + 1)
    cards = _cards(structure, reads, page.width - room)
    lines, tops, bottoms = _stacked(cards)
    left = [[" "] * room for _ in lines]
    for (source, target), lane in zip(spans, lanes, strict=True):
        if lane < _MOST_LANES:
            start, end = bottoms[int(source)] - 1, tops[int(target)] + 1
            _wire(left, room - _PER_LANE * (lane + 1), start, end)
            lines[start], lines[end] = _led(lines[start], "─"), _led(lines[end], "▶")
            if not lines[end].startswith(("─", "▶")):
                left[end][-1] = "▶"
    text = Text()
    for number, line in enumerate(heading):
        for part in wrap(line, page.width):
            text.append(f"{page.text(part)}\n", style="bold" if not number else "dim")
    for wires, line in zip(left, lines, strict=True):
        text.append(page.text(_ascii("".join(wires), page)), style="dark_orange3")
        text.append(f"{page.text(_ascii(line, page))}".rstrip() + "\n")
    text.rstrip()
    return text


def _ascii(line: str, page: Page) -> str:
    return line.translate(str.maketrans("╭╮╰╯▶▼┤", "++++>v+")) if page.ascii else line


def _reads(structure: Structure) -> list[tuple[int, ...]]:
    """The cards that each card reads, by number."""
    return [tuple(dict.fromkeys(source for source, _ in each)) for each in structure.places.reads]


def _cards(structure: Structure, reads: Sequence[tuple[int, ...]], room: int) -> list[_Card]:
    graph = structure.graph
    most = max((_columns(structure.shape(stage.output)) for stage in structure.stages), default=0)
    bodies = [
        draw(_pieces(structure, stage.parts, stage.slug), max(12, room - 4 - most)) if stage.parts else []
        for stage in structure.stages
    ]
    titles = [_title(structure, stage) for stage in structure.stages]
    base = min(
        room - 4 - most, max((widest((*body, *title)) for body, title in zip(bodies, titles, strict=True)), default=0)
    )
    found = [([name], at) for name, at in graph.inputs.items()]
    cards = [_card(structure, lines, [], at, 0, card, reads, room) for card, (lines, at) in enumerate(found)]
    for stage, body, title in zip(structure.stages, bodies, titles, strict=True):
        wide = base + _columns(structure.shape(stage.output))
        cards.append(_card(structure, title, body, stage.output, wide, len(cards), reads, room))
    for name, at in graph.outputs.items():
        cards.append(_card(structure, [name], [], at, 0, len(cards), reads, room))
    return cards


def _card(
    structure: Structure,
    title: Sequence[str],
    body: Sequence[str],
    at: int,
    wide: int,
    card: int,
    reads: Sequence[tuple[int, ...]],
    room: int,
) -> _Card:
    head = [line for each in title for line in wrap(each, max(8, room - 4))]
    wide = max(wide, widest((*head, *body)))
    rule = [f"├{'─' * (wide + 2)}┤"] if body else []
    lines = [f"╭{'─' * (wide + 2)}╮", *(f"│ {_middle(line, wide)} │" for line in head), *rule]
    inner = widest(body)
    lines += [f"│ {pad(' ' * ((wide - inner) // 2) + line, wide)} │" for line in body]
    lines.append(f"╰{'─' * (wide + 2)}╯")
    return _Card(tuple(lines), wide + 4, structure.written(at), reads[card], card - 1 in reads[card])


def _middle(line: str, wide: int) -> str:
    return pad(" " * ((wide - cell_len(line)) // 2) + line, wide)


def _columns(shape: Shape) -> int:
    return round(_EXTRA * log2(max(1, prod(size for size in shape[:-1] if isinstance(size, int)))))


def _title(structure: Structure, stage: StageParts) -> list[str]:
    return [stage.title, *heads([structure.graph.nodes[at] for at in stage.nodes])]


def _stacked(cards: Sequence[_Card]) -> tuple[list[str], list[int], list[int]]:
    """The cards one under the other, their middles in line; where each begins and ends."""
    middle = max((card.width for card in cards), default=0) // 2
    lines: list[str] = []
    tops, bottoms = [], []
    for number, card in enumerate(cards):
        tops.append(len(lines))
        lines += [" " * (middle - card.width // 2) + line for line in card.lines]
        bottoms.append(len(lines) - 1)
        following = cards[number + 1] if number + 1 < len(cards) else None
        if following is not None:
            arrow = "▼" if following.follows else " "
            lines.append(f"{' ' * middle}{arrow} {card.result}")
    return lines, tops, bottoms


def _wire(left: list[list[str]], column: int, start: int, end: int) -> None:
    """A wire from one line down to another in a column, and to the right of it."""
    for row in range(start + 1, end):
        left[row][column] = "│" if left[row][column] in " │" else left[row][column]
    for row, corner in ((start, "╭"), (end, "╰")):
        left[row][column] = corner
        for at in range(column + 1, len(left[row])):
            if left[row][at] == " ":
                left[row][at] = "─"


def _led(line: str, end: str) -> str:
    """The line with a wire up to its box, which ends so."""
    lead = len(line) - len(line.lstrip(" ─▶"))
    return f"{'─' * (lead - 1)}{end}{line[lead:]}" if lead else line


def _pieces(structure: Structure, parts: Parts, slug: str) -> Pieces:
    return tuple(_piece(structure, part, slug) for part in parts)


def _piece(structure: Structure, part: Part, slug: str) -> Piece:
    """A part in the papers' notation, with the names of what it reads from elsewhere."""
    if isinstance(part, Leaf):
        names = ", ".join(structure.name(at, slug) for at in part.others)
        tail = ", ".join(filter(None, (part.line.tail, f"from {names}" if names else "")))
        return Line(part.line.text, part.line.stride, tail, part.line.padding, rates=part.line.rates)
    if isinstance(part, Block):
        pieces = _pieces(structure, part.parts, slug)
        return pieces[0] if len(pieces) == 1 else Bracket(pieces)
    if isinstance(part, Repeat):
        inner = _piece(structure, part.part, slug)
        whole = isinstance(inner, Bracket) and inner.times == 1
        return _times(inner, part.times) if whole and isinstance(inner, Bracket) else Bracket((inner,), part.times)
    if isinstance(part, (Skip, Fork)) and not part.joined:
        names = ", ".join(structure.name(at, slug) for at in part.others)
        return Bracket((Line(f"from {names}"), _piece(structure, replace(part, joined=True), slug)))
    if isinstance(part, Skip):
        then = "" if part.then == structure.after_addition else part.then or "linear"
        return Bracket(_pieces(structure, part.main, slug), skip=True, by=part.by, then=then)
    return _beside(structure, part, slug)


def _times(inner: Bracket, times: int) -> Bracket:
    return Bracket(inner.pieces, times, inner.skip, inner.by, inner.then)


def _beside(structure: Structure, fork: Fork, slug: str) -> Piece:
    mark = fork.merge or "not merged"
    said = f"{mark} of {fork.copies} alike" if fork.copies > 1 else mark
    return Beside(tuple(_pieces(structure, branch, slug) for branch in fork.branches), said)
