"""Entries one after the other that are the same, as one that is repeated."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cnnspec.foreign.blocks import REQUIRED, Block
from cnnspec.foreign.items import Item, Row


def with_repeats(row: Row, blocks: Sequence[Block]) -> Row:
    """The entries with runs of equal ones folded; the first use of a block may have other arguments than the rest."""
    known = {block.name: block for block in blocks}
    plain = [_without_defaults(item, known) for item in row]
    plain = [replace(item, parts=tuple((t, with_repeats(inner, blocks)) for t, inner in item.parts)) for item in plain]
    made: list[Item] = []
    at = 0
    while at < len(plain):
        length = _run(plain, at, known)
        made.append(_folded(plain[at : at + length], known) if length > 1 else plain[at])
        at += length
    return tuple(made)


def _run(row: Sequence[Item], at: int, known: dict[str, Block]) -> int:
    """How many entries from a place on are one repeated."""
    if at + 1 >= len(row):
        return 1
    end = at + 2
    while end < len(row) and _equal(row[end], row[at + 1]):
        end += 1
    after = end - at - 1
    if _equal(row[at + 1], row[at]):
        return 1 + after
    alike = row[at].kind == row[at + 1].kind and row[at].kind in known and not row[at].name
    free = alike and not any(item.origin for item in row[at + 1 : end])
    differing = _differing(row[at], row[at + 1], known[row[at].kind]) if free else None
    return 1 + after if differing is not None and (after > 1 or len(differing) <= 2) else 1


def _equal(one: Item, other: Item) -> bool:
    """Whether an entry can be a repeat of another."""
    return (
        one.kind == other.kind
        and repr(one.arguments) == repr(other.arguments)
        and [(title, _said(row)) for title, row in one.parts] == [(title, _said(row)) for title, row in other.parts]
        and not one.origin
        and not other.origin
        and not other.name
        and one.uses == other.uses
        and one.kind != "reuse"
    )


def _said(row: Row) -> list[Any]:
    return [
        (each.kind, repr(each.arguments), each.uses, [(t, _said(inner)) for t, inner in each.parts]) for each in row
    ]


def _differing(first: Item, other: Item, block: Block | None) -> dict[str, Any] | None:
    """What the first has otherwise; None where nothing can say it."""
    if block is None:
        return None
    found = {}
    for name in dict.fromkeys((*first.arguments, *other.arguments)):
        value = first.arguments.get(name, block.parameters[name])
        if repr(value) != repr(other.arguments.get(name, block.parameters[name])):
            if value == REQUIRED:
                return None
            found[name] = value
    return found


def _folded(run: Sequence[Item], known: dict[str, Block]) -> Item:
    first, rest = run[0], run[1]
    differing = _differing(first, rest, known.get(first.kind)) or {}
    uses: dict[str, Any] = {"repeat": len(run), **({"first": differing} if differing else {})}
    layers = tuple(name for item in run for name in item.layers)
    last = run[-1]
    return replace(
        rest,
        uses={**rest.uses, **uses},
        layers=layers,
        reads=first.reads,
        gives=last.gives,
        key=last.key,
        sources=first.sources,
        origin=first.origin,
        name=last.name,
    )


def _without_defaults(item: Item, known: dict[str, Block]) -> Item:
    block = known.get(item.kind)
    if block is None:
        return item
    own = {name: value for name, value in item.arguments.items() if repr(value) != repr(block.parameters.get(name))}
    return replace(item, arguments=own, first=next(iter(block.parameters), ""))
