"""What the variables of a function are called: as few names as do, each holding one thing at a time."""

import keyword
import re
from collections.abc import Collection, Iterator
from itertools import chain

from cnnspec.reports.code.syntax import (
    Assign,
    Do,
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


class _Meetings:
    """Which variables are needed at one time, and so have names of their own.

    Each is followed from where it is read back to where it was given its value; what gives one a value meets all that
    is read later. A copy does not meet what it is made from.
    """

    def __init__(self, statements: tuple[Statement, ...], given: Collection[Variable]) -> None:
        self.met: dict[Variable, set[Variable]] = {}
        self._given(given, self._before(statements, frozenset()))

    def _before(self, statements: tuple[Statement, ...], after: frozenset[Variable]) -> frozenset[Variable]:
        """What is needed before the statements, of which `after` is needed after them."""
        needed = after
        for statement in reversed(statements):
            if isinstance(statement, Assign):
                source = statement.value.variable if isinstance(statement.value, Ref) else None
                self._given(statement.targets, needed - {source} if source else needed)
                needed = needed.difference(statement.targets) | set(statement.value.variables())
            elif isinstance(statement, Return | Do):
                needed |= set(statement.value.variables())
            elif isinstance(statement, When):
                needed |= self._before(statement.body, needed) | set(statement.condition.variables())
            elif isinstance(statement, Loop):
                needed = self._loop(statement, needed)
        return needed

    def _loop(self, loop: Loop, after: frozenset[Variable]) -> frozenset[Variable]:
        """What the first statements of a turn read is needed at the end of the turn before."""
        needed = after
        while (before := needed | self._before(loop.body, needed)) != needed:
            needed = before
        return needed | set(loop.over.variables())

    def _given(self, targets: Collection[Variable], needed: Collection[Variable]) -> None:
        for target in targets:
            for other in {*targets, *needed} - {target}:
                self.met.setdefault(target, set()).add(other)
                self.met.setdefault(other, set()).add(target)

    def among(self, variable: Variable, others: Collection[Variable]) -> bool:
        """Whether one of the others is needed while the variable is."""
        return not self.met.get(variable, set()).isdisjoint(others)


def _assigned(statements: tuple[Statement, ...]) -> Iterator[Variable]:
    """What is given a value, in the order of the first time."""
    for statement in statements:
        if isinstance(statement, Assign):
            yield from statement.targets
        elif isinstance(statement, When | Loop):
            yield from _assigned(statement.body)


def named(
    statements: tuple[Statement, ...], given: Collection[Variable], taken: Collection[str]
) -> tuple[Statement, ...]:
    """The statements of a function, every variable of which has a name then; copies of what has the name are gone.

    `given` are its parameters, `taken` names of other things, besides those that its loops use.
    """
    taken = {*taken, *_of_loops(statements)}
    meetings = _Meetings(statements, given)
    holders: dict[str, list[Variable]] = {}
    copies = dict(_copies(statements))
    for variable in dict.fromkeys((*given, *_assigned(statements))):
        if not variable.name:
            source = copies.get(variable)
            first = (source.name,) if source and source.name and not variable.hint else ()
            free = (
                name
                for name in chain(first, _names(variable))
                if name not in taken and not meetings.among(variable, holders.get(name, ()))
            )
            variable.name = next(free)
        holders.setdefault(variable.name, []).append(variable)
    return _without_copies(statements)


def _of_loops(statements: tuple[Statement, ...]) -> Iterator[str]:
    """Indexes, and what else goes along with turns."""
    for statement in statements:
        if isinstance(statement, Loop):
            yield from re.findall(r"\w+", statement.index)
        if isinstance(statement, When | Loop):
            yield from _of_loops(statement.body)


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
