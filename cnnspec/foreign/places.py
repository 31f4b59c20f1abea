"""Where each entry of a network stands in a spec, and what others call it who read it from elsewhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cnnspec.foreign.items import Item, Row
from cnnspec.foreign.network import ForeignInput, ForeignNetwork
from cnnspec.foreign.regions import Vertex
from cnnspec.foreign.stages import as_word, says_nothing, stages


@dataclass(frozen=True, slots=True)
class Placed:
    """The stages of a spec, one without a title where it has none; its inputs and outputs by their names."""

    inputs: Mapping[str, ForeignInput]
    stages: tuple[tuple[str, Row], ...]
    outputs: Mapping[str, str]


def placed(
    network: ForeignNetwork, outputs: Mapping[str, str], vertices: Sequence[Vertex], titles: Mapping[str, str]
) -> Placed:
    """The entries in stages, those that read elsewhere saying what; `titles` are given to some layers already."""
    row = [item for vertex in vertices for item in _linked(vertex)]
    groups = stages(row, titles)
    return _Placing(network, outputs, groups, titles).placed()


def _linked(vertex: Vertex) -> Iterator[Item]:
    """The entries of a row, each with the keys of what it reads."""
    sources = vertex.inputs
    for item in vertex.items:
        yield replace(item, sources=sources)
        sources = (item.key,)


@dataclass(slots=True)
class _Placing:
    network: ForeignNetwork
    outputs: Mapping[str, str]
    groups: list[tuple[str, Row]]
    titles: Mapping[str, str]
    stage_of: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def placed(self) -> Placed:
        inputs = dict(self._inputs())
        self.taken = {*inputs, *(title for title, _ in self.groups)}
        for title, row in self.groups:
            self.stage_of |= {item.key: title for item in row}
        ends = {row[-1].key for title, row in self.groups if title}
        flat = [item for _, row in self.groups for item in row]
        outer = dict(self._outputs(flat[-1].key))
        wanted = self._wanted(flat, {*outer.values(), *self.outputs.values()})
        for item in flat:
            if item.key in wanted and (item.key not in ends or self._is_reused_alone(item, flat)):
                self.names[item.key] = self._name(item)
        groups, before = [], None
        for title, row in self.groups:
            made = []
            for item in row:
                made.append(self._said(item, before, title))
                before = item
            groups.append((title, tuple(made)))
        outputs = {name: self._reference(key, None) for name, key in outer.items()}
        return Placed(inputs, tuple(groups), outputs)

    def _is_reused_alone(self, item: Item, flat: Sequence[Item]) -> bool:
        """Whether an entry is used again without those that stand before it in its stage."""
        whole = [each for each in flat if self.stage_of[each.key] == self.stage_of[item.key]]
        again = any(each.kind == "reuse" and each.arguments["entry"] == item.key for each in flat)
        return again and len(whole) > 1 and item.layers[0] not in self.titles

    def _inputs(self) -> Iterator[tuple[str, ForeignInput]]:
        for each in self.network.inputs:
            name = _usual(each) if len(self.network.inputs) == 1 and _is_automatic(each.name) else as_word(each.name)
            while name in self.names.values():
                name += "_"
            self.names[each.name] = name
            yield name, each

    def _outputs(self, last: str) -> Iterator[tuple[str, str]]:
        """The outputs that a spec names: none where it is the last entry that nobody gave a name."""
        if not self.network.names_outputs and list(self.outputs.values()) == [last]:
            return
        seen: set[str] = set()
        for name, key in self.outputs.items():
            word = as_word(name.rsplit("/", 1)[-1].rsplit(".", 1)[-1] if not self.network.names_outputs else name)
            while word in seen:
                word += "_"
            seen.add(word)
            yield word, key

    def _wanted(self, flat: Iterable[Item], outputs: set[str]) -> set[str]:
        """The keys that something reads from elsewhere than right after them."""
        wanted, before = {key for key in outputs if key in self.stage_of}, ""
        for item in flat:
            if item.sources != (before,) or before in outputs:
                wanted |= {key for key in item.sources if key in self.stage_of}
            if item.kind == "reuse":
                wanted.add(item.arguments["entry"])
            before = item.key
        last = before
        return wanted - ({last} if not self._ends_named(last) else set())

    def _ends_named(self, last: str) -> bool:
        return self.network.names_outputs or list(self.outputs.values()) != [last]

    def _name(self, item: Item) -> str:
        """A name that is free, after what the file calls the entry."""
        names = [name for name in reversed(item.layers) if not says_nothing(name)]
        said = names[-1] if names else item.kind
        word = as_word(said.rsplit("/", 1)[-1].split(":", 1)[0].replace(".", "_"))
        title = self.stage_of[item.key]
        word = as_word(word.removeprefix(f"{title}_")) if title and word != title else word
        free, number = word, 1
        while free in self.taken:
            number += 1
            free = f"{word}_{number}"
        self.taken.add(free)
        return free

    def _said(self, item: Item, before: Item | None, title: str) -> Item:
        """An entry with its name, and what it reads where that must be said."""
        name = self.names.get(item.key, "")
        if item.kind == "reuse":
            target = self._reference(item.arguments["entry"], title)
            item = replace(item, arguments={"entry": target})
        follows = before is not None and item.sources == (before.key,) and before.key not in self.outputs.values()
        first = before is None and len(self.network.inputs) == 1 and item.sources == (self.network.inputs[0].name,)
        if follows or first:
            return replace(item, name=name)
        return replace(item, name=name, origin=tuple(self._reference(key, title) for key in item.sources))

    def _reference(self, key: str, title: str | None) -> str:
        """What an entry is called by one in a stage."""
        if key not in self.stage_of:
            return self.names[key]
        stage = self.stage_of[key]
        if key not in self.names:
            return stage
        return self.names[key] if not stage or stage == title else f"{stage}.{self.names[key]}"


def _is_automatic(name: str) -> bool:
    return says_nothing(name) or name.startswith("input")


def _usual(given: ForeignInput) -> str:
    """What an input is called that nobody named."""
    if len(given.shape) == 3:
        return "image"
    return "tokens" if len(given.shape) == 1 and given.dtype.startswith("int") else "data"
