"""From written arguments to checked fields: pydantic's complaints become diagnostics with places."""

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, get_args

from pydantic_core import ValidationError

from cnnspec.language.computed import dollar_help, origin_note
from cnnspec.layers.foreign_names import foreign_argument, our_argument
from cnnspec.layers.kind import Kind
from cnnspec.layers.model import Fields
from cnnspec.source.diagnostic import Diagnostic, Report, likely, nearest, suggestion
from cnnspec.source.frozen import frozen
from cnnspec.source.scalar import resolve_scalar
from cnnspec.source.span import Span
from cnnspec.source.tuples import listed
from cnnspec.source.values import Keys, Mapping, Scalar, Value, describe, follow, plain, size_of

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

_MOST_TRIED = 100_000
"""How many values of one section may be looked at again to find hints."""


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
    validate = read or model.model_validate
    try:
        checked = validate(values)
    except ValidationError as error:
        spoilt = {(name,) for name in broken}
        mistakes = [each for each in _mistakes(error, _Owner(what, model)) if each.path[:1] not in spoilt]
        trials = _Trials(validate, values, size_of(arguments))
        found = [_found(each, arguments, trials) for each in mistakes]
        misspelt = {each.meant for each in found if each.meant}
        for each in found:
            if each.missing not in misspelt:
                report(each.diagnostic)
        return None
    return None if broken else checked


@frozen
class _Owner:
    """What a complaint is about: how it is called, its model, and how long the path to it is."""

    what: str
    model: type[Fields]
    depth: int = 0

    def inner(self, path: Keys) -> "_Owner":
        """The section inside that the path leads into, if it leads into one."""
        what, model = self.what, self.model
        for part in path[self.depth : -1]:
            section = _section_of(model, str(part))
            what, model = (str(part), section) if section else (what, model)
        return _Owner(what, model, len(path) - 1)


def _section_of(model: type[Fields], name: str) -> type[Fields] | None:
    """The model of the maps that a field holds."""
    fields = {info.alias or field: info for field, info in model.model_fields.items()}
    waiting: list[Any] = [fields[name].annotation] if name in fields else []
    while waiting:
        annotation = waiting.pop()
        if isinstance(annotation, type) and issubclass(annotation, Fields) and not issubclass(annotation, Kind):
            return annotation
        waiting += get_args(annotation)
    return None


class _Mistake(NamedTuple):
    """One of pydantic's complaints: which kind of mistake, at which path, what it says of it, and whose field it is."""

    kind: str
    path: Keys
    context: Map[str, Any]
    message: str
    owner: _Owner


def _mistakes(error: ValidationError, owner: _Owner) -> Iterator[_Mistake]:
    for detail in error.errors(include_url=False):
        yield from _of_detail(dict(detail), owner)


def _of_detail(detail: dict[str, Any], owner: _Owner) -> Iterator[_Mistake]:
    context = detail.get("ctx", {})
    if detail["type"] != "nested":
        path = (*detail["loc"], *context.get("at", ()))
        yield _Mistake(detail["type"], path, context, detail["msg"], owner)
        return
    for inner in context["errors"]:
        path = (*detail["loc"], *inner["loc"])
        inside = _Owner(str(inner["loc"][0]), context["model"], len(detail["loc"]) + 1)
        yield from _of_detail({**inner, "loc": path}, inside)


@dataclass(slots=True)
class _Trials:
    """Tries what hints would say, of very many mistakes only for the first: it takes no time to speak of."""

    validate: Callable[[object], object]
    values: object
    size: int
    looked_at: int = 0

    def takes(self, path: Keys, value: object) -> bool:
        """Whether nothing would be wrong at this path, or further in, with this value there."""
        self.looked_at += self.size
        if self.looked_at > max(_MOST_TRIED, self.size):
            return False
        try:
            self.validate(_with(self.values, path, value))
        except LookupError:  # What is there is short for what the path leads into.
            return False
        except ValidationError as error:
            return all(each.path[: len(path)] != path for each in _mistakes(error, _Owner("", Fields)))
        return True


def _with(values: object, path: Keys, value: object) -> object:
    """The values with another one at a path; raises LookupError where it leads nowhere."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(values, list) and isinstance(first, int):
        return [*values[:first], _with(values[first], rest, value), *values[first + 1 :]]
    if not isinstance(values, dict):
        raise LookupError(first)
    return {**values, first: _with(values[first], rest, value)}


class _Found(NamedTuple):
    """A mistake; `missing` is the path of an argument that is not there, `meant` of one that was written otherwise.

    What was found misspelt is not reported as missing, too.
    """

    diagnostic: Diagnostic
    missing: Keys | None = None
    meant: Keys | None = None


def _found(mistake: _Mistake, root: Value, trials: _Trials) -> _Found:
    kind, path, context, owner = mistake.kind, mistake.path, mistake.context, mistake.owner
    end = follow(root, path)
    if kind == "missing":
        message, help = f"{owner.inner(path).what} needs {path[-1]}", f"write {path[-1]}: ..."
        return _Found(Diagnostic("missing-argument", message, end.span, help=help), missing=path)
    if kind == "extra_forbidden":
        return _unknown(owner.inner(path), path, end.key_span)
    if kind == "unknown_kind":
        span = end.span if isinstance(end.value, Scalar) and not context["at"] else end.key_span
        message = f"there is no {context['family']} {context['name'][:80]}"
        return _Found(Diagnostic("bad-value", message, span, help=context["help"]))
    expected = _expected(kind, context, mistake.message)
    received = describe(end.value) if end.value is not None else "nothing"
    message = f"{'.'.join(map(str, path)) or owner.what} is {received}, expected {expected}"
    help = context.get("help", "") or _hint(mistake, end.value, trials)
    notes = origin_note(end.value) if end.value is not None else ()
    return _Found(Diagnostic("bad-value", message, end.span, help=help, notes=notes))


def _unknown(owner: _Owner, path: Keys, span: Span) -> _Found:
    word, known = str(path[-1]), argument_names(owner.model)
    moved, foreign = owner.model.moved.get(word), foreign_argument(owner.what, word)
    help = moved or foreign or suggestion(word, known, 30)
    ours = our_argument(owner.what, word)
    words = () if moved else ((ours,) if ours else ()) if foreign else likely(word, known)
    meant = (*path[:-1], words[0]) if len(words) == 1 else None
    diagnostic = Diagnostic("unknown-argument", f"{owner.what} has no argument {word}", span, help=help)
    return _Found(diagnostic, meant=meant)


def argument_names(model: type[Fields]) -> tuple[str, ...]:
    """The arguments of a model as they are written: `for` and `from` are no names of fields in Python."""
    return model.about.written_names


def _expected(kind: str, context: Map[str, Any], message: str) -> str:
    if kind == "invalid":
        return str(context["expected"])
    if kind in ("literal_error", "enum"):
        return str(context["expected"]).replace("'", "")
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return f"a number {word} {_as_written(context[key])}"
    return _EXPECTED.get(kind) or message[:1].lower() + message[1:]


def _as_written(bound: float) -> str:
    """A bound as people write it: 0 and not 0.0."""
    return str(int(bound) if isinstance(bound, float) and bound.is_integer() else bound)


def _hint(mistake: _Mistake, value: Value | None, trials: _Trials) -> str:
    """What to write instead, where what was meant is plain."""
    if not isinstance(value, Scalar):
        return ""
    written, path = value.value, mistake.path
    if isinstance(written, float) and written.is_integer() and trials.takes(path, int(written)):
        return f"write {int(written)}"
    if not isinstance(written, str):
        return ""
    return dollar_help(value) or _text_hint(mistake, written.strip(), trials)


def _text_hint(mistake: _Mistake, text: str, trials: _Trials) -> str:
    kind, path = mistake.kind, mistake.path
    # pydantic has the choices in one text only, each in quotes.
    if kind == "literal_error" and (meant := nearest(text, re.findall("'([^']*)'", mistake.context["expected"]))):
        return f"write {meant}"
    if (as_list := listed(text)) is not None:
        return f"write {as_list}"
    if re.fullmatch(r"\d+(x\d+){1,2}", text):
        return f"write [{text.replace('x', ', ')}]"
    if re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", text) and trials.takes(path, resolve_scalar(text)):
        return f"write {text} without quotes"
    if kind == "bool_type" and text.lower() in ("yes", "on", "no", "off"):
        return f"write {'true' if text.lower() in ('yes', 'on') else 'false'}"
    if text.lower() != text and trials.takes(path, text.lower()):
        return f"write {text.lower()}"
    return ""
