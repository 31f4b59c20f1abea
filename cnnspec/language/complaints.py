"""What is wrong with written arguments: pydantic's complaints become diagnostics with places."""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from typing import Any, NamedTuple

from pydantic_core import ValidationError

from cnnspec.language.check import argument_names
from cnnspec.language.computed import origin_note
from cnnspec.language.merge import stays
from cnnspec.language.mistake import Mistake, Owner, mistakes
from cnnspec.language.remedy import Trials, edit_of, sentence_for
from cnnspec.layers.foreign_names import foreign_argument
from cnnspec.layers.kind import other_word
from cnnspec.layers.model import Fields
from cnnspec.source.diagnostic import Diagnostic, Edit, likely, suggestion
from cnnspec.source.span import Span
from cnnspec.source.values import Keys, Mapping, Scalar, Value, describe, follow, plain, size_of

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


def told(
    error: ValidationError,
    owner: tuple[str, type[Fields], tuple[str, ...]],
    arguments: Mapping,
    broken: frozenset[str],
    validate: Callable[[object], object],
) -> Iterator[Diagnostic]:
    """Each mistake in written arguments, but for those in arguments that are `broken`.

    The `owner` is what messages call it, its model, and arguments that may stand beside the model's. `validate` is what
    found them wrong, and tries what is advised.
    """
    what, model, also = owner
    spoilt = {(name,) for name in broken}
    listed = [each for each in mistakes(error, Owner(what, model, also=also)) if each.path[:1] not in spoilt]
    trials = Trials(validate, {entry.key: plain(entry.value) for entry in arguments}, size_of(arguments))
    found = [_found(each, arguments, trials) for each in listed]
    misspelt = {each.meant for each in found if each.meant}
    yield from (each.diagnostic for each in found if each.missing not in misspelt)


class _Found(NamedTuple):
    """A mistake; `missing` is the path of an argument that is not there, `meant` of one that was written otherwise.

    What was found misspelt is not reported as missing, too.
    """

    diagnostic: Diagnostic
    missing: Keys | None = None
    meant: Keys | None = None


def _found(mistake: Mistake, root: Value, trials: Trials) -> _Found:
    kind, path, context, owner = mistake.kind, mistake.path, mistake.context, mistake.owner
    end = follow(root, path)
    if kind == "missing":
        message, help = f"{owner.inner(path).what} needs {path[-1]}", f"write {path[-1]}: ..."
        return _Found(Diagnostic("missing-argument", message, end.span, help=help), missing=path)
    if kind == "extra_forbidden":
        return _unknown(owner.inner(path), path, end.key_span, follow(root, path[:-1]).value)
    edit = edit_of(mistake, end, trials)
    if kind == "unknown_kind":
        span = end.span if isinstance(end.value, Scalar) and not context["at"] else end.key_span
        message = f"there is no {context['family']} {context['name'][:80]}"
        return _Found(Diagnostic("bad-value", message, span, help=context["help"], edit=edit))
    expected = _expected(kind, context, mistake.message)
    received = describe(end.value) if end.value is not None else "nothing"
    message = f"{'.'.join(map(str, path)) or owner.what} is {received}, expected {expected}"
    help = context.get("help", "") or ("" if edit else sentence_for(mistake, end.value))
    notes = origin_note(end.value) if end.value is not None else ()
    return _Found(Diagnostic("bad-value", message, end.span, help=help, notes=notes, edit=edit))


def _unknown(owner: Owner, path: Keys, span: Span, around: Value | None) -> _Found:
    word, known = str(path[-1]), (*argument_names(owner.model), *owner.also)
    moved, ours = owner.model.moved.get(word), other_word(owner.model, owner.what, word)
    help = moved or ("" if ours else foreign_argument(owner.what, word)) or ""
    words = () if help else (ours,) if ours else likely(word, known)
    meant = words[0] if len(words) == 1 else None
    given = meant is not None and isinstance(around, Mapping) and stays(around, meant, span)
    if given:
        help = f"leave it out: {meant} is given"
    elif meant is None:
        help = help or suggestion(word, known, 30)
    edit = Edit(span, meant) if meant is not None and not given else None
    diagnostic = Diagnostic("unknown-argument", f"{owner.what} has no argument {word}", span, help=help, edit=edit)
    return _Found(diagnostic, meant=(*path[:-1], meant) if meant is not None else None)


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
