"""Specs drawn at random for what reads what: named entries in stages, blocks, residuals and branches, read later."""

import json
from typing import Any

from hypothesis import strategies as st

Entry = dict[str, Any]
_MERGES = st.sampled_from(["add", "maximum", "average"])


class _List:
    """A list of entries on its way, and the names that an entry of it may read."""

    def __init__(self, draw: st.DrawFn, outside: list[str], depth: int) -> None:
        self.draw, self.outside, self.depth = draw, outside, depth
        self.entries: list[Entry] = []
        self.names: list[str] = []
        self.named = False

    def chance(self, of: int = 2) -> bool:
        return self.draw(st.integers(1, of)) == 1

    def add(self, kind: str, arguments: Entry, named: bool) -> None:
        """One more entry, which has a name if it is `named`, and is repeated at random if it reads the one before."""
        if "from" not in arguments and kind != "relu" and self.chance(4):
            arguments = {**arguments, "repeat": self.draw(st.integers(2, 3))}
        if named:
            name = f"e{len(self.entries)}_" if "repeat" in arguments else f"e{len(self.entries)}"
            arguments = {**arguments, "name": name}
            self.names.append(name)
        self.entries.append({kind: arguments})
        self.named = named

    def written(self, count: int) -> list[Entry]:
        """So many entries; all of the list's own names are read in the end."""
        for _ in range(count):
            self._one()
        if self.depth and (len(self.names) > 1 or (self.names and not self.named)):
            if not self.named:
                self.add("conv", _conv(), True)
            self.add("add", {"from": self.draw(st.permutations(self.names))}, False)
        return self.entries

    def _one(self) -> None:
        kinds = [
            "conv",
            "conv",
            "relu",
            "merge",
            "from",
            *(["residual", "parallel", "b", "c"] if self.depth < 2 else []),
        ]
        kind = self.draw(st.sampled_from(kinds))
        readable = [*self.outside, *self.names]
        if kind == "merge" and self.named and len(readable) > 1:
            more = self.draw(st.lists(st.sampled_from(readable), min_size=1, max_size=3, unique=True))
            read = [*more, *([self.names[-1]] if self.names[-1] not in more else [])]
            if len(read) > 1:
                self.add(self.draw(_MERGES), {"from": self.draw(st.permutations(read))}, self.chance())
        elif kind == "from" and self.named and readable:
            self.add("conv", {**_conv(), "from": self.draw(st.sampled_from(readable))}, self.chance())
        elif kind == "residual":
            self.add(kind, {"layers": self.inner(), **({"activation": "relu"} if self.chance() else {})}, self.chance())
        elif kind == "parallel":
            branches = [self.inner() for _ in range(self.draw(st.integers(1, 2)))]
            alike = {"for": {"size": [1, 3, 5]}, "layers": [{"conv": _conv("$size")}, *branches[0]]}
            written = alike if self.chance() else {"branches": [*branches, []]}
            self.add(kind, {"merge": "add", **written}, self.chance())
        elif kind in ("b", "c"):
            self.add(kind, {"k": self.draw(st.sampled_from([1, 3]))}, self.chance())
        elif kind == "relu":
            self.entries.append({"activation": "relu"})
            self.named = False
        else:
            self.add("conv", _conv() | ({"norm": "batch"} if self.chance(4) else {}), self.chance())

    def inner(self) -> list[Entry]:
        return _List(self.draw, [], self.depth + 1).written(self.draw(st.integers(1, 3)))


def _conv(size: Any = 3) -> Entry:
    return {"filters": 4, "kernel_size": size, "padding": "same"}


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A spec all of whose entries give as many channels; its last stage reads all names, in any order."""
    known: list[str] = []
    model: dict[str, Any] = {"s0": [{"conv": _conv()}]}
    stages = ["s0"]
    for number in range(1, draw(st.integers(2, 4))):
        stage = _List(draw, [*stages, *known], 0)
        model[f"s{number}"] = [{"conv": _conv()}, *stage.written(draw(st.integers(1, 4)))]
        known += [f"s{number}.{name}" for name in stage.names]
        stages.append(f"s{number}")
    model["end"] = [{"concat": {"from": draw(st.permutations([*stages, *known]))}}, {"conv": _conv()}]
    blocks = {
        name: {
            "params": {"k": 3},
            "layers": [{"conv": _conv("$k")}, *_List(draw, [], 2).written(draw(st.integers(1, 4)))],
        }
        for name in ("b", "c")
    }
    return json.dumps({"cnnspec": 1, "name": "drawn", "blocks": blocks, "inputs": {"image": [6, 6, 4]}, "model": model})
