"""Matches layers that a file only lists with those of a network, by the names of modules and their numbers.

Names are paths: `layer1.0.conv2` is the second `conv` of the first part of `layer1`. What is known of such names:

- what lies in one module is computed together: once begun, a module is ended before anything outside it;
- of what differs in its number alone, the smaller number is computed first, unless neither depends on the other;
- modules with the same parts compute them in the same order.

All ways to go through the network and the names in step are looked for; where there are two, nobody can say which is
meant, and that is told.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cnnspec.weights.by_graph import Matched
from cnnspec.weights.skeleton import Skeleton

_MOST_STEPS = 200_000
_NUMBER = re.compile(r"^(.*?)[_-]?(\d+)$")
_ASIDE = frozenset({"downsample", "shortcut", "skip", "identity", "proj_shortcut"})
"""What modules beside the main path are called."""


@dataclass(slots=True, eq=False)
class _Module:
    """A part of the names' tree: a layer where it has no parts of its own."""

    name: str = ""
    above: "_Module | None" = None
    parts: "dict[str, _Module]" = field(default_factory=dict)
    layer: str = ""
    left: int = 0
    """How many of its layers have no place yet."""
    placed: int = 0
    """The places, as bits, of its layers that have one."""
    earlier: "tuple[_Module, ...]" = ()
    """Those of its name with a smaller number."""
    later: "tuple[_Module, ...]" = ()
    order: list[str] = field(default_factory=list)
    """Its layers that have a place, by their names in it, in order."""
    made_of: frozenset[str] = frozenset()


def match(here: Sequence[tuple[str, Hashable]], before: Sequence[int], there: Mapping[str, Hashable]) -> Matched:
    """`here` are layers with their labels in an order of computation, `before` for each, as bits, those it depends on.

    `there` are the layers of a file by name, with labels, as many of each label as there are here.
    """
    search = _Search(here, before, there)
    found = search.solutions()
    if not found:
        return Matched({}, {})
    pairs = {name: layer for (name, _), layer in zip(here, found[0], strict=True)}
    unclear: dict[str, tuple[str, ...]] = {}
    for other in found[1:]:
        for (name, _), one, two in zip(here, found[0], other, strict=True):
            if one != two:
                unclear[name] = tuple(sorted((one, two)))
    return Matched({} if unclear else pairs, unclear)  # a third way may differ elsewhere


def dependencies(skeleton: Skeleton, names: Sequence[str]) -> list[int]:
    """For each of the layers, as bits, the places of those that must be computed before it is first."""
    places = {name: at for at, name in enumerate(names)}
    reached: list[int] = []
    found = [0] * len(names)
    for vertex in skeleton:
        bits = 0
        for place in vertex.inputs:
            bits |= reached[place]
        at = places.get(vertex.owner)
        if at is not None:
            found[at] |= bits & ~(1 << at)
            bits |= 1 << at
        reached.append(bits)
    return found


class _Search:
    """A walk through the network that gives each layer one of the names, and goes back where none is left."""

    def __init__(
        self, here: Sequence[tuple[str, Hashable]], before: Sequence[int], there: Mapping[str, Hashable]
    ) -> None:
        self._labels = [label for _, label in here]
        self._before, self._there = before, there
        self._root, self._layers = _tree(there)
        self._orders: dict[frozenset[str], tuple[_Module, list[str]]] = {}
        self._steps = 0
        every = (1 << len(before)) - 1
        after = [0] * len(before)
        for at, bits in enumerate(before):
            for other in _bits(bits):
                after[other] |= 1 << at
        self._free = [every & ~after[at] & ~before[at] for at in range(len(before))]

    def solutions(self) -> list[list[str]]:
        """At most two ways; none, too, where there are more steps than anybody would wait for."""
        found: list[list[str]] = []
        chosen: list[_Module] = []
        waiting = [self._choices(self._root, 0)]
        while waiting:
            layer = next(waiting[-1], None)
            self._steps += 1
            if self._steps > _MOST_STEPS:
                return []
            if layer is None:
                waiting.pop()
                if chosen:
                    self._take_back(chosen.pop(), len(chosen))
                continue
            self._place(layer, len(chosen))
            chosen.append(layer)
            if not self._keeps_order(layer):
                self._take_back(chosen.pop(), len(chosen))
            elif len(chosen) == len(self._labels):
                found.append([each.layer for each in chosen])
                if len(found) == 2:
                    return found
                self._take_back(chosen.pop(), len(chosen))
            else:
                waiting.append(self._choices(_begun(layer), len(chosen)))
        return found

    def _choices(self, module: _Module, at: int) -> Iterator[_Module]:
        """The layers in a module that could be computed next."""
        for part in list(module.parts.values()):
            if part.left and self._may_skip(part, at):
                if part.parts:
                    yield from self._choices(part, at)
                elif self._there[part.layer] == self._labels[at] and self._in_order(part, at):
                    yield part

    def _may_skip(self, part: _Module, at: int) -> bool:
        """Whether all that has a smaller number and no place yet could come later, as nothing depends on it."""
        skipped = sum(each.left for each in part.earlier)
        return not skipped or (self._free[at] >> (at + 1)).bit_count() >= skipped

    def _in_order(self, layer: _Module, at: int) -> bool:
        """Whether nothing of a larger number was placed that must be computed before."""
        module: _Module | None = layer
        while module is not None:
            if any(each.placed & self._before[at] for each in module.later):
                return False
            module = module.above
        return True

    def _place(self, layer: _Module, at: int) -> None:
        path = ""
        module: _Module | None = layer
        while module is not None:
            module.left -= 1
            module.placed |= 1 << at
            if module.parts:
                module.order.append(path)
            path = f"{module.name}.{path}" if path else module.name
            module = module.above

    def _take_back(self, layer: _Module, at: int) -> None:
        module: _Module | None = layer
        while module is not None:
            if not module.left and self._orders.get(module.made_of, (None,))[0] is module:
                del self._orders[module.made_of]
            module.left += 1
            module.placed &= ~(1 << at)
            if module.parts:
                module.order.pop()
            module = module.above

    def _keeps_order(self, layer: _Module) -> bool:
        """Whether every module that it lies in computes its parts as others with the same parts do."""
        module = layer.above
        while module is not None and module.above is not None:
            known = self._orders.get(module.made_of)
            if known is not None and known[0] is not module and known[1][: len(module.order)] != module.order:
                return False
            if not module.left and known is None:
                self._orders[module.made_of] = (module, list(module.order))
            module = module.above
        return True


def _begun(layer: _Module) -> _Module:
    """The innermost module of those that a layer lies in that is not at its end."""
    module = layer
    while not module.left and module.above is not None:
        module = module.above
    return module


def _tree(there: Mapping[str, Hashable]) -> tuple[_Module, list[_Module]]:
    root, layers = _Module(), []
    for name in there:
        module = root
        for part in re.split(r"[./]", name):
            module = module.parts.setdefault(part, _Module(part, module))
        if module.parts or module.layer:
            module = module.parts.setdefault(" ", _Module(" ", module))
        module.layer = name
        layers.append(module)
        above: _Module | None = module
        while above is not None:
            above.left += 1
            above = above.above
    _number(root)
    return root, layers


def _number(root: _Module) -> None:
    """Say of each module which have its name and another number, and what it is made of."""
    waiting = [root]
    while waiting:
        module = waiting.pop()
        rows: dict[str, list[tuple[int, _Module]]] = {}
        for name, part in module.parts.items():
            matched = _NUMBER.match(name)
            stem, number = (matched[1], int(matched[2][:18])) if matched else (name, -1)
            rows.setdefault(stem, []).append((number, part))
        for row in rows.values():
            row.sort(key=lambda each: each[0])
            for number, part in row:
                part.earlier = tuple(other for smaller, other in row if smaller < number)
                part.later = tuple(other for larger, other in row if larger > number)
        module.made_of = frozenset(_inside(module, ""))
        waiting += [part for part in module.parts.values() if part.parts]


def _inside(module: _Module, before: str) -> Iterator[str]:
    for name, part in module.parts.items():
        path = f"{before}.{name}" if before else name
        if part.parts:
            yield from _inside(part, path)
        else:
            yield path


def _bits(number: int) -> Iterator[int]:
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low


def by_number(name: str) -> list[tuple[str, int]]:
    """What sorts names so that 9 stands before 10."""
    parts = ((part, _NUMBER.match(part)) for part in re.split(r"[./]", name))
    return [(found[1], int(found[2][:18])) if found else (part, -1) for part, found in parts]


def aside(name: str) -> bool:
    """Whether a file's layer is called as those beside the main path are."""
    return bool(_ASIDE.intersection(re.split(r"[./]", name)))


def as_many(here: Sequence[tuple[str, Hashable]], there: Mapping[str, Hashable]) -> bool:
    """Whether of each label there are as many there as here."""
    return Counter(label for _, label in here) == Counter(there.values())
