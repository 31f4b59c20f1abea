"""What a spec says before its network: its keys, version, names, variables and variants, whichever is chosen."""

from dataclasses import dataclass

from cnnspec.language.document import Document
from cnnspec.language.keys import TOP_LEVEL
from cnnspec.language.naming import SPEC_NAME, check_word
from cnnspec.source.diagnostic import Diagnostic, Report, suggestion
from cnnspec.source.span import Span
from cnnspec.source.values import Mapping, Scalar, describe

_MAPS = ("vars", "variants", "blocks", "inputs", "outputs", "data", "training", "expect")
_ALSO = {"layers": "model", "network": "model", "architecture": "model", "dataset": "data", "train": "training"}
"""Words that people bring for our keys."""


@dataclass(slots=True)
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
    for entry in document.root:
        if entry.key not in TOP_LEVEL:
            context.error("unknown-key", f"a spec has no key {entry.key}", entry.span, _meant(entry.key))
        elif entry.key in _MAPS and not isinstance(entry.value, Mapping):
            context.error("bad-value", f"{entry.key} is {describe(entry.value)}, expected a map", entry.value.span)
    _check_version(context)
    _check_texts(context)
    _check_variables(context)
    _check_variants(context)
    misspelt = {_meant(entry.key) for entry in document.root if entry.key not in TOP_LEVEL}
    for key in ("inputs", "model"):
        if document.root.get(key) is None and f"write {key}" not in misspelt:
            context.error(
                "missing-key",
                f"the spec has no {key}",
                document.root.span,
                f"write {key}: {TOP_LEVEL[key][0].lower()}{TOP_LEVEL[key][1:]}",
            )


def _meant(key: str) -> str:
    """What to write instead of an unknown key."""
    return f"write {_ALSO[key]}" if key in _ALSO else suggestion(key, TOP_LEVEL, 20)


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
        context.error(
            "language-version",
            f"cnnspec is {describe(entry.value)}, expected 1, the only version of the language",
            entry.value.span,
            "write cnnspec: 1",
        )


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
    known = variables.keys() if isinstance(variables, Mapping) else ()
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
                context.error(
                    "unknown-variable",
                    f"variant {entry.key} sets {value.key}, which is not among vars",
                    value.span,
                    suggestion(value.key, known) or "name it under vars first",
                )
    default = context.root.get("default_variant")
    if default is not None and not isinstance(default, Scalar):
        context.error("bad-value", f"default_variant is {describe(default)}, expected a variant's name", default.span)
    elif default is not None and context.document.default_variant not in (*context.document.variants, None):
        context.error(
            "unknown-variant",
            f"default_variant is {describe(default)}, which is no variant",
            default.span,
            suggestion(str(context.document.default_variant), context.document.variants),
        )
