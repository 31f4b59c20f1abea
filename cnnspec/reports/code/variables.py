"""What the variables of a function are called: as few names as do, each holding one thing at a time."""

import keyword
import re
from collections.abc import Collection, Iterator
from itertools import chain

from cnnspec.reports.code.syntax import (
    Assign,
    Do,
    Expression,
    Loop,
    Ref,
    Return,
    Statement,
    Variable,
    When,
)

_POOL = ("x", "y", "z", "w")
_NOT_WORD = re.compile(r"\W+", re.ASCII)


def identifier(text: str, otherwise: str = "branch") -> str:
    """A text as a name in Python: `1x1` -> `branch_1x1`."""
    word = _NOT_WORD.sub("_", text).strip("_").lower()
    if not word or not word[0].isalpha():
        word = f"{otherwise}_{word}".rstrip("_")
    return f"{word}_" if keyword.iskeyword(word) or keyword.issoftkeyword(word) else word


class _Lives:
    """From where to where each variable is needed, in steps of the function."""

    def __init__(self, given: Collection[Variable]) -> None:
        self.first: dict[Variable, int] = dict.fromkeys(given, -1)
        self.last: dict[Variable, int] = {}
        self.now = 0

    def read(self, expression: Expression) -> None:
        for variable in expression.variables():
            self.last[variable] = self.now

    def follow(self, statements: tuple[Statement, ...]) -> None:
        for statement in statements:
            self.now += 1
            if isinstance(statement, Assign):
                self.read(statement.value)
                for target in statement.targets:
                    self.first.setdefault(target, self.now)
                    self.last.setdefault(target, self.now)
            elif isinstance(statement, Return | Do):
                self.read(statement.value)
            elif isinstance(statement, When):
                self.read(statement.condition)
                self.follow(statement.body)
            elif isinstance(statement, Loop):
                self._loop(statement)

    def _loop(self, loop: Loop) -> None:
        """What a turn reads that an earlier turn or something before it made, is needed up to the last turn."""
        start = self.now
        self.read(loop.over)
        known = set(self.first)
        self.follow(loop.body)
        self.now += 1
        for variable in known:
            if self.last.get(variable, -1) > start:
                self.last[variable] = self.now

    def together(self, one: Variable, other: Variable) -> bool:
        """Whether both are needed at one time."""
        first, last = self.first, self.last
        ends = last.get(one, first[one]), last.get(other, first[other])
        return first[one] < max(ends[1], first[other] + 0.5) and first[other] < max(ends[0], first[one] + 0.5)


def named(
    statements: tuple[Statement, ...], given: Collection[Variable], taken: Collection[str]
) -> tuple[Statement, ...]:
    """The statements of a function, every variable of which has a name then; copies of what has the name are gone.

    `given` are its parameters, `taken` names of other things.
    """
    lives = _Lives(given)
    lives.follow(statements)
    holders: dict[str, list[Variable]] = {}
    copies = dict(_copies(statements))
    for variable in sorted(lives.first, key=lives.first.__getitem__):
        if not variable.name:
            source = copies.get(variable)
            first = (source.name,) if source and source.name and not variable.hint else ()
            names = chain(first, _names(variable))
            variable.name = next(name for name in names if _free(name, variable, holders, lives, taken))
        holders.setdefault(variable.name, []).append(variable)
    return _without_copies(statements)


def _free(
    name: str, variable: Variable, holders: dict[str, list[Variable]], lives: _Lives, taken: Collection[str]
) -> bool:
    return name not in taken and not any(lives.together(variable, other) for other in holders.get(name, ()))


def _names(variable: Variable) -> Iterator[str]:
    words = (variable.hint,) if variable.hint else _POOL
    again = (f"{words[0]}{'' if words[0][-1].isalpha() else '_'}{number}" for number in range(2, 1_000_000))
    return chain(words, again)


def _without_copies(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    kept: list[Statement] = []
    for statement in statements:
        if isinstance(statement, When):
            kept.append(When(statement.condition, _without_copies(statement.body)))
        elif isinstance(statement, Loop):
            kept.append(Loop(statement.index, statement.over, _without_copies(statement.body)))
        elif not _is_copy(statement):
            kept.append(statement)
    return tuple(kept)


def _copies(statements: tuple[Statement, ...]) -> Iterator[tuple[Variable, Variable]]:
    """What is given the value of another variable, with that one."""
    for statement in statements:
        if isinstance(statement, When | Loop):
            yield from _copies(statement.body)
        elif isinstance(statement, Assign) and isinstance(statement.value, Ref):
            yield statement.targets[0], statement.value.variable


def _is_copy(statement: Statement) -> bool:
    if not isinstance(statement, Assign) or not isinstance(statement.value, Ref):
        return False
    return statement.targets[0].name == statement.value.variable.name
