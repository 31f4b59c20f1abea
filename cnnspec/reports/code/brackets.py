"""Text broken into lines as ruff formats Python: what fits a line is on one, else brackets are opened.

A group is flat where it fits up to the first place at which what follows it can be broken (Wadler 2003); opened, its
items are one below the other with a comma after the last.
"""

from typing import NamedTuple

WIDTH = 88
"""How long a line may be: ruff's default."""
INDENT = 4


class Break(NamedTuple):
    """The end of a line where the group around it is open, else `flat`."""

    flat: str = ""


class IfOpen(NamedTuple):
    """A text that is there only where the group around it is open."""

    text: str


class Group(NamedTuple):
    """Parts with breaks that are all lines, or all flat."""

    parts: "tuple[Doc, ...]"


class Indented(NamedTuple):
    """Parts whose lines are further in."""

    parts: "tuple[Doc, ...]"


Doc = str | Break | IfOpen | Group | Indented
_Waiting = list[tuple[int, bool, Doc]]
"""What is still to be laid out, the next one last: how far in, whether the group around it is open, and what."""


def laid_out(parts: tuple[Doc, ...], indent: int) -> str:
    """The text of a statement whose first line begins `indent` spaces in."""
    waiting: _Waiting = [(indent, True, part) for part in reversed(parts)]
    text, column = [" " * indent], indent
    while waiting:
        level, is_open, doc = waiting.pop()
        if isinstance(doc, Break) and is_open:
            text.append("\n" + " " * level)
            column = level
        elif isinstance(doc, Group):
            opens = not _fits(doc, waiting, WIDTH - column)
            waiting += [(level, opens, part) for part in reversed(doc.parts)]
        elif isinstance(doc, Indented):
            waiting += [(level + INDENT, is_open, part) for part in reversed(doc.parts)]
        else:
            text.append(_flat(doc, is_open))
            column += len(text[-1])
    return "".join(text)


def _flat(doc: str | Break | IfOpen, is_open: bool) -> str:
    if isinstance(doc, IfOpen):
        return doc.text if is_open else ""
    return doc.flat if isinstance(doc, Break) else doc


def _fits(group: Group, after: _Waiting, room: int) -> bool:
    """Whether the group is flat within the room, and what follows it up to where that can be broken."""
    rest = len(after)
    waiting: _Waiting = [(0, False, group)]
    while room >= 0 and (waiting or rest):
        if not waiting:
            rest -= 1
            waiting.append(after[rest])
        _, is_open, doc = waiting.pop()
        if isinstance(doc, Group | Indented):
            waiting += [(0, is_open, part) for part in reversed(doc.parts)]
        elif isinstance(doc, Break) and is_open:
            return True
        else:
            room -= len(_flat(doc, is_open))
    return room >= 0


def bracketed(opening: str, items: tuple[tuple[Doc, ...], ...], closing: str) -> Doc:
    """The items of a list, a tuple or a dictionary: on one line, or each on its own."""
    if not items:
        return f"{opening}{closing}"
    comma: Doc = "," if opening == "(" and len(items) == 1 else IfOpen(",")
    return Group((opening, Indented((Break(), *_listed(items), comma)), Break(), closing))


def called(items: tuple[tuple[Doc, ...], ...]) -> Doc:
    """The arguments of a call: on its line, all on the next, or each on its own."""
    if not items:
        return "()"
    return Group(("(", Indented((Break(), Group((*_listed(items), IfOpen(","))))), Break(), ")"))


def _listed(items: tuple[tuple[Doc, ...], ...]) -> tuple[Doc, ...]:
    listed: list[Doc] = [*items[0]]
    for item in items[1:]:
        listed += [",", Break(" "), *item]
    return tuple(listed)
