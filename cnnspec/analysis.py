"""A spec from its name to everything that is known of it without data: the spec, its graph, every mistake."""

import re
from collections.abc import Callable, Iterable
from dataclasses import field, replace

from cnnspec.checks import RULES, SECTION_RULES
from cnnspec.checks.subject import Sections, Subject
from cnnspec.checks.unused import unused_names
from cnnspec.graph.expand import expand
from cnnspec.graph.nodes import Graph
from cnnspec.language.document import Document, Files, read_document
from cnnspec.language.header import check_header
from cnnspec.language.location import locate
from cnnspec.language.resolve import read_spec
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Diagnostic, Note, Rejected, has_errors, ordered, suggestion
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.text import lines_of

_ALLOW = re.compile(r"#\s*cnnspec:\s*allow\s+([a-z0-9, -]+)")

MAX_OF_ALL_VARIANTS = 200_000
"""How many entries all variants of a spec may expand to, so that no spec can keep the program busy."""
_COST_OF_A_VARIANT = 100
"""What looking at a variant costs at least, counted in entries."""
_BROKEN = frozenset({"yaml-tag", "number-too-long"})
"""Mistakes in the text that leave a value of no use: what else is said about it says nothing new."""


@frozen
class Analysis:
    """What is known of one spec. `graph` is None after an error; `texts` are the files read, by shown name."""

    argument: str
    spec: Spec | None
    graph: Graph | None
    diagnostics: tuple[Diagnostic, ...]
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def wrong(self) -> bool:
        """Whether there is an error."""
        return has_errors(self.diagnostics)

    def require(self) -> tuple[Spec, Graph]:
        """Spec and graph; raises Rejected with the diagnostics if there is an error."""
        if self.wrong or self.spec is None or self.graph is None:
            raise Rejected(self.diagnostics)
        return self.spec, self.graph


def analyse(
    argument: str,
    settings: Iterable[str] = (),
    standard_input: Callable[[], bytes] | None = None,
    every_variant: bool = False,
) -> Analysis:
    """Read, expand and check a spec. With `every_variant`, and none named, all variants are checked."""
    found: list[Diagnostic] = []
    files = Files(found.append, standard_input)
    location = locate(argument, found.append)
    document = read_document(location, tuple(settings), files) if location else None
    if location is None or document is None:
        return Analysis(argument, None, None, ordered(found), files.texts)
    check_header(document, found.append)
    variant = location.variant or document.default_variant
    if location.variant is not None and variant not in document.variants:
        return _without_variant(argument, document, location.variant, found, files)
    variant = variant if variant in document.variants else None
    variants = _variants(document, variant, every_variant and location.variant is None)
    return _checked(argument, document, variants, every_variant, found, files)


def _without_variant(
    argument: str, document: Document, variant: str, found: list[Diagnostic], files: Files
) -> Analysis:
    place = Span(document.location.shown, 1, 1)
    help = suggestion(variant, document.variants) or "this spec has no variants"
    found.append(Diagnostic("unknown-variant", f"{document.location.shown} has no variant {variant}", place, help=help))
    return Analysis(argument, None, None, ordered(_allowed(found, files.texts)), files.texts)


def _variants(document: Document, chosen: str | None, every: bool) -> tuple[str | None, ...]:
    """The variants to look at, the chosen one first."""
    if not every or not document.variants:
        return (chosen,)
    return (chosen, *(name for name in document.variants if name != chosen))


def _checked(
    argument: str,
    document: Document,
    variants: tuple[str | None, ...],
    warn_unused: bool,
    found: list[Diagnostic],
    files: Files,
) -> Analysis:
    used_variables: set[str] = set()
    used_blocks: set[str] = set()
    first: tuple[Spec, Graph | None] | None = None
    entries = 0
    for count, variant in enumerate(variants):
        if entries > MAX_OF_ALL_VARIANTS:
            found.append(_too_many_variants(document, count))
            break
        mine: list[Diagnostic] = []
        spec = read_spec(document, variant, files, mine.append)
        expansion = expand(spec, mine.append)
        mine += _ruled(spec, expansion.graph)
        used_variables |= spec.variables.used
        used_blocks |= expansion.used_blocks
        entries += expansion.entries + _COST_OF_A_VARIANT + document.root.size // 10
        _add_new(found, mine, variant if first else None)
        first = first or (spec, expansion.graph)
    assert first is not None
    spec, graph = first
    complete = warn_unused and (len(variants) > 1 or not document.variants)
    if complete and not has_errors(found):
        found += unused_names(document.root, frozenset(used_variables), frozenset(used_blocks), document.location.shown)
    diagnostics = ordered(_allowed(found, files.texts))
    return Analysis(argument, spec, None if has_errors(diagnostics) else graph, diagnostics, files.texts)


def _too_many_variants(document: Document, looked_at: int) -> Diagnostic:
    entry = document.root.entry("variants")
    message = f"the variants together expand to more than {MAX_OF_ALL_VARIANTS:,} entries: {looked_at} were looked at"
    help = "validate the others by name: spec.yaml@variant"
    return Diagnostic("model-too-large", message, entry.span if entry else document.root.span, help=help)


def _ruled(spec: Spec, graph: Graph | None) -> list[Diagnostic]:
    found = [diagnostic for rule in SECTION_RULES for diagnostic in rule(Sections(spec))]
    if graph is None:
        return found
    return found + [diagnostic for rule in RULES for diagnostic in rule(Subject(spec, graph))]


def _add_new(found: list[Diagnostic], more: list[Diagnostic], variant: str | None) -> None:
    """What another variant finds at another place, or of another kind, is new; it says which variant it was."""
    known = {(diagnostic.span, diagnostic.code) for diagnostic in found}
    for diagnostic in more:
        if variant is None or (diagnostic.span, diagnostic.code) not in known:
            note = () if variant is None else (Note(f"in the variant {variant}"),)
            found.append(replace(diagnostic, notes=diagnostic.notes + note))


def _allowed(found: list[Diagnostic], texts: dict[str, str]) -> list[Diagnostic]:
    """Without the warnings that a comment on their line allows, and without what follows from a broken text."""
    lines = {file: lines_of(text) for file, text in texts.items()}
    broken = {d.place for d in found if d.code in _BROKEN}
    return [d for d in found if not _is_allowed(d, lines) and (d.code in _BROKEN or not _places(d) & broken)]


def _places(diagnostic: Diagnostic) -> set[tuple[str, int, int]]:
    return {diagnostic.place, *(note.span[:3] for note in diagnostic.notes if note.span)}


def _is_allowed(diagnostic: Diagnostic, lines: dict[str, list[str]]) -> bool:
    if diagnostic.severity != "warning" or diagnostic.span is None:
        return False
    text = lines.get(diagnostic.span.file, [])
    line = text[diagnostic.span.line - 1] if 0 < diagnostic.span.line <= len(text) else ""
    match = _ALLOW.search(line)
    return match is not None and diagnostic.code in re.split(r"[,\s]+", match[1])
