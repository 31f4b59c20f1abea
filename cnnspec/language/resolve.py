"""From a merged document and a variant to a spec: variables and blocks ready, sections read."""

import importlib
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnspec.language.check import read_fields
from cnnspec.language.definitions import read_blocks
from cnnspec.language.document import Document, Files
from cnnspec.language.effort import Effort
from cnnspec.language.interpolation import RESERVED, Names, Variables, interpolate
from cnnspec.language.keys import SECTIONS
from cnnspec.language.kind_defaults import read_defaults
from cnnspec.language.naming import SPEC_NAME
from cnnspec.language.references import REFERENCE
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Diagnostic, Report
from cnnspec.source.values import Entry, Mapping, Scalar, Value, describe

if TYPE_CHECKING:
    from cnnspec.language.sources.section import DataSection
    from cnnspec.language.training import Training


def read_spec(
    document: Document, variant: str | None, files: Files, report: Report, effort: Effort | None = None
) -> Spec:
    """The spec of one variant (None: the vars alone); mistakes are reported, and what they spoil is left out.

    `effort` is shared by the variants that are read one after another.
    """
    variables_map = document.variables_of(variant, report)
    usable = {entry.key: entry.value for entry in variables_map if entry.key not in RESERVED}
    variables = Variables(usable, report, effort or Effort())
    variables.evaluate_all()
    path = document.location.path if document.location.revision is None else None
    root = _with_sections(document.root, variables, report)
    training, section = _training(root.entry("training"), variables, report)
    spec = Spec(
        file=document.location.shown,
        folder=path.parent if path else None,
        name=_name(document),
        variant=variant,
        root=root,
        variables=variables,
        blocks=read_blocks(document.root.get("blocks"), report),
        description=_text(_computed(document.root.get("description"), variables, report)),
        reference=_text(_computed(document.root.get("reference"), variables, report)),
        data=_data(root.entry("data"), variables, report),
        training=training,
        checks_facts=not document.changes_architecture,
        default_variant=document.default_variant,
        texts=files.texts,
        defaults=read_defaults(root, variables, report),
        written=tuple(files.written),
        settings=document.settings,
    )
    if section is None or training is None or not training.phases:
        return spec
    return replace(spec, phases=_language("phases").read_phases(spec, section, report))


def _with_sections(root: Mapping, variables: Variables, report: Report) -> Mapping:
    """The document with the maps of variables in place of sections that are one: `training: $usual`."""
    entries = []
    for entry in root:
        if entry.key in SECTIONS and isinstance(entry.value, Scalar) and REFERENCE.match(entry.value.text):
            held = interpolate(entry.value, variables, report)
            if held is not None and not isinstance(held, Mapping):
                report(Diagnostic("bad-value", f"{entry.key} is {describe(held)}, expected a map", entry.value.span))
            entry = replace(entry, value=held or entry.value)
        entries.append(entry)
    return replace(root, entries=tuple(entries))


def _name(document: Document) -> str:
    name = _text(document.root.get("name"))
    if SPEC_NAME.match(name):
        return name
    stem = re.sub(r"[^A-Za-z0-9_.-]", "_", Path(document.location.shown).stem)[:60]
    return stem if SPEC_NAME.match(stem) else "model"


def _computed(value: Value | None, variables: Variables, report: Report) -> Value | None:
    return interpolate(value, variables, report) if isinstance(value, Scalar) else None


def _text(value: Value | None) -> str:
    if not isinstance(value, Scalar) or value.value is None:
        return ""
    return value.value if isinstance(value.value, str) else value.text


def _data(entry: Entry | None, variables: Variables, report: Report) -> "DataSection | None":
    section = _section(entry, variables, report)
    if section is None or "source" in section[1]:
        return None
    language = _language("data")
    source = section[0].get("source")
    model = language.source_meant(source.text) if isinstance(source, Scalar) else None
    return read_fields(model or language.DataSection, section[0], report, "data", section[1], language.read_data)


def _training(entry: Entry | None, variables: Variables, report: Report) -> "tuple[Training | None, Mapping | None]":
    """What the section says, and the section with everything computed."""
    section = _section(entry, variables, report)
    if section is None:
        return None, None
    written, broken = section
    merged = _language("phases").with_merged_phases(written) if written.entry("phases") else written
    return read_fields(_language("training").Training, merged, report, "training", broken), written


def _language(section: str) -> Any:
    """The language of a section: it is read where a spec has it, since its kinds are many."""
    return importlib.import_module(f"cnnspec.language.{section}")


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
