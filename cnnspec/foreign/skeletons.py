"""What entries have in common when their numbers are left out, and these numbers in one order.

Entries of one skeleton are the same but for their leaves: sizes, windows, strides, rates. A leaf of an entry that may
be left out is `ANY` where it is: whatever stands there then, nobody reads it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from cnnspec.foreign.items import Item, Row
from cnnspec.layers import LAYERS

Skeleton = str


class _Any:
    def __repr__(self) -> str:
        return "ANY"


ANY: Final = _Any()
"""Stands for a number that nobody reads."""
WHEN = "when"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One number, or list of numbers: the argument that it is, and its value."""

    name: str
    value: Any


@dataclass(slots=True)
class Shapes:
    """The skeletons of a network's entries: `varying` are the arguments of each kind that are leaves there."""

    varying: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Shapes":
        """Those of all entries in rows."""
        found: dict[str, dict[str, None]] = {}
        for row in rows:
            for item in row:
                for each in item.walk():
                    names = (name for name, value in each.arguments.items() if _is_leaf(name, value))
                    found.setdefault(each.kind, {}).update(dict.fromkeys(names))
        return cls({kind: tuple(names) for kind, names in found.items()})

    def skeleton(self, item: Item) -> Skeleton:
        """The entry without its leaves; what is named, or names what it reads, is alike to nothing."""
        return json.dumps(self._form(item), default=str)

    def row(self, row: Sequence[Item]) -> Skeleton:
        """That of entries in a row."""
        return json.dumps([self._form(item) for item in row], default=str)

    def _form(self, item: Item) -> Any:
        leaves = self._names(item)
        fixed = {name: value for name, value in item.arguments.items() if name not in leaves}
        alone = item.key if item.name or item.origin or item.kind == "reuse" else ""
        parts = [
            [title if item.kind == "residual" else "", [self._form(each) for each in row]] for title, row in item.parts
        ]
        return [item.kind, sorted(fixed.items(), key=str), list(leaves), WHEN in item.uses, alone, parts]

    def _names(self, item: Item) -> tuple[str, ...]:
        """The arguments that are leaves; of what has no number as its default, only where it is given."""
        names = self.varying.get(item.kind, ())
        return tuple(name for name in names if name in item.arguments or _default(item.kind, name) is not None)

    def leaves(self, item: Item, away: bool = False) -> Iterator[Leaf]:
        """All leaves, those of entries within after its own; `away` where the entry may be left out and is."""
        away = away or item.uses.get(WHEN) is False
        for name in self._names(item):
            yield Leaf(name, ANY if away else item.arguments.get(name, _default(item.kind, name)))
        if WHEN in item.uses:
            yield Leaf(WHEN, item.uses[WHEN])
        for _, row in item.parts:
            for each in row:
                yield from self.leaves(each, away)

    def rewritten(self, item: Item, values: Iterator[Any]) -> Item:
        """The entry with other values for its leaves, in their order; what is the default is left out."""
        arguments = {name: value for name, value in item.arguments.items() if name not in self._names(item)}
        own = {}
        for name in self._names(item):
            value = next(values)
            if value is not ANY and value != _default(item.kind, name):
                own[name] = value
        uses = {**item.uses, WHEN: next(values)} if WHEN in item.uses else item.uses
        parts = tuple((title, tuple(self.rewritten(each, values) for each in row)) for title, row in item.parts)
        return replace(item, arguments={**_ordered(item, own), **arguments}, uses=uses, parts=parts)


def _ordered(item: Item, own: dict[str, Any]) -> dict[str, Any]:
    """The arguments in the order in which the kind declares them, what it needs first."""
    if item.kind not in LAYERS:
        return own
    order = [name for name, field in LAYERS[item.kind].model_fields.items() if field.is_required()]
    return {name: own[name] for name in dict.fromkeys((*order, *own)) if name in own}


def _default(kind: str, name: str) -> Any:
    field = LAYERS[kind].model_fields.get(name) if kind in LAYERS else None
    return None if field is None or field.is_required() else field.default


def _is_leaf(name: str, value: Any) -> bool:
    if name == "padding":
        return True
    if isinstance(value, list):
        return all(_is_leaf("", each) for each in value)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def size(item: Item) -> int:
    """How many lines an entry takes, about."""
    inner = sum(size(each) for _, row in item.parts for each in row)
    return 1 + inner + (len(item.parts) if item.kind == "parallel" else bool(item.parts))
