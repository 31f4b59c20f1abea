"""From written arguments to checked fields: pydantic's complaints become diagnostics with places."""

from collections.abc import Callable
from collections.abc import Mapping as Map
from typing import Any, TypeVar

from pydantic import ValidationError

from cnnspec.language.computed import origin_note
from cnnspec.layers.kind import Fields
from cnnspec.layers.vocabulary import foreign_argument
from cnnspec.source.diagnostic import Diagnostic, Report, suggestion
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, describe, plain

F = TypeVar("F", bound=Fields)

_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a map",
    "model_type": "a map of named arguments",
    "model_attributes_type": "a map of named arguments",
    "finite_number": "a finite number",
}
_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}


def read_fields(
    model: type[F],
    arguments: Mapping,
    report: Report,
    what: str,
    broken: frozenset[str] = frozenset(),
    read: Callable[[object], F] | None = None,
) -> F | None:
    """The arguments checked against a model; None after a mistake, which was reported.

    `what` names the thing in messages. Arguments in `broken` could not be computed and were reported.
    `read` validates instead of the model's own `model_validate`, where the model is one of several.
    """
    values = {entry.key: plain(entry.value) for entry in arguments}
    try:
        checked = (read or model.model_validate)(values)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if detail["loc"][:1] and detail["loc"][0] in broken:
                continue
            _report_detail(dict(detail), arguments, what, model, report)
        return None
    return None if broken else checked


def _report_detail(detail: dict[str, Any], root: Value, what: str, model: type[Fields], report: Report) -> None:
    context = detail.get("ctx", {})
    if detail["type"] == "nested":
        for inner in context["errors"]:
            path = (*detail["loc"], *inner["loc"])
            name = next((str(part) for part in reversed(path[:-1]) if isinstance(part, str)), what)
            _report_detail({**inner, "loc": path}, root, name, context["model"], report)
        return
    report(_diagnostic(detail, context, root, what, model))


def _diagnostic(
    detail: dict[str, Any], context: Map[str, Any], root: Value, what: str, model: type[Fields]
) -> Diagnostic:
    path = (*detail["loc"], *context.get("at", ()))
    kind, field = detail["type"], ".".join(str(part) for part in path)
    place = follow(root, path)
    if kind == "missing":
        return Diagnostic("missing-argument", f"{what} needs {path[-1]}", place.span, help=f"write {path[-1]}: ...")
    if kind == "extra_forbidden":
        return _unknown(what, str(path[-1]), place.key_span, model)
    expected = _expected(kind, context, detail["msg"])
    received = describe(place.value) if place.value is not None else "nothing"
    message = f"{field or what} is {received}, expected {expected}"
    return Diagnostic(
        "bad-value",
        message,
        place.span,
        help=context.get("help", "") or _hint(kind, place.value),
        notes=origin_note(place.value) if place.value is not None else (),
    )


def _unknown(what: str, word: str, span: Span, model: type[Fields]) -> Diagnostic:
    help = foreign_argument(what, word) or suggestion(word, model.model_fields, 30)
    return Diagnostic("unknown-argument", f"{what} has no argument {word}", span, help=help)


def _expected(kind: str, context: Map[str, Any], message: str) -> str:
    if kind in ("invalid", "literal_error", "enum"):
        return str(context["expected"]).replace("'", "")
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return f"a number {word} {context[key]}"
    return _EXPECTED.get(kind) or message[:1].lower() + message[1:]


def _hint(kind: str, value: Value | None) -> str:
    if not isinstance(value, Scalar) or not isinstance(value.value, str):
        return ""
    number = value.value.strip()
    if kind in ("int_type", "float_type") and number.lstrip("-").replace(".", "", 1).isdigit():
        return f"write {number} without quotes"
    if kind == "bool_type" and number.lower() in ("yes", "on", "no", "off"):
        return f"write {'true' if number.lower() in ('yes', 'on') else 'false'}"
    return ""


class Place:
    """Where a path leads inside a value: as far as it goes, the value there and what to underline."""

    def __init__(self, value: Value | None, span: Span, key_span: Span) -> None:
        self.value, self.span, self.key_span = value, span, key_span


def follow(root: Value, path: tuple[int | str, ...]) -> Place:
    """The place of a path of keys and positions; for an argument, its key and value together."""
    place = Place(root, root.span, root.span)
    for part in path:
        value = place.value
        if isinstance(value, Mapping) and (entry := value.entry(str(part))):
            place = Place(entry.value, entry_span(entry), entry.span)
        elif isinstance(value, Sequence) and isinstance(part, int) and 0 <= part < len(value.items):
            item = value.items[part]
            place = Place(item, item.span, item.span)
        elif isinstance(value, Mapping):
            return Place(None, place.key_span, place.key_span)
    return place


def entry_span(entry: Entry) -> Span:
    """From a key to the end of its value, if that is on the same line and not elsewhere."""
    key, value = entry.span, entry.value.span
    if value.file != key.file or value.line != key.line or value.column < key.column:
        return value if value.file != key.file else key
    return key._replace(width=value.column + value.width - key.column)
