"""From a network of entries to rows that hold rows: residuals, branches side by side, gates.

A graph is reduced as series and parallel circuits are: what one entry alone reads joins it in a row, and what starts in
one place and ends in one merge becomes one entry. What is left, as skips across a network are, stays several rows that
name what they read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from cnnspec.foreign.fused import Fused, Node
from cnnspec.foreign.items import Item, Row
from cnnspec.foreign.keras_layer import layer_of
from cnnspec.language.composites import Merge
from cnnspec.layers import LAYERS
from cnnspec.layers.base import expand

_MERGES = frozenset(get_args(Merge)) - {"none"}
_LONGEST = 80
"""Entries of a branch; longer ones are written in rows of their own."""


@dataclass(slots=True)
class Vertex:
    """A row, and the keys of what its first entry reads; its own key is that of its last entry."""

    items: list[Item]
    inputs: tuple[str, ...]
    key: str


def regions(fused: Fused, inputs: Iterable[str]) -> list[Vertex]:
    """The rows of a network, each after what it reads; one alone where everything folds."""
    vertices = {node.key: Vertex([_item(node)], node.inputs, node.key) for node in fused.nodes}
    pinned = set(fused.outputs.values()) | {node.shared for node in fused.nodes if node.shared}
    pinned |= {node.key for node in fused.nodes if node.shared}
    return _Reduction(vertices, frozenset(inputs), frozenset(pinned)).reduced()


def _item(node: Node) -> Item:
    reads = node.shapes[0] if node.shapes else ()
    if node.shared is not None:
        return Item("reuse", {"entry": node.shared}, reads, node.output, node.layers, node.inputs, node.key)
    return Item(node.kind, dict(node.arguments), reads, node.output, node.layers, node.inputs, node.key)


@dataclass(slots=True)
class _Reduction:
    vertices: dict[str, Vertex]
    inputs: frozenset[str]
    pinned: frozenset[str]
    readers: dict[str, list[str]] = field(default_factory=dict)

    def reduced(self) -> list[Vertex]:
        for vertex in self.vertices.values():
            for key in vertex.inputs:
                self.readers.setdefault(key, []).append(vertex.key)
        changed = True
        while changed:
            changed = False
            for key in list(self.vertices):
                while key in self.vertices and (self._series(key) or self._parallel(key)):
                    changed = True
        return list(self.vertices.values())

    def _series(self, key: str) -> bool:
        """Put a row behind the one that it alone reads."""
        vertex = self.vertices[key]
        if len(vertex.inputs) != 1:
            return False
        before = self.vertices.get(vertex.inputs[0])
        if before is None or self.readers[before.key] != [key] or before.key in self.pinned:
            return False
        self.vertices[key] = Vertex([*before.items, *vertex.items], before.inputs, key)
        del self.vertices[before.key]
        for source in before.inputs:
            self.readers[source] = [key if reader == before.key else reader for reader in self.readers[source]]
        return True

    def _parallel(self, key: str) -> bool:
        """Make one entry of a merge and the rows that it alone reads, where these read one thing."""
        vertex = self.vertices[key]
        merge = vertex.items[0]
        if len(vertex.inputs) < 2 or merge.kind not in _MERGES or merge.arguments:
            return False
        fork = self._fork(vertex)
        if fork is None:
            return False
        branches = [() if source == fork else tuple(self.vertices[source].items) for source in vertex.inputs]
        made = _merged(merge, branches, fork)
        if made is None:
            return False
        for source in set(vertex.inputs) - {fork}:
            del self.vertices[source]
            self.readers[fork].remove(source)
        self.readers[fork] = [reader for reader in self.readers[fork] if reader != key]
        self.readers[fork].append(key)
        self.vertices[key] = Vertex([made, *vertex.items[1:]], (fork,), key)
        return True

    def _fork(self, vertex: Vertex) -> str | None:
        """What all that a merge reads begins with; None where they begin in several places, or are read elsewhere."""
        starts = set()
        for source in dict.fromkeys(vertex.inputs):
            row = self.vertices.get(source)
            alone = row is not None and self.readers[source] == [vertex.key] and source not in self.pinned
            starts.add(row.inputs if row is not None and alone and len(row.inputs) == 1 else (source,))
            if not alone and len(starts) > 1:
                pass
        candidates = {start[0] for start in starts}
        for source in vertex.inputs:  # The fork itself may be what another row alone would be.
            row = self.vertices.get(source)
            rest = {
                self.vertices[each].inputs
                for each in vertex.inputs
                if each != source and each in self.vertices and self.readers[each] == [vertex.key]
            }
            if row is not None and rest == {(source,)}:
                candidates = {source}
        if len(candidates) != 1:
            return None
        (fork,) = candidates
        inner = [each for each in vertex.inputs if each != fork]
        lone = all(
            each in self.vertices
            and self.vertices[each].inputs == (fork,)
            and self.readers[each] == [vertex.key]
            and each not in self.pinned
            for each in inner
        )
        return fork if inner and lone and len(set(inner)) == len(inner) else None


def _merged(merge: Item, branches: Sequence[Row], fork: str) -> Item | None:
    """A residual, or branches side by side; None where that would hide what runs across a network."""
    if any(len(row) > _LONGEST or _goes_down_and_up(row) for row in branches):
        return None
    reads = next(row[0].reads for row in branches if row)
    layers = tuple(name for row in branches for item in row for name in item.layers) + merge.layers
    made = replace(merge, reads=reads, layers=layers, sources=(fork,))
    if merge.kind == "add" and len(branches) == 2 and (found := _residual(branches)):
        return replace(made, kind="residual", arguments=found[0], parts=found[1])
    parts = tuple((f"branch{number}", row) for number, row in enumerate(branches, 1))
    arguments: dict[str, Any] = {} if merge.kind == "concat" else {"merge": merge.kind}
    made = replace(made, kind="parallel", arguments=arguments, parts=parts)
    return _gate(made) or made


def _residual(branches: Sequence[Row]) -> tuple[dict[str, Any], tuple[tuple[str, Row], ...]] | None:
    """A main path and a shortcut: nothing, or one entry beside several."""
    main, other = sorted(branches, key=_weight, reverse=True)
    if not other:
        reads = main[0].reads
        return ({}, (("main", main),)) if main[-1].gives == reads else None
    if len(other) > 1 or len(main) < 2:
        return None
    if other[0].kind == "pad_channels":
        return {"shortcut": "pad"}, (("main", main),)
    return {}, (("main", main), ("shortcut", other))


def _weight(row: Row) -> int:
    return sum(1 for item in row for _ in item.walk())


def _gate(made: Item) -> Item | None:
    """A squeeze-and-excitation gate, where branches that multiply are one."""
    rows = [row for _, row in made.parts]
    if made.arguments.get("merge") != "multiply" or len(rows) != 2 or rows[0] or len(rows[1]) != 3:
        return None
    pool, squeeze, excite = rows[1]
    if pool.kind != "global_avg_pool" or dict(pool.arguments) != {"keepdims": True}:
        return None
    form = {"conv": "filters", "dense": "units"}.get(squeeze.kind)
    if form is None or squeeze.kind != excite.kind:
        return None
    known = {form, "activation", *(["kernel_size"] if squeeze.kind == "conv" else [])}
    given = [{**each.arguments} for each in (squeeze, excite)]
    for each in given:  # Of one place no padding shows.
        each.pop("padding", "") if each.get("padding") == "same" else ""
    if any(set(each) - known for each in given) or excite.gives[-1] != made.reads[-1]:
        return None
    if any(item.arguments.get("kernel_size", 1) != 1 for item in (squeeze, excite)):
        return None
    arguments = {"units": squeeze.arguments[form]}
    acting = (("activation", squeeze, "relu"), ("gate", excite, "sigmoid"))
    for name, item, usual in acting:
        said = item.arguments.get("activation", "linear")
        arguments |= {} if said == usual else {name: said}
    arguments |= {"form": "dense"} if squeeze.kind == "dense" else {}
    return replace(made, kind="squeeze_excite", arguments=arguments, parts=())


def _goes_down_and_up(row: Row) -> bool:
    """Whether a row shrinks pictures and enlarges them again, as what a U-Net's skip passes by does."""
    return len(row) > 2 and any(_enlarges(item) for item in row)


def _enlarges(item: Item) -> bool:
    if item.kind not in LAYERS or len(item.reads) < 2:
        return False
    facts = expand(layer_of(item.kind, item.arguments), item.reads)[-1][2] if not LAYERS[item.kind].merges else None
    return facts is not None and any(reach.stride < 1 for reach in facts.reach or ())


def items_of(vertices: Iterable[Vertex]) -> Iterator[Item]:
    """All entries of rows, those inside others too."""
    for vertex in vertices:
        for item in vertex.items:
            yield from item.walk()
