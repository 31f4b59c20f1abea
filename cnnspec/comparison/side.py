"""One of the two networks, as it is compared: what each node is, in which stage, and what runs after what."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from cnnspec.comparison.arguments import Arguments, of_node
from cnnspec.comparison.colours import Vertex
from cnnspec.comparison.structure import Fork, Leaf, Unit, units_of
from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.base import Layer
from cnnspec.layers.merge import Add
from cnnspec.layers.phrase import said_with_arguments, sizes, words
from cnnspec.source.frozen import frozen

Look = tuple[Any, ...]
"""What tells one node from another, whatever it reads."""
IDENTITY = "identity"
"""A branch without layers, in words."""


@frozen
class Item:
    """What stands in one line: a layer with the norm and the activation that follow on it, or a fork."""

    units: tuple[Unit, ...]
    title: str

    def leaves(self) -> tuple[int, ...]:
        """Its nodes."""
        return tuple(at for unit in self.units for at in unit.leaves())


class Side:
    """A network with what is read off it; whether `titles` of stages count, and `names` of inputs and outputs."""

    def __init__(self, graph: Graph, titles: bool = True, names: bool = True) -> None:
        self.graph, self.has_names = graph, names
        self.arguments: list[Arguments] = [of_node(graph, at, names) for at in range(len(graph.nodes))]
        self.titles = [""] * len(graph.nodes)
        for stage in graph.stages if titles else ():
            for at in stage.all_nodes():
                self.titles[at] = stage.title
        self._exact: dict[Unit, Look] = {}
        self._texts: dict[int, str] = {}

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """What runs one after the other."""
        return units_of([node.inputs for node in self.graph.nodes])

    def node(self, at: int) -> Node:
        """The node at a position."""
        return self.graph.nodes[at]

    def layer(self, at: int) -> Layer | None:
        """The layer at a position; None for an input."""
        return self.graph.nodes[at].layer

    def look(self, at: int) -> Look:
        """A node's kind and arguments, and whether it uses the weights of another."""
        node = self.node(at)
        return (node.kind, self.arguments[at], node.shared is not None, len(node.inputs))

    def ordered(self, at: int) -> bool:
        """Whether it matters which of its inputs comes first."""
        layer = self.layer(at)
        return layer is None or not layer.merges or layer.ordered or layer.moves or layer.most_inputs is not None

    def vertices(self) -> list[Vertex]:
        """The nodes for those who ask whether two networks are one."""
        named = self.graph.named_outputs and self.has_names
        outputs: dict[int, list[str]] = {}
        for name, at in self.graph.outputs.items():
            outputs.setdefault(at, []).append(name if named else "")
        return [
            Vertex(
                (self.look(at), self.titles[at], tuple(sorted(outputs.get(at, ())))),
                node.inputs,
                self.ordered(at),
                node.shared,
            )
            for at, node in enumerate(self.graph.nodes)
        ]

    def exact(self, unit: Unit) -> Look:
        """What tells a unit from others that are not the same through and through."""
        if unit not in self._exact:
            self._exact[unit] = (self.look(unit.at),) if isinstance(unit, Leaf) else self._exact_fork(unit)
        return self._exact[unit]

    def _exact_fork(self, fork: Fork) -> Look:
        branches = [tuple(map(self.exact, branch)) for branch in fork.branches]
        if not self.ordered(fork.end) and not fork.loose:
            branches = [*branches[: fork.sides], *sorted(branches[fork.sides :], key=repr)]
        return (self.look(fork.end), tuple(branches), self._wiring(fork) if fork.loose else fork.sides)

    def _wiring(self, fork: Fork) -> Look:
        """What each node of a loose fork reads: those within it by their place in it."""
        places = {at: number for number, at in enumerate(fork.leaves())}
        return tuple(tuple(places.get(read, -1) for read in self.node(at).inputs) for at in places)

    # In words

    def text(self, at: int) -> str:
        """A layer in the papers' words, alone: `3×3, 64`; its stride is not in them."""
        if at not in self._texts:
            node = self.node(at)
            read = self.node(node.inputs[0]).output if node.inputs else node.output
            said = f"input {sizes(read)}" if node.layer is None else node.layer.phrase(read, node.output).text
            self._texts[at] = said
        return self._texts[at]

    def said(self, at: int) -> str:
        """The same with its stride, what its padding comes to, and its activation."""
        node = self.node(at)
        if node.layer is None:
            several = self.has_names and len(self.graph.inputs) > 1
            return f"input {node.name}: {sizes(node.output)}" if several else self.text(at)
        phrase = node.layer.phrase(self.node(node.inputs[0]).output, node.output)
        stride = f"stride {phrase.stride}" if phrase.stride else ""
        rate = f"{phrase.rate:.4g}" if phrase.rate is not None else ""
        activation = phrase.ending.activation if phrase.ending else None
        acting = said_with_arguments(activation) if activation is not None else ""
        text = " ".join(filter(None, (phrase.text, rate)))
        padded = "" if self._is_padded(at) else phrase.padded.said
        return ", ".join(filter(None, (text, stride, padded, phrase.tail, acting)))

    def _is_padded(self, at: int) -> bool:
        """Whether a layer reads what explicit zeros were added to, for itself as a rule."""
        layer = self.layer(self.node(at).inputs[0])
        return layer is not None and layer.pads_zeros and not layer.weighs

    def called(self, at: int) -> str:
        """A layer with its kind before what a table says of it."""
        kind, said = words(self.node(at).kind), self.said(at)
        return said if kind.split()[-1] in said or not said[:1].isdigit() else f"{kind} {said}"

    def in_words(self, unit: Unit) -> str:
        """A unit on one line: `[1×1, 64; 3×3, 64; 1×1, 256] +`."""
        if isinstance(unit, Leaf):
            return self.said(unit.at)
        branches = [self.row_in_words(branch) for branch in unit.branches]
        end = "+" if isinstance(self.node(unit.end).layer, Add) else words(self.node(unit.end).kind)
        told = [each for each in branches if each] if end == "+" else [each or IDENTITY for each in branches]
        inside = " | ".join(told) or IDENTITY
        return f"[{inside}] {end}" if len(told) < 2 else f"{{{inside}}} {end}"

    def row_in_words(self, units: tuple[Unit, ...]) -> str:
        """Units one after the other, norms and activations left out where there is something else."""
        told = [unit for unit in units if isinstance(unit, Fork) or self._is_told(unit.at)] or list(units)
        return "; ".join(map(self.in_words, told))

    def _is_told(self, at: int) -> bool:
        layer = self.layer(at)
        return layer is None or not (layer.normalises or layer.activates or layer.pads_zeros)

    # Lines

    def items(self, units: tuple[Unit, ...]) -> list[Item]:
        """Units in lines: norms and activations with the layer that they follow on, explicit zeros with the window."""
        return list(self._items(units))

    def spans(self, item: Item) -> bool:
        """Whether a line holds layers of several stages."""
        return len({self.titles[at] for at in item.leaves()}) > 1

    def by_stages(self, items: Iterable[Item]) -> Iterator[Item]:
        """Lines, those that hold several stages taken apart, in the order of the layers."""
        for item in items:
            if self.spans(item):
                parts = sorted((part for unit in item.units for part in self._parts(unit)), key=_first)
                yield from self._items(tuple(parts))
            else:
                yield item

    def _parts(self, unit: Unit) -> Iterator[Unit]:
        if isinstance(unit, Leaf) or not self.spans(Item((unit,), "")):
            yield unit
            return
        for branch in unit.branches:
            for each in branch:
                yield from self._parts(each)
        yield Leaf(unit.end)

    def _items(self, units: tuple[Unit, ...]) -> Iterator[Item]:
        held: list[Unit] = []
        for unit in units:
            if held and not self._goes_on(held, unit):
                yield self._item(held)
                held = []
            held.append(unit)
        if held:
            yield self._item(held)

    def _item(self, units: list[Unit]) -> Item:
        *_, last = units[-1].leaves()
        return Item(tuple(units), self.titles[last])

    def _goes_on(self, held: list[Unit], unit: Unit) -> bool:
        last = held[-1]
        if isinstance(unit, Fork):
            return False
        layer, before = self.layer(unit.at), self.layer(last.at if isinstance(last, Leaf) else last.end)
        if layer is None or before is None or self.titles[unit.at] != self._item(held).title:
            return False
        if before.pads_zeros and not before.weighs:
            return layer.slides
        if isinstance(last, Fork):
            return layer.activates and before.merges
        if layer.normalises:
            return before.weighs
        return layer.activates and (before.weighs or before.normalises)


def _first(unit: Unit) -> int:
    return min(unit.leaves())
