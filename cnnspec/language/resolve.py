"""From a merged document and a variant to a spec: the header checked, variables and blocks ready, sections read."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.language.document import Document, Files
from cnnspec.language.interpolation import IDENTIFIER, RESERVED, Names, Variables, interpolate
from cnnspec.language.keys import NAME_PATTERN, TOP_LEVEL
from cnnspec.language.sections import read_section
from cnnspec.language.spec import Block, Parameter, Spec
from cnnspec.layers import LAYERS
from cnnspec.source.diagnostic import Diagnostic, Report, suggestion
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, describe

if TYPE_CHECKING:
    from cnnspec.language.data import DataSection
    from cnnspec.language.training import Training

COMPOSITES = ("residual", "parallel", "reuse")
_MAPS = ("vars", "variants", "blocks", "inputs", "outputs", "data", "training", "expect")
_ALSO = {"layers": "model", "network": "model", "architecture": "model", "dataset": "data", "train": "training"}
"""Words that people bring for our keys."""
_NAME = re.compile(NAME_PATTERN + r"\Z")


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
        elif key == "name" and not _NAME.match(value.text):
            context.error(
                "bad-name",
                f"name is {describe(value)}, expected a letter, then at most 63 letters, digits, _, . or -",
                value.span,
            )


def _check_variables(context: _Context) -> None:
    variables = context.root.get("vars")
    for entry in variables if isinstance(variables, Mapping) else ():
        check_word(entry.key, entry.span, "variable", context.report)


def check_word(word: str, span: Span, what: str, report: Report) -> bool:
    """Whether a written name is one; reports it if not."""
    if word in RESERVED:
        report(
            Diagnostic(
                "reserved-name",
                f"the {what} {word} has a reserved name",
                span,
                help=f"reserved are {', '.join(RESERVED)}",
            )
        )
        return False
    if not IDENTIFIER.match(word) or len(word) > 64:
        report(
            Diagnostic(
                "bad-name",
                f"{what} {word[:80]!r} is no name",
                span,
                help="a letter, then letters, digits and _ (at most 64)",
            )
        )
        return False
    return True


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


def read_spec(document: Document, variant: str | None, files: Files, report: Report) -> Spec:
    """The spec of one variant (None: the vars alone); mistakes are reported, and what they spoil is left out."""
    variables_map = document.variables_of(variant, report)
    usable = {entry.key: entry.value for entry in variables_map if entry.key not in RESERVED}
    variables = Variables(usable, report)
    variables.evaluate_all()
    path = document.location.path
    return Spec(
        file=document.location.shown,
        folder=path.parent if path else None,
        name=_name(document),
        variant=variant,
        root=document.root,
        variables=variables,
        blocks=_blocks(document.root.get("blocks"), report),
        description=_text(_computed(document.root.get("description"), variables, report)),
        reference=_text(_computed(document.root.get("reference"), variables, report)),
        data=_data(document.root.entry("data"), variables, report),
        training=_training(document.root.entry("training"), variables, report),
        checks_facts=not document.changes_architecture,
        default_variant=document.default_variant,
        texts=files.texts,
    )


def _name(document: Document) -> str:
    name = _text(document.root.get("name"))
    if _NAME.match(name):
        return name
    stem = re.sub(r"[^A-Za-z0-9_.-]", "_", Path(document.location.shown).stem)[:60]
    return stem if _NAME.match(stem) else "model"


def _computed(value: Value | None, variables: Variables, report: Report) -> Value | None:
    return interpolate(value, variables, report) if isinstance(value, Scalar) else None


def _text(value: Value | None) -> str:
    if not isinstance(value, Scalar) or value.value is None:
        return ""
    return value.value if isinstance(value.value, str) else value.text


def _blocks(value: Value | None, report: Report) -> dict[str, Block]:
    blocks = {}
    for entry in value if isinstance(value, Mapping) else ():
        block = _block(entry, report)
        if block is not None:
            blocks[entry.key] = block
    return blocks


def _block(entry: Entry, report: Report) -> Block | None:
    if entry.key in LAYERS or entry.key in COMPOSITES:
        report(
            Diagnostic(
                "reserved-name",
                f"the block {entry.key} has the name of a layer",
                entry.span,
                help="give it another name",
            )
        )
        return None
    if not check_word(entry.key, entry.span, "block", report):
        return None
    body = entry.value
    if not isinstance(body, Mapping):
        report(
            Diagnostic(
                "bad-value",
                f"block {entry.key} is {describe(body)}, expected a map with layers, and params if it has any",
                body.span,
                help="write layers: [...] inside it",
            )
        )
        return None
    for part in body:
        if part.key not in ("params", "layers"):
            report(
                Diagnostic(
                    "unknown-key",
                    f"block {entry.key} has no key {part.key}",
                    part.span,
                    help=suggestion(part.key, ("params", "layers")),
                )
            )
    layers = body.get("layers")
    if not isinstance(layers, Sequence) or not layers.items:
        report(
            Diagnostic(
                "bad-value",
                f"block {entry.key} has no list of layers",
                entry.span if layers is None else layers.span,
                help="write layers: [...] inside it",
            )
        )
        return None
    return Block(entry.key, _parameters(entry, body.get("params"), report), layers, entry.span)


def _parameters(block: Entry, value: Value | None, report: Report) -> tuple[Parameter, ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        report(
            Diagnostic(
                "bad-value",
                f"params of block {block.key} is {describe(value)}, expected a map of parameter to default or required",
                value.span,
            )
        )
        return ()
    parameters = []
    for entry in value:
        taken = ("name", "from", "repeat", "first", "when")
        if entry.key in taken:
            report(
                Diagnostic(
                    "reserved-name",
                    f"the parameter {entry.key} has the name of an argument that every entry takes",
                    entry.span,
                    help=f"taken are {', '.join(taken)}",
                )
            )
        elif check_word(entry.key, entry.span, "parameter", report):
            required = isinstance(entry.value, Scalar) and entry.value.value == "required"
            parameters.append(Parameter(entry.key, entry.span, None if required else entry.value))
    return tuple(parameters)


def _data(entry: Entry | None, variables: Variables, report: Report) -> "DataSection | None":
    section = _section(entry, variables, report)
    if section is None or "source" in section[1]:
        return None
    data: DataSection | None = read_section("data", section[0], section[1], report)
    return data


def _training(entry: Entry | None, variables: Variables, report: Report) -> "Training | None":
    section = _section(entry, variables, report)
    return None if section is None else read_section("training", section[0], section[1], report)


def _section(entry: Entry | None, variables: Variables, report: Report) -> tuple[Mapping, frozenset[str]] | None:
    if entry is None or not isinstance(entry.value, Mapping):
        return None
    return compute_arguments(entry.value, variables, report)


def compute_arguments(arguments: Mapping, names: Names, report: Report) -> tuple[Mapping, frozenset[str]]:
    """The arguments with everything computed, and the names of those that could not be (and were reported)."""
    computed = [(entry, interpolate(entry.value, names, report)) for entry in arguments]
    entries = tuple(Entry(entry.key, entry.span, value) for entry, value in computed if value is not None)
    broken = frozenset(entry.key for entry, value in computed if value is None)
    return Mapping(entries, arguments.span, arguments.origin), broken
