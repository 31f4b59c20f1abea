"""Which runs a condition holds for, and in which order: by their figures, settings, facts, tags and notes."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cnnspec.language.expression import ExpressionError
from cnnspec.results.history import Run
from cnnspec.runs.condition import (
    BY_SIZE,
    WHERE,
    Comparison,
    Condition,
    Has,
    Name,
    Operand,
    Value,
    comparisons_in,
    names_in,
    parse_condition,
)
from cnnspec.runs.settings import Settings
from cnnspec.source.diagnostic import Diagnostic, Edit, Rejected, likely, rejected, suggestion
from cnnspec.source.route import NOWHERE
from cnnspec.source.span import Span
from cnnspec.source.values import show

_MOST_KNOWN = 2000
"""Settings of a run that are named where a name is none of its."""
_ORDER: Mapping[str, Callable[[float], bool]] = {
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run, its settings as plain values, and a name that tells it from others."""

    run: Run
    settings: Settings
    name: str = ""


def require_known(candidates: Sequence[Candidate], name: str) -> None:
    """Raise Rejected for a name that no run has anything of."""
    if not any(values_of(each, name) for each in candidates):
        message = f"no run here has a figure or a setting {name}"
        raise rejected("usage", message, help=_meant(name, candidates), at=NOWHERE)


def chosen(candidates: Sequence[Candidate], where: str) -> list[Run]:
    """Those that a condition holds for, in their order; raises Rejected for a mistake, which is placed in its text.

    A comparison does not hold for a run that lacks what it names, whatever it says.
    """
    try:
        condition = parse_condition(where)
        _check(condition, candidates)
    except ExpressionError as error:
        span = Span(WHERE, 1, error.offset + 1, error.width)
        edit = Edit(span, error.write) if error.write else None
        raise Rejected([Diagnostic("usage", error.message, span, help=error.help, at=NOWHERE, edit=edit)]) from None
    return [each.run for each in candidates if _holds(condition, each)]


def facts(run: Run) -> dict[str, object]:
    """What is known of every run, beside its figures and settings."""
    return {
        "run": run.name,
        "spec": run.spec_name,
        "status": run.status,
        "started": _moment(run.started),
        "seconds": run.seconds,
        "epochs": run.epochs,
        "best_epoch": None if run.best is None else run.best.epoch + 1,
        "tag": list(run.tags),
        "tags": list(run.tags),
        "note": run.note,
    }


def in_order(candidates: Sequence[Candidate], name: str, backwards: bool = False) -> list[Run]:
    """By a fact or a setting, numbers before texts; those that have none come last, whichever way."""
    keyed = [(_key(each, name), each.run) for each in candidates]
    there = sorted((pair for pair in keyed if pair[0] is not None), key=lambda pair: pair[0] or (), reverse=backwards)
    return [run for _, run in there] + [run for key, run in keyed if key is None]


def _key(candidate: Candidate, name: str) -> tuple[bool, float, str] | None:
    """Where a run stands by what it has of this name."""
    value = next(iter(values_of(candidate, name)), None)
    if not _is_something(value):
        return None
    number = _number(value)
    if number is None:
        return (True, 0.0, show(value))
    return None if math.isnan(number) else (False, number, "")


def values_of(candidate: Candidate, name: str) -> list[object]:
    """What a run has of this name: a fact, a figure, or the settings whose path is it or ends in it."""
    held = facts(candidate.run)
    if name in held:
        return [held[name]]
    if name in candidate.run.scores:
        return [candidate.run.scores[name]]
    wanted = name.split(".")
    paths = list(_paths(candidate.settings))
    whole = [value for path, value in paths if list(path) == wanted]
    return whole or [value for path, value in paths if list(path[-len(wanted) :]) == wanted]


def known_names(candidates: Sequence[Candidate]) -> list[str]:
    """Every name that means something for one of the runs at least: facts, figures, settings."""
    found: dict[str, None] = {}
    for each in candidates:
        found.update(dict.fromkeys((*facts(each.run), *each.run.scores)))
    for each in candidates[:20]:
        settings = (".".join(path) for path, _ in _paths(each.settings) if path[0] != "model")
        found.update(dict.fromkeys(name for name, _ in zip(settings, range(_MOST_KNOWN), strict=False)))
    return list(found)


def _moment(seconds: float) -> str | None:
    """When it began, so that texts compare as points in time do: `2026-11-23 16:49`."""
    try:
        return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}" if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def _paths(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every setting with its path; a kind with arguments, `adam: {...}`, is its name and has these below it."""
    if isinstance(value, dict):
        if path:
            yield path, next(iter(value)) if len(value) == 1 else value
        for key, item in value.items():
            yield from _paths(item, (*path, str(key)))
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        for at, item in enumerate(value):
            yield from _paths(item, (*path, str(at)))
    else:
        yield path, value


def _check(condition: Condition, candidates: Sequence[Candidate]) -> None:
    """Raise ExpressionError for what no run has, and for a size of what has none."""
    if not candidates:
        return
    for name in names_in(condition):
        if not any(values_of(each, name.name) for each in candidates):
            raise _unknown(name, candidates)
    for each in comparisons_in(condition):
        if each.sign in BY_SIZE:
            _check_sizes(each, candidates)


def _unknown(name: Name, candidates: Sequence[Candidate]) -> ExpressionError:
    message = f"no run here has a figure or a setting {name.name}"
    return ExpressionError(message, name.offset, len(name.name), _meant(name.name, candidates))


def _meant(word: str, candidates: Sequence[Candidate]) -> str:
    """A help text: the name that was probably meant, be it the end of a path; else what there is."""
    known = known_names(candidates)
    ends = dict.fromkeys(name.rpartition(".")[2] for name in known)
    found = likely(word, ends) or likely(word, known)
    return f"write {' or '.join(found)}" if found else suggestion(word, known)


def _check_sizes(comparison: Comparison, candidates: Sequence[Candidate]) -> None:
    """Of one kind at least must some run have both."""
    pairs = [pair for each in candidates for pair in _pairs(comparison, each)]
    given = [pair for pair in pairs if None not in pair]
    if not given or any(_difference(*pair) is not None for pair in given):
        return
    name = comparison.left if isinstance(comparison.left, Name) else comparison.right[0]
    said = " and ".join(dict.fromkeys(_shown(value) for value in given[0]))
    message = f"{said} cannot be compared by {comparison.sign}"
    written = name.name if isinstance(name, Name) else name.written
    raise ExpressionError(message, name.offset, len(written), "compare numbers, or texts with texts; or write ==")


def _shown(value: object) -> str:
    return value.written if isinstance(value, Value) and not isinstance(value.value, str) else show(_plain(value))


def _holds(condition: Condition, candidate: Candidate) -> bool:
    if isinstance(condition, Has):
        return any(_is_something(value) for value in values_of(candidate, condition.name.name))
    if isinstance(condition, Comparison):
        found = [_agrees(condition.sign, *pair) for pair in _pairs(condition, candidate)]
        return bool(found) and all(found) if condition.sign == "!=" else any(found)
    if condition.word == "not":
        return not _holds(condition.parts[0], candidate)
    parts = (_holds(part, candidate) for part in condition.parts)
    return all(parts) if condition.word == "and" else any(parts)


def _is_something(value: object) -> bool:
    return not (value is None or value is False or value in ("", []))


def _pairs(comparison: Comparison, candidate: Candidate) -> list[tuple[object, object]]:
    """Each that stands on the left beside each that stands on the right; none where the run lacks a side."""
    lefts, rights = _given(comparison.left, candidate), [_given(each, candidate) for each in comparison.right]
    return [(left, right) for left in lefts for several in rights for right in several]


def _given(operand: Operand, candidate: Candidate) -> list[object]:
    return [operand] if isinstance(operand, Value) else values_of(candidate, operand.name)


def _agrees(sign: str, left: object, right: object) -> bool:
    if sign in BY_SIZE:
        difference = _difference(left, right)
        return difference is not None and _ORDER[sign](difference)
    if sign == "within":
        return _is_within(left, right)
    same = _is_within(right, left) if isinstance(left, list) else _equal(left, right)
    return not same if sign == "!=" else same


def _is_within(item: object, whole: object) -> bool:
    """Among the items of a list; in a text, a part of it."""
    if isinstance(whole, list):
        return any(_equal(each, item) for each in whole)
    return isinstance(whole, str) and _text(item) in whole


def _text(value: object) -> str:
    return value.written if isinstance(value, Value) else str(value)


def _equal(left: object, right: object) -> bool:
    """Numbers as numbers, texts by the letter: what looks like a number may be the text of a tag."""
    if isinstance(left, str) or isinstance(right, str):
        return _text(left) == _text(right)
    one, other = _plain(left), _plain(right)
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _difference(left: object, right: object) -> float | None:
    """Above 0 where the left is larger; None where they have no order, as a text and a number."""
    if isinstance(left, str) or isinstance(right, str):
        one, other = (each if isinstance(each, str) else _words(each) for each in (left, right))
        return None if one is None or other is None else float((one > other) - (one < other))
    one_number, other_number = _number(_plain(left)), _number(_plain(right))
    if one_number is None or other_number is None:
        return None
    return math.nan if math.isnan(one_number) or math.isnan(other_number) else _sign(one_number, other_number)


def _sign(left: float, right: float) -> float:
    return float((left > right) - (left < right))


def _plain(value: object) -> object:
    return value.value if isinstance(value, Value) else value


def _words(value: object) -> str | None:
    """A text that was given; a number is none, but a date may look like one."""
    return value.value if isinstance(value, Value) and isinstance(value.value, str) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
