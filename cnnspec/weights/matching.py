"""Which layer of a file is which layer of a network: by name where names agree, else by structure.

Nothing is guessed: what could go to several places is told, and goes nowhere.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from cnnspec.graph.nodes import Graph
from cnnspec.layers.preprocessing import Rescaling
from cnnspec.weights import by_graph, by_order
from cnnspec.weights.by_graph import Matched
from cnnspec.weights.layouts import Label, as_here, family, label_here, label_there
from cnnspec.weights.skeleton import Skeleton, Unclear, classes, rescaled, skeleton_here, skeleton_there
from cnnspec.weights.store import stored_as
from cnnspec.weights.stored import Store, Stored

Way = Literal["name", "structure"]
_SHORTCUT = "shortcut"
_NO_PLACE = ("no place",)


@dataclass(frozen=True, slots=True)
class Matching:
    """What was found: the file's layer of each layer here, by the name or by the structure.

    `unclear` are layers here that several of the file could be; `orderless`: nothing was found, since no order
    fits in which what both have as often, by kind and shape, could be computed. `spread`: by what the file's model
    multiplies what a normalisation of pixels gives, which has no layer of its own here. `unknown` are layers here of
    which nobody knows how a file of this form would lay them out. `alike`: whether the file has at least as many layers
    of each kind and shape as are needed here.
    """

    way: Way
    layers: Mapping[str, str]
    unclear: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    orderless: bool = False
    spread: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    alike: bool = False

    def held(self, graph: Graph, position: int, store: Store) -> tuple[Stored, ...]:
        """The weights for a layer, in the order and layout that they have here."""
        name = self.layers.get(graph.nodes[position].name)
        if name is None:
            return ()
        held = as_here(graph, position, store.layers[name], store.form)
        return _spread(held, self.spread[name]) if name in self.spread else held


def match(graph: Graph, store: Store, new: Collection[int] = ()) -> Matching:
    """By name where all layers have the same, or in Keras' files at least half, here or there; else by structure.

    `new` are the positions of layers that need not be there.
    """
    named = _by_name(graph, store)
    here = {at for at, node in enumerate(graph.nodes) if node.facts.weights and node.shared is None}
    wanted = {graph.nodes[at].name for at in here - set(new)}
    trusted = store.form != "torch" and bool(named.layers)  # a conv1 of PyTorch's may be any
    if wanted <= named.layers.keys() or (trusted and 2 * len(named.layers) >= min(len(here), len(store.layers))):
        return named
    found = _Structure(graph, store, here, new).found()
    if not wanted <= found.layers.keys():
        loose = _Structure(graph, store, here, new, loose=True).found()
        found = loose if len(loose.layers) > len(found.layers) else found
    return named if trusted and not wanted <= found.layers.keys() else found


def _by_name(graph: Graph, store: Store) -> Matching:
    names = (node.name for node in graph.nodes if node.facts.weights and node.shared is None)
    there = {name: stored_as(name, graph, store) for name in names}
    return Matching("name", {name: stored for name, stored in there.items() if stored in store.layers})


class _Structure:
    """A search for the layers `here`, positions of those with weights, in a file; with `loose` labels or not."""

    def __init__(
        self, graph: Graph, store: Store, here: Collection[int], new: Collection[int], loose: bool = False
    ) -> None:
        self._graph, self._store = graph, store
        self._kinds = classes(store.config, opened=True) if store.config is not None else {}
        told = bool(self._kinds)
        nodes = graph.nodes
        self._here: dict[str, Label] = {}
        for at in sorted(here):
            label = label_here(graph, at, store.form, told, loose)
            self._here[nodes[at].name] = _NO_PLACE if label is None else label
        self._there = {
            name: label_there(held, store.form, self._kinds.get(name, ""), loose) for name, held in store.layers.items()
        }
        self._unknown = frozenset(name for name, label in self._here.items() if label == _NO_PLACE)
        self._new = {nodes[at].name for at in new}
        self._learners = {nodes[at].name for at in here if _learns_from_data(graph, at)}

    def found(self) -> Matching:
        """What goes where; in a file with a configuration by what reads what, else by names of modules and numbers."""
        tried: list[Matched] = []
        orderless = False
        for here, there in self._attempts():
            found = self._matched(here, there)
            orderless = orderless or (found is None)
            tried += [found] if found is not None else []
            if found is not None and self._needed() <= found.pairs.keys():
                return self._told(found)
        best = max(tried, key=lambda found: len(found.pairs), default=Matched({}, {}))
        return self._told(best, orderless and not best.pairs)

    def _told(self, found: Matched, orderless: bool = False) -> Matching:
        learnt = self._learnt()
        scales = rescaled(self._store.config) if learnt and self._store.config is not None else {}
        here = {self._graph.nodes[at].inputs for at in _rescalings(self._graph)}
        own = {self._graph.nodes[place].name for inputs in here for place in inputs}
        spread = {there: scales[there] for name, there in learnt.items() if there in scales and name not in own}
        unclear = found.unclear or self._of_more(found.pairs)
        alike = Counter(self._here[name] for name in self._needed()) <= Counter(self._there.values())
        return Matching("structure", {**found.pairs, **learnt}, unclear, orderless, spread, self._unknown, alike)

    def _of_more(self, pairs: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """What layers could be of which a file that only lists some has more, where that is all that differs."""
        taken = set(pairs.values())
        could = {
            name: tuple(
                there for there, other in self._there.items() if other == self._here[name] and there not in taken
            )
            for name in self._needed() - pairs.keys()
        }
        more = all(len(names) > 1 for names in could.values()) and not self._kinds
        return could if more else {}

    def _needed(self) -> set[str]:
        return self._here.keys() - self._new - self._learners

    def _attempts(self) -> list[tuple[dict[str, Label], dict[str, Label]]]:
        """All layers; then without new ones that the file has not, without new ones, and what both have as often."""
        here = {name: label for name, label in self._here.items() if name not in self._learners}
        there = {name: label for name, label in self._there.items() if not self._is_learner(name)}
        counts = Counter(there.values()), Counter(here.values())
        fitting = {
            name: label for name, label in here.items() if name not in self._new or counts[0][label] == counts[1][label]
        }
        old = {name: label for name, label in here.items() if name not in self._new}
        common = {name: label for name, label in here.items() if counts[0][label] == counts[1][label]}
        attempts = [(here, there)] if self._kinds else []
        for some in (here, fitting, old, common):
            wanted = set(some.values())
            attempts.append((some, {name: label for name, label in there.items() if label in wanted}))
        return attempts

    def _matched(self, here: Mapping[str, Label], there: Mapping[str, Label]) -> Matched | None:
        skeleton = skeleton_here(self._graph, here.get)
        if self._store.config is not None and self._kinds:
            try:
                return by_graph.match(skeleton, skeleton_there(self._store.config, there.get))
            except Unclear:
                pass
        return self._in_order(skeleton, here, there)

    def _in_order(self, skeleton: Skeleton, here: Mapping[str, Label], there: Mapping[str, Label]) -> Matched | None:
        """None where as many layers of each kind and shape have no common order."""
        if not here:
            return Matched({}, {})
        names = list(here)
        mine: list[tuple[str, Hashable]] = [(name, here[name]) for name in names]
        theirs: dict[str, Hashable] = dict(there)
        if not by_order.as_many(mine, theirs):
            return Matched({}, {})
        if self._store.ordered:
            theirs = dict(_numbered(theirs))
        if any(map(by_order.aside, theirs)):
            besides = [(name, (label, _SHORTCUT in name.split("."))) for name, label in mine]
            others = {name: (label, by_order.aside(name)) for name, label in theirs.items()}
            if by_order.as_many(besides, others):
                mine, theirs = list(besides), dict(others)
        found = by_order.match(mine, by_order.dependencies(skeleton, names), theirs)
        if self._store.ordered:
            found = Matched(
                {name: _unnumbered(layer) for name, layer in found.pairs.items()},
                {name: tuple(map(_unnumbered, layers)) for name, layers in found.unclear.items()},
            )
        return found if found.pairs or found.unclear else None

    def _learnt(self) -> dict[str, str]:
        """Layers that learn means from data before a training, where there is one, here and there."""
        there = [name for name in self._there if self._is_learner(name)]
        if len(there) == 1 == len(self._learners):
            (here,) = self._learners
            if self._here[here] == self._there[there[0]]:
                return {here: there[0]}
        return {}

    def _is_learner(self, name: str) -> bool:
        return family(self._kinds.get(name, "")) == "normalization"


def _numbered(layers: Mapping[str, Hashable]) -> Iterator[tuple[str, Hashable]]:
    """Names that tell the order in which they stand."""
    return ((f"{number}/{name}", label) for number, (name, label) in enumerate(layers.items()))


def _unnumbered(name: str) -> str:
    return name.partition("/")[2]


def _rescalings(graph: Graph) -> Iterator[int]:
    return (at for at, node in enumerate(graph.nodes) if isinstance(node.layer, Rescaling))


def _spread(held: tuple[Stored, ...], scale: tuple[float, ...]) -> tuple[Stored, ...]:
    """Mean, variance and count of a normalisation whose result is the same as that of one and a scale after it."""
    mean, variance, *rest = held
    return (mean, variance.turned(variance.shape, lambda numbers: numbers / np.square(scale, dtype="f4")), *rest)


def _learns_from_data(graph: Graph, position: int) -> bool:
    node = graph.nodes[position]
    return node.layer is not None and node.layer.learnt_axes(node.output) is not None


def differing(graph: Graph, store: Store, matching: Matching, needed: Collection[int]) -> dict[str, list[int]]:
    """By stage, the layers that have no place in the file, in the network's order."""
    stages = {at: stage.title for stage in graph.stages for at in stage.all_nodes()}
    found: dict[str, list[int]] = {}
    for at in sorted(needed):
        if graph.nodes[at].name not in matching.layers:
            found.setdefault(stages.get(at, graph.nodes[at].name), []).append(at)
    return found
