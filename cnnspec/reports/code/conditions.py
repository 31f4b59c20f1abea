"""Conditions: when something is there, by what the function is given."""

from collections.abc import Callable, Iterable
from typing import Any

from cnnspec.reports.code.parameters import Scope
from cnnspec.reports.code.syntax import (
    Expression,
    Name,
)
from cnnspec.reports.code.variables import identifier

_Test = Callable[[Any], bool]


def told(scope: Scope, present: dict[int, bool]) -> Expression | None:
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
