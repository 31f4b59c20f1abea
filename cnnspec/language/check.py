"""From written arguments to checked fields: pydantic's complaints become diagnostics with places."""

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, get_args

from pydantic_core import ValidationError

from cnnspec.language.computed import computed_as, origin_note
from cnnspec.layers.foreign_names import foreign_argument
from cnnspec.layers.instead import Instead, instead
from cnnspec.layers.kind import Kind, other_word
from cnnspec.layers.model import Fields
from cnnspec.source.diagnostic import Diagnostic, Edit, Report, likely, nearest, suggestion
from cnnspec.source.frozen import frozen
from cnnspec.source.scalar import MAX_DIGITS, resolve_scalar
from cnnspec.source.span import Span
from cnnspec.source.tuples import listed
from cnnspec.source.values import (
    Keys,
    Mapping,
    PathEnd,
    Scalar,
    Value,
    describe,
    follow,
    on_one_line,
    plain,
    size_of,
)
from cnnspec.source.yaml import read_yaml

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
    unknown = [each["ctx"]["write"] for each in context["errors"] if each["type"] == "unknown_kind" and not each["loc"]]
    for inner in context["errors"]:
        path = (*detail["loc"], *inner["loc"])
        what = str((*unknown, *inner["loc"], "")[0])
        inside = _Owner(what, context["model"], len(detail["loc"]) + 1)
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
        return _unknown(owner.inner(path), path, end.key_span, follow(root, path[:-1]).value)
    edit = _edit(mistake, end, trials)
    if kind == "unknown_kind":
        span = end.span if isinstance(end.value, Scalar) and not context["at"] else end.key_span
        message = f"there is no {context['family']} {context['name'][:80]}"
        return _Found(Diagnostic("bad-value", message, span, help=context["help"], edit=edit))
    expected = _expected(kind, context, mistake.message)
    received = describe(end.value) if end.value is not None else "nothing"
    message = f"{'.'.join(map(str, path)) or owner.what} is {received}, expected {expected}"
    help = context.get("help", "") or ("" if edit else _sentence(mistake, end.value) or _example(context))
    notes = origin_note(end.value) if end.value is not None else ()
    return _Found(Diagnostic("bad-value", message, end.span, help=help, notes=notes, edit=edit))


def _unknown(owner: _Owner, path: Keys, span: Span, around: Value | None) -> _Found:
    word, known = str(path[-1]), argument_names(owner.model)
    moved, ours = owner.model.moved.get(word), other_word(owner.model, owner.what, word)
    help = moved or ("" if ours else foreign_argument(owner.what, word)) or ""
    words = () if help else (ours,) if ours else likely(word, known)
    meant = words[0] if len(words) == 1 else None
    given = meant is not None and isinstance(around, Mapping) and around.get(meant) is not None
    if given:
        help = f"leave it out: {meant} is given"
    elif meant is None:
        help = help or suggestion(word, known, 30)
    edit = Edit(span, meant) if meant is not None and not given else None
    diagnostic = Diagnostic("unknown-argument", f"{owner.what} has no argument {word}", span, help=help, edit=edit)
    return _Found(diagnostic, meant=(*path[:-1], meant) if meant is not None else None)


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


def _edit(mistake: _Mistake, end: PathEnd, trials: _Trials) -> Edit | None:
    """What to write instead of a value on one line, where what was meant is plain."""
    context, value = mistake.context, end.value
    if mistake.kind == "unknown_kind" and context["at"]:
        return Edit(end.key_span, context["write"], context["so"]) if context["write"] else None
    if not isinstance(value, Scalar) or not on_one_line(value):
        return None
    text, so = _instead(mistake, value, trials)
    return Edit(value.span, text, so) if text else None


def _instead(mistake: _Mistake, value: Scalar, trials: _Trials) -> tuple[str, str]:
    """What to write, and what is said beside it."""
    context, path, written = mistake.context, mistake.path, value.value
    if text := context.get("write", ""):
        works = mistake.kind == "unknown_kind" or trials.takes(path, _read(text))
        return (text, context.get("so", "")) if works else ("", "")
    if context.get("help") or mistake.kind == "unknown_kind":
        return "", ""
    if found := _known(mistake, value):
        return (found.text, found.so) if found.text and trials.takes(path, _read(found.text)) else ("", "")
    if mistake.kind == "literal_error":
        return _choice(mistake, value.text), ""
    if isinstance(written, float) and written.is_integer() and trials.takes(path, int(written)):
        return str(int(written)), ""
    if not isinstance(written, str):
        return "", ""
    return (computed_as(value), "") if computed_as(value) else _of_text(mistake, written.strip(), trials)


def _read(text: str) -> object:
    """What is written in a help, read."""
    value = read_yaml(text, "", lambda diagnostic: None)
    return None if value is None else plain(value)


def _known(mistake: _Mistake, value: Value | None) -> Instead | None:
    """What is known of a word that people bring for a choice that there is not."""
    if mistake.kind not in ("literal_error", "invalid") or not isinstance(value, Scalar) or not mistake.path:
        return None
    return instead(str(mistake.path[-1]), value.text)


def _choice(mistake: _Mistake, text: str) -> str:
    """The one of some words that was meant."""
    # pydantic has the choices in one text only, each in quotes.
    return nearest(text, re.findall("'([^']*)'", mistake.context["expected"])) or ""


def _of_text(mistake: _Mistake, text: str, trials: _Trials) -> tuple[str, str]:
    kind, path = mistake.kind, mistake.path
    if (as_list := listed(text)) is not None:
        return as_list, ""
    if re.fullmatch(r"\d+(x\d+){1,2}", text):
        return f"[{text.replace('x', ', ')}]", ""
    if (
        len(text) <= MAX_DIGITS
        and isinstance(resolve_scalar(text), int | float)
        and trials.takes(path, resolve_scalar(text))
    ):
        return text, " without quotes"
    if kind == "bool_type" and text.lower() in ("yes", "on", "no", "off"):
        return ("true" if text.lower() in ("yes", "on") else "false"), ""
    if text.lower() != text and trials.takes(path, text.lower()):
        return text.lower(), ""
    return "", ""


def _example(context: Map[str, Any]) -> str:
    """What to write in the manner of, where it cannot stand for a value just so."""
    return f"write {context['write']}" if context.get("write") else ""


def _sentence(mistake: _Mistake, value: Value | None) -> str:
    """What to do about a choice that there is not, where no other stands in its place."""
    found = _known(mistake, value)
    return found.help if found and not found.text else ""
