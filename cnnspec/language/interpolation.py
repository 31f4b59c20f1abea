"""`$name` and `${...}` in values: names looked up in nested scopes, expressions evaluated, places kept."""

import operator
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from cnnspec.language.computed import MAX_STRING, as_bounded, bounded, joined_text
from cnnspec.language.effort import MADE, Effort, steps_of
from cnnspec.language.evaluate_expression import evaluate
from cnnspec.language.expression import ExpressionError, parse
from cnnspec.language.references import REFERENCE, Piece, references, split
from cnnspec.source.diagnostic import Diagnostic, Edit, Report, misspelt
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, depth_of, on_one_line, plain

RESERVED = ("i", "channels", "shape", "input")
_MAX_CHAIN = 96
"""How deep variables that use variables may nest, the lists around the uses included."""


@frozen
class Scope:
    """Names and their evaluated values; what is not here is looked for outside."""

    values: dict[str, Value | None]
    outer: "Scope | Variables | None" = None

    def find(self, name: str) -> Value | None:
        """The value of a name; raises KeyError where there is none, None is a value that could not be computed."""
        if name in self.values:
            return self.values[name]
        if self.outer is None:
            raise KeyError(name)
        return self.outer.find(name)

    def names(self) -> Iterator[str]:
        """All names that can be written here."""
        yield from self.values
        if self.outer is not None:
            yield from self.outer.names()

    def afford(self, steps: int, place: Span) -> bool:
        """Whether the spec may do so much more at this place; reports it once if not."""
        return self.outer is None or self.outer.afford(steps, place)


@dataclass(slots=True, eq=False, repr=False)
class Variables:
    """The spec's `vars`: each evaluated when first read, so that they may use each other in any order."""

    raw: dict[str, Value]
    report: Report
    effort: Effort = field(default_factory=Effort)
    used: set[str] = field(default_factory=set)
    _known: dict[str, Value | None] = field(default_factory=dict)
    _active: list[str] = field(default_factory=list)

    def find(self, name: str) -> Value | None:
        """As Scope.find."""
        if name not in self.raw:
            raise KeyError(name)
        self.used.add(name)
        if name not in self._known:
            self._known[name] = self._evaluate(name)
        return self._known[name]

    def names(self) -> Iterator[str]:
        """All variables."""
        yield from self.raw

    def afford(self, steps: int, place: Span) -> bool:
        """As Scope.afford."""
        return self.effort.afford(steps, place, self.report)

    def evaluate_all(self) -> dict[str, Value]:
        """Every variable that has a value; what is wrong with the others was reported."""
        used = set(self.used)
        values = {name: self.find(name) for name in self._inner_first()}
        read_by_others = {name for value in self.raw.values() for name in references(value)}
        self.used.clear()
        self.used.update(used | (read_by_others & set(self.raw)))
        return {name: value for name in self.raw if (value := values[name]) is not None}

    def _inner_first(self) -> list[str]:
        """The variables, each after those that it uses, so that a long chain of them does not nest."""
        order: dict[str, None] = {}
        entered: set[str] = set()
        waiting = list(reversed(self.raw))
        while waiting:
            name = waiting[-1]
            inner = () if name in entered else references(self.raw[name])
            entered.add(name)
            more = sorted(other for other in inner if other in self.raw and other not in entered)
            waiting += more
            if not more:
                order[waiting.pop()] = None
        return list(order)

    def _evaluate(self, name: str) -> Value | None:
        value = self.raw[name]
        if name in self._active:
            around = " -> ".join([*self._active[self._active.index(name) :], name])
            self.report(
                Diagnostic(
                    "variable-cycle",
                    f"the variable {name} is made from itself: {around}",
                    value.span,
                    help="give one of them a value of its own",
                )
            )
            return None
        if sum(1 + depth_of(self.raw[active]) for active in self._active) > _MAX_CHAIN:
            self.report(Diagnostic("too-deep", "variables that use variables, nested too deeply", value.span))
            return None
        self._active.append(name)
        try:
            return interpolate(value, self, self.report)
        finally:
            self._active.pop()


Names = Scope | Variables


def is_static(value: Value) -> bool:
    """Whether there is nothing to compute in a value."""
    if isinstance(value, Scalar):
        return not (isinstance(value.value, str) and "$" in value.value)
    parts: Iterable[Value] = value.items if isinstance(value, Sequence) else (entry.value for entry in value)
    return all(is_static(part) for part in parts)


def interpolate(value: Value, names: Names, report: Report) -> Value | None:
    """The value with everything computed; None after a mistake, which was reported."""
    if isinstance(value, Scalar):
        return value if is_static(value) else _scalar(value, names, report)
    if isinstance(value, Sequence):
        items = [interpolate(item, names, report) for item in value.items]
        whole = tuple(item for item in items if item is not None)
        if _unchanged(whole, value.items):
            return value
        return bounded(replace(value, items=whole), report) if len(whole) == len(items) else None
    inner = [interpolate(entry.value, names, report) for entry in value]
    entries = tuple(
        Entry(entry.key, entry.span, each) for entry, each in zip(value, inner, strict=True) if each is not None
    )
    if _unchanged(inner, [entry.value for entry in value]):
        return value
    return bounded(replace(value, entries=entries), report) if len(entries) == len(inner) else None


def _unchanged(computed: Collection[Value | None], written: Collection[Value]) -> bool:
    """Whether nothing was computed: each value is the very one that was written."""
    return len(computed) == len(written) and all(map(operator.is_, computed, written))


def _scalar(scalar: Scalar, names: Names, report: Report) -> Value | None:
    text = scalar.value
    assert isinstance(text, str)
    if match := REFERENCE.match(text):
        return _reference(match[1], scalar, names, report)
    try:
        parts = split(text)
        values = [part if isinstance(part, str) else _computed(part, names, scalar.span) for part in parts]
    except ExpressionError as error:
        report(_complaint(error, scalar))
        return None
    except _Uncomputable:
        return None
    if not parts:
        return scalar
    if len(values) == 1 and not isinstance(parts[0], str):
        found = as_bounded(values[0], scalar.span, report)
        return found if found is not None and names.afford(MADE * steps_of(found), scalar.span) else None
    joined = joined_text(values)
    if joined is None:
        message, help = f"a text computed to more than {MAX_STRING:,} characters", "shorten it"
        report(Diagnostic("too-many-values", message, scalar.span, help=help))
        return None
    return Scalar(joined, scalar.span, joined, scalar.plain)


def _reference(name: str, scalar: Scalar, names: Names, report: Report) -> Value | None:
    try:
        value = names.find(name)
    except KeyError:
        report(_unknown_variable(name, names, scalar))
        return None
    if value is None or not names.afford(steps_of(value), scalar.span):
        return None
    return replace(value, span=scalar.span, origin=value.origin or value.span)


def map_of(value: Value | None, names: Names) -> Mapping | None:
    """The map that a variable or parameter holds where a value is its `$name` alone; None for any other value."""
    if not isinstance(value, Scalar) or not isinstance(value.value, str) or not (match := REFERENCE.match(value.value)):
        return None
    try:
        found = names.find(match[1])
    except KeyError:
        return None
    return replace(found, span=value.span, origin=found.origin or found.span) if isinstance(found, Mapping) else None


def _unknown_variable(name: str, names: Names, scalar: Scalar) -> Diagnostic:
    """Of the text `$name`, which may stand in quotes."""
    place = None
    if on_one_line(scalar):
        place = scalar.span if scalar.plain else scalar.span.part(1, scalar.span.width - 2)
    words = (f"${word}" for word in names.names())
    message, otherwise = f"there is no variable or parameter {name}", "name it under vars"
    found = misspelt("unknown-variable", message, f"${name}", words, place, otherwise=otherwise)
    return replace(found, span=scalar.span)


class _Uncomputable(Exception):
    """A name whose own value could not be computed, which was reported there; or the work that a spec may be."""


def _computed(piece: Piece, names: Names, place: Span) -> object:
    known: dict[str, object] = {}

    def lookup(name: str) -> object:
        if name not in known:
            value = names.find(name)
            if value is None:
                raise _Uncomputable
            spend(steps_of(value))
            known[name] = plain(value)
        return known[name]

    def spend(steps: int) -> None:
        if not names.afford(steps, place):
            raise _Uncomputable

    try:
        spend(len(piece.text))
        return evaluate(parse(piece.text), lookup, names.names, spend)
    except ExpressionError as error:
        raise error.moved(piece.offset) from None


def _complaint(error: ExpressionError, scalar: Scalar) -> Diagnostic:
    quote = 0 if scalar.plain else 1
    single = scalar.span.width == len(scalar.text) + 2 * quote
    span: Span = scalar.span.part(error.offset + quote, error.width) if single else scalar.span
    edit = Edit(span, error.write) if single and error.write else None
    return Diagnostic(error.code, error.message, span, help=error.help, edit=edit)
