"""What a spec says before its network: its keys, version, names, variables and variants, whichever is chosen."""

import shlex
from dataclasses import dataclass

from cnnspec.language.document import Document
from cnnspec.language.keys import SECTIONS, SWEEP, TOP_LEVEL
from cnnspec.language.naming import SPEC_NAME, check_word
from cnnspec.language.references import REFERENCE
from cnnspec.source.diagnostic import Diagnostic, Edit, Report, misspelt
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, describe, on_one_line

_MAPS = ("vars", "variants", "blocks", "inputs", "outputs", "data", "training", "expect")
_ALSO = {"layers": "model", "network": "model", "architecture": "model", "dataset": "data", "train": "training"}
"""Words that people bring for our keys."""


@dataclass(slots=True, eq=False, repr=False)
class _Context:
    """What the checks of one document share."""

    document: Document
    report: Report

    @property
    def root(self) -> Mapping:
        return self.document.root

    def error(self, code: str, message: str, span: Span, help: str = "") -> None:
        self.report(Diagnostic(code, message, span, help=help))


def check_header(document: Document, report: Report) -> None:
    """Whatever does not depend on the variant: the keys, the version, the names, the variants."""
    context = _Context(document, report)
    if (sweep := document.root.entry(SWEEP)) and document.root.get("model") is None:
        file = document.location.shown
        context.error("unknown-key", f"{file} says what a sweep goes over, and is no spec", sweep.span, _to_sweep(file))
        return
    unknown = {entry.key: _unknown_key(entry, document.root) for entry in document.root if entry.key not in TOP_LEVEL}
    for entry in document.root:
        if entry.key in unknown:
            report(unknown[entry.key])
        elif entry.key in _MAPS and not isinstance(entry.value, Mapping) and not _may_hold_a_map(entry):
            context.error("bad-value", f"{entry.key} is {describe(entry.value)}, expected a map", entry.value.span)
    _check_version(context)
    _check_texts(context)
    _check_variables(context)
    _check_variants(context)
    meant = {found.edit.text for found in unknown.values() if found.edit}
    for key in ("inputs", "model"):
        if document.root.get(key) is None and key not in meant:
            context.error(
                "missing-key",
                f"the spec has no {key}",
                document.root.span,
                f"write {key}: {TOP_LEVEL[key][0].lower()}{TOP_LEVEL[key][1:]}",
            )


def _to_sweep(file: str) -> str:
    return f"write cnnspec sweep {shlex.quote(file)}"


def _may_hold_a_map(entry: Entry) -> bool:
    """Whether a section is a variable; whether that holds a map, is seen once the variant is known."""
    value = entry.value
    return entry.key in SECTIONS and isinstance(value, Scalar) and REFERENCE.match(value.text) is not None


def _unknown_key(entry: Entry, root: Mapping) -> Diagnostic:
    message = f"a spec has no key {entry.key}"
    found = misspelt("unknown-key", message, _ALSO.get(entry.key, entry.key), TOP_LEVEL, entry.span, limit=20)
    if found.edit is not None and root.get(found.edit.text) is not None:
        return Diagnostic("unknown-key", message, entry.span, help=f"leave it out: {found.edit.text} is given")
    return found


def _check_version(context: _Context) -> None:
    entry = context.root.entry("cnnspec")
    if entry is None:
        context.error(
            "missing-key",
            "the spec does not say which version of the language it is in",
            context.root.span,
            "start with: cnnspec: 1",
        )
    elif not (
        isinstance(entry.value, Scalar) and entry.value.value == 1 and isinstance(entry.value.value, int)
    ) or isinstance(entry.value.value, bool):
        message = f"cnnspec is {describe(entry.value)}, expected 1, the only version of the language"
        edit = Edit(entry.value.span, "1") if isinstance(entry.value, Scalar) and on_one_line(entry.value) else None
        found = Diagnostic("language-version", message, entry.value.span, help="write cnnspec: 1", edit=edit)
        context.report(found)


def _check_texts(context: _Context) -> None:
    for key in ("name", "description", "reference"):
        value = context.root.get(key)
        if value is None:
            continue
        if not isinstance(value, Scalar) or value.value is None:
            context.error("bad-value", f"{key} is {describe(value)}, expected a text", value.span)
        elif key == "name" and not SPEC_NAME.match(value.text):
            context.error(
                "bad-name",
                f"name is {describe(value)}, expected a letter, then at most 63 letters, digits, _, . or -",
                value.span,
            )


def _check_variables(context: _Context) -> None:
    variables = context.root.get("vars")
    for entry in variables if isinstance(variables, Mapping) else ():
        check_word(entry.key, entry.span, "variable", context.report)


def _check_variants(context: _Context) -> None:
    variants, variables = context.root.get("variants"), context.root.get("vars")
    known = dict.fromkeys(variables.keys() if isinstance(variables, Mapping) else ())
    for entry in variants if isinstance(variants, Mapping) else ():
        if not isinstance(entry.value, Mapping):
            context.error(
                "bad-value",
                f"variant {entry.key} is {describe(entry.value)}, expected a map of values for vars",
                entry.value.span,
            )
            continue
        for value in entry.value:
            if value.key not in known:
                message = f"variant {entry.key} sets {value.key}, which is not among vars"
                otherwise = "name it under vars first"
                context.report(misspelt("unknown-variable", message, value.key, known, value.span, otherwise=otherwise))
    default = context.root.get("default_variant")
    if default is not None and not isinstance(default, Scalar):
        context.error("bad-value", f"default_variant is {describe(default)}, expected a variant's name", default.span)
    elif default is not None and context.document.default_variant not in (*context.document.variants, None):
        message, word = f"default_variant is {describe(default)}, which is no variant", default.text
        context.report(misspelt("unknown-variant", message, word, context.document.variants, default.span))
