"""What is being written in a function, for several of its uses and turns at once: how values are said there."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from cnnspec.reports.code.conditions import told
from cnnspec.reports.code.parameters import Apart, Scope
from cnnspec.reports.code.syntax import (
    Chosen,
    Expression,
    Formatted,
    Literal,
    Name,
    Operation,
    Ref,
    Variable,
    has_symbols,
    same,
)
from cnnspec.reports.code.variables import identifier


class Turns:
    """A loop that is being written: its index, the number of the first turn, and values that go along with it."""

    def __init__(self, index: str, start: int) -> None:
        self.index, self.start = index, start
        self.used = False
        self.beside: dict[str, Expression] = {}
        self.columns: dict[str, tuple[Any, ...]] = {}


class Entry(NamedTuple):
    """One of the things that a text stands for: a use of the function, and the turn of each loop around.

    `renamed` is where what it reads is held by another variable than for the others.
    """

    use: int
    turns: tuple[int, ...]
    renamed: dict[int, Variable]


class View:
    """What is being written in a function, for some of its uses, inside some loops."""

    def __init__(self, scope: Scope, entries: tuple[Entry, ...], loops: tuple[Turns, ...] = ()) -> None:
        self.scope, self.entries, self.loops = scope, entries, loops

    def only(self, present: Sequence[bool]) -> "View":
        """The same for some of the entries."""
        return View(
            self.scope, tuple(each for each, is_in in zip(self.entries, present, strict=True) if is_in), self.loops
        )

    def by_use(self, values: Sequence[Any]) -> dict[int, Any] | None:
        """The values by use, where they depend on nothing else."""
        found: dict[int, Any] = {}
        for entry, value in zip(self.entries, values, strict=True):
            if entry.use in found and not same(found[entry.use], value):
                return None
            found[entry.use] = value
        return found

    def said(self, values: Sequence[Any], word: str, default: tuple[Any, ...] = ()) -> Expression:
        """An expression with these values, by entry; raises Apart."""
        alike = all(same(value, values[0]) for value in values)
        by_use = self.by_use(values)
        beside = self.scope.of_main_path(by_use, word) if by_use is not None else None
        if beside is not None:
            return beside
        if alike and (self.scope.is_main or not has_symbols(values[0])):
            return Literal(values[0])
        if by_use is not None and not self.scope.is_main:
            return self.scope.parameter(by_use, word, default)
        if not self.loops:
            raise Apart
        return self._at_first(values, word, default) or self._beside(values, word)

    def _at_first(self, values: Sequence[Any], word: str, default: tuple[Any, ...]) -> Expression | None:
        """One value in the first turn of the innermost loop, another after it."""
        first = [entry.turns[-1] == 1 for entry in self.entries]
        parts = []
        for wanted in (True, False):
            view = self.only([each is wanted for each in first])
            chosen = [value for value, each in zip(values, first, strict=True) if each is wanted]
            by_use = view.by_use(chosen)
            if by_use is None:
                return None
            parts.append((view, chosen))
        loop = self.loops[-1]
        one, other = (view.said(chosen, word, default) for view, chosen in parts)
        loop.used = True
        if isinstance(one, Literal) and isinstance(other, Literal) and isinstance(one.value, bool):
            return Operation(Name(loop.index), "==" if one.value else "!=", Literal(loop.start))
        return Chosen(one, Operation(Name(loop.index), "==", Literal(loop.start)), other)

    def _beside(self, values: Sequence[Any], word: str) -> Expression:
        """A value that goes along with the turns of the innermost loop."""
        loop = self.loops[-1]
        by_turn: dict[int, Any] = {}
        for entry, value in zip(self.entries, values, strict=True):
            if not same(by_turn.setdefault(entry.turns[-1], value), value):
                return self._by_use_and_turn(values, word)
        if sorted(by_turn) != list(range(1, len(by_turn) + 1)):
            raise Apart
        column = tuple(by_turn[turn] for turn in sorted(by_turn))
        return self._column(loop, word, column, Literal(column))

    def _by_use_and_turn(self, values: Sequence[Any], word: str) -> Expression:
        loop, by_use = self.loops[-1], dict[int, dict[int, Any]]()
        for entry, value in zip(self.entries, values, strict=True):
            turns = by_use.setdefault(entry.use, {})
            if not same(turns.setdefault(entry.turns[-1], value), value):
                raise Apart
        columns = {use: tuple(turns[turn] for turn in sorted(turns)) for use, turns in by_use.items()}
        if self.scope.is_main or any(sorted(turns) != list(range(1, len(turns) + 1)) for turns in by_use.values()):
            raise Apart
        over = self.scope.parameter(dict(columns), f"{word}s", ())
        return self._column(loop, word, tuple(sorted(columns.items())), over)

    def _column(self, loop: Turns, word: str, column: tuple[Any, ...], over: Expression) -> Expression:
        for name, known in loop.columns.items():
            if same(known, column):
                return Name(name)
        name = self.scope.free(identifier(word, "value"))
        loop.columns[name], loop.beside[name] = column, over
        return Name(name)

    def variable(self, positions: Sequence[int]) -> Expression:
        """What holds these tensors, by entry; raises Apart where no one variable does."""
        found = {self._holder(entry, position) for entry, position in zip(self.entries, positions, strict=True)}
        if len(found) != 1:
            raise Apart
        (holder,) = found
        if holder is None and self.scope.is_main:
            raise Apart
        return Ref(self._outside(positions) if holder is None else holder)

    def _holder(self, entry: Entry, position: int) -> Variable | None:
        return entry.renamed.get(position) or self.scope.variables.get(position)

    def _outside(self, positions: Sequence[int]) -> Variable:
        """What the function is given besides what it reads: a tensor from before it, by use."""
        by_use = self.by_use(positions)
        inside = self.scope.inside
        if by_use is None or (inside and any(position in inside[use] for use, position in by_use.items())):
            raise Apart
        for known, variable in self.scope.outside.items():
            if all(known[use] == position for use, position in by_use.items()):
                return variable
        if len(by_use) < len(self.scope.prefixes):
            raise Apart
        words = {name for name in self.scope.hints if name not in self.scope.taken}
        variable = Variable(name=self.scope.free(self._word_of(by_use, words)))
        self.scope.outside[tuple(by_use[use] for use in sorted(by_use))] = variable
        return variable

    def _word_of(self, positions: dict[int, int], words: set[str]) -> str:
        """The block's argument that names what is read, if one does."""
        texts = [name for name in sorted(words) if all(isinstance(v, str) for v in self.scope.hints[name].values())]
        return identifier(texts[0], "value") if len(texts) == 1 else "other"

    def layer_name(self, names: Sequence[str]) -> Expression:
        """The name of a layer, by entry: what is before it in the function's own name, and numbers of turns."""
        prefixes = [self.scope.prefixes[entry.use] for entry in self.entries]
        if not all(
            name == prefix or not prefix or name.startswith(f"{prefix}.")
            for name, prefix in zip(names, prefixes, strict=True)
        ):
            raise Apart
        rests = [name[len(prefix) :] for name, prefix in zip(names, prefixes, strict=True)]
        start: tuple[str | Expression, ...] = () if self.scope.is_main else (Name("name"),)
        split = [re.split(r"(\d+)", rest) for rest in rests]
        if len({len(each) for each in split}) > 1:
            raise Apart
        parts = [part for place in range(len(split[0])) for part in self._part([each[place] for each in split])]
        joined = tuple(part for part in (*start, *parts) if part != "")
        if joined == (Name("name"),):
            return Name("name")
        return Formatted(joined)

    def _part(self, texts: Sequence[str]) -> tuple[str | Expression, ...]:
        """A text without digits, or a number: that of a turn, or as many as a parameter says."""
        if len(set(texts)) == 1:
            return (texts[0],)
        for length in range(min(map(len, texts))):
            if len({text[:length] for text in texts}) > 1:
                break
            ends = [text[length:] for text in texts]
            if all(end.isdigit() and str(int(end)) == end for end in ends):
                index = self._index([int(end) for end in ends])
                if index is not None:
                    return (texts[0][:length], index)
        if not all(text.isdigit() for text in texts):
            raise Apart
        by_use = self.by_use([int(text) for text in texts])
        if by_use is None:
            raise Apart
        return (self._counted(by_use) or self.scope.parameter(by_use, "number", ()),)

    def _index(self, numbers: Sequence[int]) -> Expression | None:
        for place, loop in enumerate(self.loops):
            turns = [entry.turns[place] + loop.start - 1 for entry in self.entries]
            if turns == list(numbers):
                loop.used = True
                return Name(loop.index)
        return None

    def _counted(self, by_use: dict[int, int]) -> Expression | None:
        """One number, or the next where something is there before it."""
        most = max(by_use.values())
        if len(set(by_use.values())) > 2 or self.scope.is_main:
            return None
        more = told(self.scope, {use: number == most for use, number in by_use.items()})
        return more and Chosen(Literal(most), more, Literal(min(by_use.values())))

    def condition(self, present: Sequence[bool], word: str) -> Expression:
        """When something is there, by entry; raises Apart."""
        by_use = self.by_use(list(present))
        if by_use is None:
            return self._first_only(present)
        return told(self.scope, by_use) or self.scope.parameter(by_use, word, ())

    def _first_only(self, present: Sequence[bool]) -> Expression:
        for operator, wanted in (("==", True), ("!=", False)):
            if all(
                (entry.turns[-1] == 1) is (there is wanted) for entry, there in zip(self.entries, present, strict=True)
            ):
                self.loops[-1].used = True
                return Operation(Name(self.loops[-1].index), operator, Literal(self.loops[-1].start))
        raise Apart
