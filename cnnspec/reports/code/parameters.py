"""A function that is being written: what its parameters are in each of its uses."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from cnnspec.reports.code.syntax import Expression, Listed, Literal, Name, Variable, has_symbols, same
from cnnspec.reports.code.variables import identifier

INDEXES = "ijk"
"""What the indexes of loops are called, from the outermost on; nothing else has these names where loops are."""


_TAKEN_OVER = frozenset({"filters", "strides"})
"""Arguments of a projection that are those of the path beside it."""


class Apart(Exception):
    """Uses of a block, or repeats of an entry, that differ by more than one text can say."""


class Parameter:
    """An argument of the function: its values by use, and what it is where nothing is given (in a tuple of one)."""

    def __init__(self, values: dict[int, Any], default: tuple[Any, ...]) -> None:
        self.values, self.default = values, default


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
        self.made: set[int] = set()
        self.projects = False
        self._said: list[tuple[str, dict[int, Any], Expression]] = []

    @property
    def is_main(self) -> bool:
        """Whether it is the function that builds the model."""
        return self.prefixes == ("",)

    def index(self) -> str:
        """What the index of one more loop is called."""
        self.loops += 1
        return INDEXES[self.loops - 1] if self.loops <= len(INDEXES) else self.free(f"i{self.loops}")

    def state(self) -> tuple[Any, ...]:
        """What an attempt may change."""
        parameters = {name: Parameter(dict(each.values), each.default) for name, each in self.parameters.items()}
        tensors = dict(self.outside), dict(self.variables), dict(self.gathered), set(self.made)
        said = self.projects, list(self._said)
        return parameters, tensors, said, set(self.taken), self.loops, self.with_channels

    def restore(self, state: tuple[Any, ...]) -> None:
        """Undo an attempt."""
        self.parameters, tensors, said, self.taken, self.loops, self.with_channels = state
        self.projects, self._said = said
        self.outside, self.variables, self.gathered, self.made = tensors

    def parameter(self, values: dict[int, Any], word: str, default: tuple[Any, ...]) -> Expression:
        """The parameter, or what is computed from one, that has these values in these uses."""
        said = self._found(values) or self._each(values) or self._new(values, word, default)
        if len(values) == len(self.prefixes):
            self._said.append((word, values, said))
        return said

    def of_main_path(self, values: dict[int, Any], word: str) -> Expression | None:
        """What a projection takes over from the layers beside it, as it was said there; of the last of them."""
        if not self.projects or word not in _TAKEN_OVER:
            return None
        alike = (
            said
            for known, others, said in reversed(self._said)
            if known == word and all(same(others[use], value) for use, value in values.items())
        )
        return next(alike, None)

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
        return (
            identifier(name, "value") in self.parameters
            or self._from_hint(name, self.hints.get(name, {}), {}) is not None
        )

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
