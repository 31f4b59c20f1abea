"""The function that is being written: for each of its uses what its parameters are, and how values are said in it."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from cnnspec.reports.code.syntax import (
    Chosen,
    Expression,
    Formatted,
    Listed,
    Literal,
    Name,
    Operation,
    Ref,
    Variable,
    has_symbols,
    same,
)
from cnnspec.reports.code.variables import identifier


class Apart(Exception):
    """Uses of a block, or repeats of an entry, that differ by more than one text can say."""


class Parameter:
    """An argument of the function: its values by use, and what it is where nothing is given (in a tuple of one)."""

    def __init__(self, values: dict[int, Any], default: tuple[Any, ...]) -> None:
        self.values, self.default = values, default


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


class Scope:
    """A function on its way: `prefixes` are the names of its uses, `hints` the arguments of the spec's block."""

    def __init__(self, prefixes: Sequence[str], hints: dict[str, dict[int, Any]], taken: Iterable[str]) -> None:
        self.prefixes, self.hints, self.taken = tuple(prefixes), hints, set(taken)
        self.parameters: dict[str, Parameter] = {}
        self.outside: dict[tuple[int, ...], Variable] = {}
        self.variables: dict[int, Variable] = {}
        self.inside: tuple[frozenset[int], ...] = ()
        self.channels: dict[int, int] = {}
        self.with_channels = False
        self.loops = 0
        self.gathered: dict[tuple[int, ...], Variable] = {}

    @property
    def is_main(self) -> bool:
        """Whether it is the function that builds the model."""
        return self.prefixes == ("",)

    def index(self) -> str:
        """What the index of one more loop is called."""
        self.loops += 1
        return "ijkmn"[min(self.loops, 5) - 1]

    def state(self) -> tuple[Any, ...]:
        """What an attempt may change."""
        parameters = {name: Parameter(dict(each.values), each.default) for name, each in self.parameters.items()}
        return parameters, dict(self.outside), dict(self.variables), set(self.taken), self.loops, self.with_channels

    def restore(self, state: tuple[Any, ...]) -> None:
        """Undo an attempt."""
        self.parameters, self.outside, self.variables, self.taken, self.loops, self.with_channels = state

    def parameter(self, values: dict[int, Any], word: str, default: tuple[Any, ...]) -> Expression:
        """The parameter, or what is computed from one, that has these values in these uses."""
        found = self._found(values)
        return found or self._each(values) or self._new(values, word, default)

    def _found(self, values: dict[int, Any]) -> Expression | None:
        return self._hinted(values) or self._known(values) or self._of_channels(values) or self._computed(values)

    def _each(self, values: dict[int, Any]) -> Expression | None:
        """A tuple whose items are known one by one."""
        rows = list(values.values())
        if not all(isinstance(row, tuple) and row for row in rows) or len(set(map(len, rows))) > 1:
            return None
        items = []
        for column in zip(*rows, strict=True):
            alike = all(same(value, column[0]) for value in column)
            found = Literal(column[0]) if alike and not has_symbols(column[0]) else None
            items.append(found or self._found(dict(zip(values, column, strict=True))))
        return Listed(tuple(item for item in items if item), "()") if all(items) else None

    def _of_channels(self, values: dict[int, Any]) -> Expression | None:
        """The channels of what is read, a part of them, or a parameter times as many."""
        if not self.channels or not all(type(value) is int for value in values.values()):
            return None
        pairs = [(self.channels[use], value) for use, value in values.items()]
        if len({one for one, _ in pairs}) < 2:
            return None
        said = "channels" if all(one == other for one, other in pairs) else self._times_channels(values)
        for operator, by in _factors(pairs) if not said else ():
            said = f"{by} * channels" if operator == "*" else f"channels // {by}"
        self.with_channels = self.with_channels or bool(said)
        return Name(said) if said else None

    def _times_channels(self, values: dict[int, Any]) -> str:
        for name, known in self._numbers():
            factors = {use: known.get(use) for use in values}
            if all(type(by) is int and by * self.channels[use] == values[use] for use, by in factors.items()):
                return f"{identifier(name, 'value')} * channels" if self.use(name) else ""
        return ""

    def _known(self, values: dict[int, Any]) -> Expression | None:
        for name, parameter in self.parameters.items():
            shared = [use for use in values if use in parameter.values]
            if shared and all(same(parameter.values[use], values[use]) for use in shared):
                parameter.values.update(values)
                return Name(name)
        return None

    def _hinted(self, values: dict[int, Any]) -> Expression | None:
        for name, hints in self.hints.items():
            if identifier(name, "value") in self.parameters or self.is_main:
                continue
            if all(same(plain(hints.get(use)), plain(value)) for use, value in values.items()):
                return self._from_hint(name, hints, values)
        return None

    def _from_hint(self, hint: str, hints: dict[int, Any], values: dict[int, Any]) -> Expression | None:
        name = identifier(hint, "value")
        if name in self.parameters or name in self.taken:
            return None
        self.parameters[name] = Parameter({**hints, **values}, ())
        self.taken.add(name)
        return Name(name)

    def _computed(self, values: dict[int, Any]) -> Expression | None:
        """A multiple or a part of a parameter."""
        if not all(type(value) is int for value in values.values()):
            return None
        for name, known in self._numbers():
            pairs = [(known.get(use), value) for use, value in values.items()]
            if not all(type(one) is int and one > 0 for one, _ in pairs):
                continue
            for operator, by in _factors(pairs):
                if not self.use(name):
                    break
                said = identifier(name, "value")
                return Name(f"{by} * {said}" if operator == "*" else f"{said} // {by}")
        return None

    def use(self, name: str) -> bool:
        """Make an argument of the spec's block a parameter, if it is none; whether it is one."""
        return name in self.parameters or self._from_hint(name, self.hints.get(name, {}), {}) is not None

    def _numbers(self) -> list[tuple[str, dict[int, Any]]]:
        known = [(name, each.values) for name, each in self.parameters.items()]
        return [
            *known,
            *((name, hints) for name, hints in self.hints.items() if identifier(name) not in self.parameters),
        ]

    def _new(self, values: dict[int, Any], word: str, default: tuple[Any, ...]) -> Expression:
        if self.is_main:
            raise Apart
        name = self.free(identifier(word, "value"), self.hints)
        self.parameters[name] = Parameter(dict(values), default)
        return Name(name)

    def free(self, word: str, reserved: Collection[str] = ()) -> str:
        """A name that nothing else in the function has."""
        name, number = word, 2
        while name in self.taken or name in self.parameters or name in reserved:
            name, number = f"{word}{number}", number + 1
        self.taken.add(name)
        return name


def _factors(pairs: Sequence[tuple[Any, int]]) -> list[tuple[str, int]]:
    """By what a whole number is multiplied or divided in all pairs."""
    if len(set(pairs)) < 2:
        return []
    one, value = pairs[0]
    by, rest = divmod(value, one)
    if by > 1 and not rest and all(other == by * mine for mine, other in pairs):
        return [("*", by)]
    by = one // value if value > 0 else 0
    return [("//", by)] if by > 1 and all(other == mine // by for mine, other in pairs) else []


def plain(value: Any) -> Any:
    """Lists as tuples."""
    return tuple(map(plain, value)) if isinstance(value, list | tuple) else value


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
        if alike and (self.scope.is_main or not has_symbols(values[0])):
            return Literal(values[0])
        by_use = self.by_use(values)
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
        if len(found) == 1 and None not in found:
            return Ref(next(iter(found)))  # type: ignore[arg-type]
        if None in found and len(found) == 1 and not self.scope.is_main:
            return Ref(self._outside(positions))
        raise Apart

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
        told = _told(self.scope, {use: number == most for use, number in by_use.items()})
        return told and Chosen(Literal(most), told, Literal(min(by_use.values())))

    def condition(self, present: Sequence[bool], word: str) -> Expression:
        """When something is there, by entry; raises Apart."""
        by_use = self.by_use(list(present))
        if by_use is None:
            return self._first_only(present)
        return _told(self.scope, by_use) or self.scope.parameter(by_use, word, ())

    def _first_only(self, present: Sequence[bool]) -> Expression:
        for operator, wanted in (("==", True), ("!=", False)):
            if all(
                (entry.turns[-1] == 1) is (there is wanted) for entry, there in zip(self.entries, present, strict=True)
            ):
                self.loops[-1].used = True
                return Operation(Name(self.loops[-1].index), operator, Literal(self.loops[-1].start))
        raise Apart


_Test = Callable[[Any], bool]


def _told(scope: Scope, present: dict[int, bool]) -> Expression | None:
    """The condition by what the function is given, where a simple one tells."""
    known = {name: each.values for name, each in scope.parameters.items()}
    hinted = {name: hints for name, hints in scope.hints.items() if identifier(name, "value") not in known}
    tests = [(name, values, *test) for name, values in {**known, **hinted}.items() for test in _tests(values.values())]
    for name, values, _, text, holds in sorted(tests, key=lambda test: test[2]):
        if all(use in values and holds(values[use]) is there for use, there in present.items()):
            if not scope.use(name):
                continue
            return Name(text.format(identifier(name, "value")))
    return _told_by_channels(scope, present, {**known, **hinted})


def _told_by_channels(scope: Scope, present: dict[int, bool], numbers: dict[str, dict[int, Any]]) -> Expression | None:
    """As many channels as a parameter says, and another parameter 1: nothing is changed in shape."""
    if not scope.channels:
        return None
    ones = {name: values for name, values in numbers.items() if 1 in values.values()}
    for name, values in numbers.items():
        for one, strides in ones.items():
            if all(
                (values.get(use) == scope.channels[use] and strides.get(use) == 1) is there
                for use, there in present.items()
            ):
                if not scope.use(name) or not scope.use(one):
                    return None
                scope.with_channels = True
                return Name(f"{identifier(one, 'value')} == 1 and channels == {identifier(name, 'value')}")
    return None


def _equals(known: object) -> _Test:
    return lambda value: bool(value == known)


def _differs(known: object) -> _Test:
    return lambda value: bool(value != known)


def _tests(values: Iterable[Any]) -> list[tuple[int, str, _Test]]:
    seen = list(values)
    tests: list[tuple[int, str, _Test]] = []
    if all(isinstance(value, bool) for value in seen):
        tests += [(0, "{}", lambda value: value), (0, "not {}", lambda value: not value)]
    elif all(isinstance(value, int | float) for value in seen):
        tests += [(1, "{} > 1", lambda value: value > 1), (1, "{} > 0", lambda value: value > 0)]
        for known in sorted(set(seen)):
            tests += [(2, f"{{}} == {known!r}", _equals(known))]
            tests += [(2, f"{{}} != {known!r}", _differs(known))]
    return tests
