"""Reading a spec's files: the spec itself, what it extends, and what --set changes, laid over each other."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from cnnspec.language.extended_defaults import with_defaults
from cnnspec.language.location import Location, locate, read_text, real_path
from cnnspec.language.merge import (
    ARCHITECTURE,
    FREEZE,
    NOT_INHERITED,
    SETTINGS,
    Setting,
    apply_setting,
    overlay,
    read_settings,
)
from cnnspec.source.diagnostic import Diagnostic, Edit, Report, likely, suggestion
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.text import lines_of
from cnnspec.source.values import Entry, Mapping, Scalar, Value, describe
from cnnspec.source.yaml import read_yaml

MAX_EXTENDS = 16


@frozen
class Document:
    """A merged spec before a variant is chosen. `settings` of vars come after the variant's values."""

    location: Location
    root: Mapping
    settings: tuple[Setting, ...] = ()
    inherited_default: bool = False

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of the variants."""
        variants = self.root.get("variants")
        return variants.keys() if isinstance(variants, Mapping) else ()

    @property
    def default_variant(self) -> str | None:
        """The variant that is meant where none is named."""
        value = self.root.get("default_variant")
        return value.text if isinstance(value, Scalar) and not self.inherited_default else None

    @property
    def changes_architecture(self) -> bool:
        """Whether --set changed what `expect` speaks of."""
        paths = [setting.path for setting in self.settings]
        return any(path[0] in ARCHITECTURE or path in (("training",), FREEZE) or path[:2] == FREEZE for path in paths)

    def variables_of(self, variant: str | None, report: Report) -> Mapping:
        """The vars with the variant's values, then those of --set, laid over them."""
        base = self.root.get("vars")
        merged = base if isinstance(base, Mapping) else Mapping((), self.root.span)
        variants = self.root.get("variants")
        chosen = variants.get(variant) if variant and isinstance(variants, Mapping) else None
        if isinstance(chosen, Mapping):
            merged = _laid(merged, chosen)
        whole = Mapping((Entry("vars", merged.span, merged),), merged.span)
        for setting in self.settings:
            if setting.path[0] == "vars":
                whole = apply_setting(whole, setting, report)
        laid = whole.get("vars")
        return laid if isinstance(laid, Mapping) else merged


def _laid(base: Mapping, over: Mapping) -> Mapping:
    """Values of variables are replaced whole, in place."""
    values = {entry.key: entry for entry in base}
    values.update({entry.key: entry for entry in over})
    return replace(base, entries=tuple(values.values()))


@dataclass(slots=True, eq=False, repr=False)
class Files:
    """Reads files once each and keeps their texts, for showing them."""

    report: Report
    standard_input: Callable[[], bytes] | None = None
    texts: dict[str, str] = field(default_factory=dict)
    written: list[tuple[Location, Mapping]] = field(default_factory=list)
    """The documents as they are written, each before the one that it extends."""

    def load(self, location: Location) -> Mapping | None:
        """The document of a file, alone."""
        text = read_text(location, self.report, None, self.standard_input)
        if text is None:
            return None
        self.texts[location.shown] = text
        value = read_yaml(text, location.shown, self.report)
        if value is not None and not isinstance(value, Mapping):
            self.report(
                Diagnostic(
                    "not-a-map",
                    f"a spec is a map of keys, not {describe(value)}",
                    value.span,
                    help="start with: cnnspec: 1",
                )
            )
            return None
        if value is not None:
            self.written.append((location, value))
        return value


def read_document(location: Location, settings: tuple[str, ...], files: Files) -> Document | None:
    """A spec with its bases merged in and --set applied; mistakes are reported."""
    loaded = _with_bases(location, files, ())
    given = read_settings(settings, files.report)
    if settings:
        files.texts[SETTINGS] = "\n".join(" ".join(lines_of(setting)) for setting in settings)
    if loaded is None:
        return None
    root, inherited_default = loaded
    for setting in given:
        if setting.path == ("extends",):
            message = "extends cannot be set: the base is read before"
            files.report(Diagnostic("unknown-path", message, setting.span, help="write it in the file"))
        elif setting.path[0] != "vars":
            root = apply_setting(root, setting, files.report)
        elif len(setting.path) == 1:
            files.report(
                Diagnostic(
                    "unknown-path", "vars can only be set one by one", setting.span, help="write --set vars.name=value"
                )
            )
    kept = tuple(setting for setting in given if setting.path != ("vars",))
    return Document(location, root, kept, inherited_default)


def variants_of(spec: str) -> tuple[str, ...]:
    """The names of the variants of the spec that is so called; none where it cannot be read."""
    mistakes: list[Diagnostic] = []
    location = locate(spec, mistakes.append)
    document = read_document(location, (), Files(mistakes.append)) if location else None
    return document.variants if document else ()


def _with_bases(location: Location, files: Files, above: tuple[Path, ...]) -> tuple[Mapping, bool] | None:
    """The document laid over what it extends, and whether its default variant is the base's."""
    root = files.load(location)
    extends = root.entry("extends") if root else None
    if root is None or extends is None:
        return None if root is None else (root, False)
    base_location = _base_location(extends, location, files, above)
    if base_location is None:
        return None
    path = real_path(location.path or Path())
    loaded = _with_bases(base_location, files, (*above, path))
    if loaded is None:
        return None
    base = _chosen(loaded[0], loaded[1], base_location, extends.value.span, files.report)
    kept = replace(base, entries=tuple(entry for entry in base if entry.key not in NOT_INHERITED))
    merged = overlay(kept, root)
    assert isinstance(merged, Mapping)
    return with_defaults(merged, kept, root), root.get("default_variant") is None


def _chosen(base: Mapping, inherited: bool, location: Location, place: Span, report: Report) -> Mapping:
    """The base with its own variant's values among its vars, which this file's vars then override."""
    document = Document(location, base, (), inherited)
    variant = location.variant or document.default_variant
    if variant is not None and variant not in document.variants:
        words = likely(variant, document.variants)
        named = location.path.stem if location.bundled and location.path else location.shown
        edit = Edit(place, f"{named}@{words[0]}") if len(words) == 1 else None
        help = suggestion(variant, document.variants)
        report(Diagnostic("unknown-variant", f"{location.shown} has no variant {variant}", place, help=help, edit=edit))
        return base
    base = _with_pretrained(base, variant)
    variables = document.variables_of(variant, report)
    if not variables.entries:
        return base
    entry = base.entry("vars")
    laid = Entry("vars", entry.span if entry else place, variables)
    return replace(base, entries=(laid, *(kept for kept in base if kept.key != "vars")))


def _with_pretrained(base: Mapping, variant: str | None) -> Mapping:
    """The base with the weights that its own variant has elsewhere; their names are read where there are some."""
    if base.entry("pretrained") is None:
        return base
    chosen: Mapping = importlib.import_module("cnnspec.language.pretrained").with_one_variant(base, variant)
    return chosen


def _base_location(extends: Entry, location: Location, files: Files, above: tuple[Path, ...]) -> Location | None:
    value = extends.value
    if not isinstance(value, Scalar) or not isinstance(value.value, str) or not value.value:
        files.report(
            Diagnostic(
                "bad-value",
                f"extends is {describe(value)}, expected a bundled spec's name or a path that ends in .yaml",
                value.span,
            )
        )
        return None
    base = locate(value.value, files.report, value.span)
    if base is None or base.path is None:
        return None
    if not base.bundled:
        base = _beside(base, location, value, files.report)
    if base is not None and not _refuse_cycle(base, location, above, value.span, files.report):
        return base
    return None


def _other_slashes(path: str) -> str:
    return "write " + path.replace("\\", "/") if "\\" in path else ""


def _beside(base: Location, location: Location, value: Value, report: Report) -> Location | None:
    """The base's path from the extending file's folder; it may leave neither that nor the working folder."""
    assert base.path is not None
    if location.revision is not None:
        revisions = importlib.import_module("cnnspec.language.revision")
        inside: Location | None = revisions.beside_revision(base, location, value.span, report)
        return inside
    folder = location.path.parent if location.path else Path()
    path = folder / base.path
    try:
        real, roots = real_path(path), (real_path(folder), real_path(Path()))
        found = real.is_file()
    except (OSError, ValueError):
        report(Diagnostic("file-not-found", f"there is no file {base.shown}", value.span))
        return None
    if not any(real.is_relative_to(root) for root in roots):
        report(
            Diagnostic(
                "path-outside",
                f"extends leaves the spec's folder: {base.shown}",
                value.span,
                help="copy the base beside the spec",
            )
        )
        return None
    if not found:
        report(
            Diagnostic(
                "file-not-found",
                f"there is no file {base.shown}",
                value.span,
                help=_other_slashes(base.shown) or "the path starts at the folder of the spec that extends it",
            )
        )
        return None
    return Location(path, str(path), base.variant)


def _refuse_cycle(base: Location, location: Location, above: tuple[Path, ...], place: Span, report: Report) -> bool:
    assert base.path is not None
    chain = (*above, real_path(location.path or Path()))
    if real_path(base.path) in chain:
        names = " -> ".join(path.name for path in (*chain[chain.index(real_path(base.path)) :], real_path(base.path)))
        report(
            Diagnostic("extends-cycle", f"a spec extends itself: {names}", place, help="let one of them stand alone")
        )
        return True
    if len(chain) > MAX_EXTENDS:
        report(Diagnostic("too-deep", f"more than {MAX_EXTENDS} specs extend each other", place))
        return True
    return False
