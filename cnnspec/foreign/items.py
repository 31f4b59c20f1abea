"""Entries as a spec has them, in a tree: layers, and composites that hold entries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnspec.layers.shape import Shape


@dataclass(frozen=True, slots=True)
class Item:
    """An entry. `parts` are the entries that it holds, by what they are: a residual's main path, a branch's title.

    `reads` and `gives` are the shapes of what it reads first and of what it gives; `layers` are the layers of the file
    that it stands for, in order; `sources` are the keys of what it reads, `key` is its own.
    """

    kind: str
    arguments: Mapping[str, Any]
    reads: Shape
    gives: Shape
    layers: tuple[str, ...]
    sources: tuple[str, ...] = ()
    key: str = ""
    parts: "tuple[tuple[str, Row], ...]" = ()
    name: str = ""
    origin: tuple[str, ...] = ()
    """What it reads by name, in words, where that is not what stands before it."""
    uses: Mapping[str, Any] = field(default_factory=dict)
    """How an entry is used beside its arguments: repeat, first, when."""
    first: str = ""
    """Of a use of a block, the parameter that may stand alone."""

    def walk(self) -> "Iterator[Item]":
        """Itself and all entries that it holds."""
        yield self
        for _, row in self.parts:
            for item in row:
                yield from item.walk()


Row = tuple[Item, ...]
"""Entries that run one after the other."""
