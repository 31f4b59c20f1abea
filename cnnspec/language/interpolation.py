"""`$name` and `${...}` in values: names looked up in nested scopes, expressions evaluated, places kept."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cnnspec.language.computed import as_bounded, bounded, written
from cnnspec.language.evaluate_expression import evaluate
from cnnspec.language.expression import ExpressionError, parse
from cnnspec.source.diagnostic import Diagnostic, Report, suggestion
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Scalar, Sequence, Value, depth_of, plain, size_of

RESERVED = ("i", "channels", "shape", "input")
MAX_STRING = 4096
MAX_COMPUTED = 2_000_000
"""How many values all references of one spec may stand for, so that no spec can keep the program busy."""
_MAX_CHAIN = 96
"""How deep variables that use variables may nest, the lists around the uses included."""
_REFERENCE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)\Z")
_QUOTED = re.compile(r""""[^"]*"|'[^']*'""")


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

    def names(self) -> list[str]:
        """All names that can be written here."""
        return [*self.values, *(self.outer.names() if self.outer else ())]

    def afford(self, value: Value, place: Span) -> bool:
        """Whether the spec may compute with this value, too, at this place; reports it once if not."""
        return self.outer is None or self.outer.afford(value, place)


@dataclass(slots=True)
class Variables:
    """The spec's `vars`: each evaluated when first read, so that they may use each other in any order."""

    raw: dict[str, Value]
    report: Report
    used: set[str] = field(default_factory=set)
    _known: dict[str, Value | None] = field(default_factory=dict)
    _active: list[str] = field(default_factory=list)
    _computed: int = 0

    def find(self, name: str) -> Value | None:
        """As Scope.find."""
        if name not in self.raw:
            raise KeyError(name)
        self.used.add(name)
        if name not in self._known:
            self._known[name] = self._evaluate(name)
        return self._known[name]

    def names(self) -> list[str]:
        """All variables."""
        return list(self.raw)

    def afford(self, value: Value, place: Span) -> bool:
        """As Scope.afford."""
        before, self._computed = self._computed, self._computed + size_of(value)
        if before <= MAX_COMPUTED < self._computed:
            self.report(
                Diagnostic("too-many-values", f"the spec computes with more than {MAX_COMPUTED:,} values", place)
            )
        return self._computed <= MAX_COMPUTED

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


def references(value: Value) -> set[str]:
    """The names that a value refers to, as far as they can be read."""
    from_parts: set[str] = set()
    for scalar in _scalars(value):
        if not isinstance(scalar.value, str) or "$" not in scalar.value:
            continue
        if match := _REFERENCE.match(scalar.value):
            from_parts.add(match[1])
        for expression in re.findall(r"\$\{([^}]*)\}", scalar.value):
            from_parts.update(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", expression))
    return from_parts


def _scalars(value: Value) -> Iterable[Scalar]:
    if isinstance(value, Scalar):
        yield value
        return
    for part in value.items if isinstance(value, Sequence) else [entry.value for entry in value]:
        yield from _scalars(part)


def interpolate(value: Value, names: Names, report: Report) -> Value | None:
    """The value with everything computed; None after a mistake, which was reported."""
    if is_static(value):
        return value
    if isinstance(value, Scalar):
        return _scalar(value, names, report)
    if isinstance(value, Sequence):
        items = [interpolate(item, names, report) for item in value.items]
        whole = [item for item in items if item is not None]
        return bounded(replace(value, items=tuple(whole)), report) if len(whole) == len(items) else None
    pairs = [(entry, interpolate(entry.value, names, report)) for entry in value]
    entries = [Entry(entry.key, entry.span, inner) for entry, inner in pairs if inner is not None]
    return bounded(replace(value, entries=tuple(entries)), report) if len(entries) == len(pairs) else None


def _scalar(scalar: Scalar, names: Names, report: Report) -> Value | None:
    text = scalar.value
    assert isinstance(text, str)
    if match := _REFERENCE.match(text):
        return _reference(match[1], scalar, names, report)
    try:
        parts = _split(text)
        values = [part if isinstance(part, str) else _computed(part, names, scalar.span) for part in parts]
    except ExpressionError as error:
        report(_complaint(error, scalar))
        return None
    except _Uncomputable:
        return None
    if not parts:
        return scalar
    if len(values) == 1 and not isinstance(parts[0], str):
        return as_bounded(values[0], scalar.span, report)
    joined = "".join(part if isinstance(part, str) else written(part) for part in values)
    if len(joined) > MAX_STRING:
        report(
            Diagnostic(
                "too-many-values",
                f"a text computed to {len(joined):,} characters",
                scalar.span,
                help=f"at most {MAX_STRING:,}",
            )
        )
        return None
    return Scalar(joined, scalar.span, joined, scalar.plain)


def _reference(name: str, scalar: Scalar, names: Names, report: Report) -> Value | None:
    try:
        value = names.find(name)
    except KeyError:
        help = suggestion(name, names.names()) or "name it under vars"
        report(Diagnostic("unknown-variable", f"there is no variable or parameter {name}", scalar.span, help=help))
        return None
    if value is None or not names.afford(value, scalar.span):
        return None
    return replace(value, span=scalar.span, origin=value.origin or value.span)


@frozen
class _Piece:
    """The text of an expression and its offset in the whole."""

    text: str
    offset: int


class _Uncomputable(Exception):
    """A name whose own value could not be computed, which was reported there."""


def _split(text: str) -> list["str | _Piece"]:
    """Literal texts and expressions, in turn; `$$` is a dollar. Empty if there is nothing to compute."""
    parts: list[str | _Piece] = []
    literal, at, computed = "", 0, False
    while at < len(text):
        if text.startswith("$$", at):
            literal, at, computed = literal + "$", at + 2, True
        elif text.startswith("${", at):
            end = _closing(text, at + 2)
            parts += ([literal] if literal else []) + [_Piece(text[at + 2 : end], at + 2)]
            literal, at, computed = "", end + 1, True
        else:
            literal, at = literal + text[at], at + 1
    if literal:
        parts.append(literal)
    return parts if computed else []


def _closing(text: str, start: int) -> int:
    """Where the brace that closes an expression stands; raises ExpressionError if none does."""
    masked = _QUOTED.sub(lambda match: " " * len(match[0]), text[start:])
    end = masked.find("}")
    if end < 0:
        raise ExpressionError("an expression that is not closed", start - 2, 2, "write ${...}; $$ is a dollar")
    return start + end


def _computed(piece: _Piece, names: Names, place: Span) -> object:
    known: dict[str, object] = {}

    def lookup(name: str) -> object:
        if name not in known:
            value = names.find(name)
            if value is None or not names.afford(value, place):
                raise _Uncomputable
            known[name] = plain(value)
        return known[name]

    try:
        return evaluate(parse(piece.text), lookup, names.names)
    except ExpressionError as error:
        raise error.moved(piece.offset) from None


def _complaint(error: ExpressionError, scalar: Scalar) -> Diagnostic:
    quote = 0 if scalar.plain else 1
    single = scalar.span.width == len(scalar.text) + 2 * quote
    span: Span = scalar.span.part(error.offset + quote, error.width) if single else scalar.span
    return Diagnostic(error.code, error.message, span, help=error.help)
