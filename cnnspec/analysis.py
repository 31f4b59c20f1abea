"""A spec from its name to everything that is known of it without data: the spec, its graph, every mistake."""

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace

from cnnspec.checks import LATER_RULES, PHASE_RULES, PHASE_SECTION_RULES, RULES, SECTION_RULES
from cnnspec.checks.subject import Sections, Subject
from cnnspec.checks.unused import unused_defaults, unused_names
from cnnspec.graph.expand import expand
from cnnspec.graph.nodes import Graph
from cnnspec.language.allowances import Allowances
from cnnspec.language.document import Document, Files, read_document
from cnnspec.language.effort import Effort
from cnnspec.language.header import check_header
from cnnspec.language.location import locate
from cnnspec.language.merge import SETTINGS
from cnnspec.language.resolve import read_spec
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Collected, Diagnostic, Note, Rejected, Report, has_errors, suggestion
from cnnspec.source.frozen import frozen
from cnnspec.source.patience import patience
from cnnspec.source.span import Span

MAX_OF_ALL_VARIANTS = 45_000
"""How many entries all variants of a spec may expand to, so that no spec can keep the program busy."""
_COST_OF_A_VARIANT = 100
"""What looking at a variant costs at least, counted in entries."""
_COMPARISONS = 250_000
"""How many words of a spec are looked at to say what was meant by others: a quarter of a second."""
_BROKEN = frozenset({"yaml-tag", "number-too-long", "number-out-of-range"})
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
    trained: bool = False,
) -> Analysis:
    """Read, expand and check a spec. With `every_variant`, and none named, all variants are checked.

    Of one that was `trained`, by this version or an older one, only warnings come of rules that are younger.
    """
    with patience(_COMPARISONS):
        younger = LATER_RULES if trained else frozenset()
        return _analysis(argument, tuple(settings), standard_input, every_variant, younger)


def _analysis(
    argument: str,
    settings: tuple[str, ...],
    standard_input: Callable[[], bytes] | None,
    every_variant: bool,
    younger: frozenset[str],
) -> Analysis:
    texts: dict[str, str] = {}
    found = Collected(Allowances(texts).keeps)
    files = Files(found.add, standard_input, texts)
    location = locate(argument, found.add)
    document = read_document(location, settings, files) if location else None
    if location is None or document is None:
        return Analysis(argument, None, None, _telling(found.ordered(), files.texts), files.texts)
    check_header(document, found.add)
    variant = location.variant or document.default_variant
    if location.variant is not None and variant not in document.variants:
        return _without_variant(argument, document, location.variant, found, files)
    variant = variant if variant in document.variants else None
    variants = _variants(document, variant, every_variant and location.variant is None)
    return _checked(argument, document, variants, every_variant, found, files, younger)


def _without_variant(argument: str, document: Document, variant: str, found: Collected, files: Files) -> Analysis:
    place = Span(document.location.shown, 1, 1)
    help = suggestion(variant, document.variants) or "this spec has no variants"
    found.add(Diagnostic("unknown-variant", f"{document.location.shown} has no variant {variant}", place, help=help))
    return Analysis(argument, None, None, _telling(found.ordered(), files.texts), files.texts)


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
    found: Collected,
    files: Files,
    younger: frozenset[str],
) -> Analysis:
    used_variables: set[str] = set()
    used_blocks: set[str] = set()
    used_defaults: set[Span] = set()
    first: tuple[Spec, Graph | None] | None = None
    entries, effort, allowances = 0, Effort(), Allowances(files.texts)
    for count, variant in enumerate(variants):
        if entries > MAX_OF_ALL_VARIANTS:
            found.add(_too_many_variants(document, count))
        if first is not None and (entries > MAX_OF_ALL_VARIANTS or found.overflows):
            break
        mine = Collected(allowances.keeps)
        report = _forgiving(mine.add, younger)
        spec = read_spec(document, variant, files, report, effort)
        expansion = expand(spec, report)
        for diagnostic in _ruled(spec, expansion.graph):
            report(diagnostic)
        used_variables |= spec.variables.used
        used_blocks |= expansion.used_blocks
        used_defaults |= expansion.used_defaults
        entries += expansion.entries + _COST_OF_A_VARIANT + document.root.size // 10
        _add_new(found, mine.ordered(), variant if first else None)
        first = first or (spec, expansion.graph)
    assert first is not None
    spec, graph = first
    complete = warn_unused and (len(variants) > 1 or not document.variants)
    if complete and not has_errors(found.ordered()):
        file = document.location.shown
        for diagnostic in unused_names(document.root, frozenset(used_variables), frozenset(used_blocks), file):
            found.add(diagnostic)
        for diagnostic in unused_defaults(document.root, frozenset(used_defaults), file):
            found.add(diagnostic)
    diagnostics = _telling(found.ordered(), files.texts)
    return Analysis(argument, spec, None if has_errors(diagnostics) else graph, diagnostics, files.texts)


def _forgiving(report: Report, younger: frozenset[str]) -> Report:
    """Reports what younger rules say as warnings."""

    def forgive(diagnostic: Diagnostic) -> None:
        report(replace(diagnostic, severity="warning") if diagnostic.code in younger else diagnostic)

    return forgive if younger else report


def _too_many_variants(document: Document, looked_at: int) -> Diagnostic:
    entry = document.root.entry("variants")
    message = f"the variants together expand to more than {MAX_OF_ALL_VARIANTS:,} entries: {looked_at} were looked at"
    help = "validate the others by name: spec.yaml@variant"
    return Diagnostic("model-too-large", message, entry.span if entry else document.root.span, help=help)


def _ruled(spec: Spec, graph: Graph | None) -> Iterator[Diagnostic]:
    for section_rule in SECTION_RULES:
        yield from section_rule(Sections(spec))
    for each in spec.each_phase():
        for section_rule in PHASE_SECTION_RULES:
            yield from section_rule(Sections(each))
    if graph is None:
        return
    for rule in RULES:
        yield from rule(Subject(spec, graph))
    for each, phase in zip(spec.each_phase(), graph.each_phase(), strict=True):
        for rule in PHASE_RULES:
            yield from rule(Subject(each, phase))


def _add_new(found: Collected, more: Iterable[Diagnostic], variant: str | None) -> None:
    """What another variant finds at another place, or of another kind, is new; it says which variant it was."""
    known = {(diagnostic.span, diagnostic.code) for diagnostic in found.ordered()}
    for diagnostic in more:
        if variant is None or (diagnostic.span, diagnostic.code) not in known:
            note = () if variant is None else (Note(f"in the variant {variant}"),)
            found.add(replace(diagnostic, notes=diagnostic.notes + note))


def _telling(found: tuple[Diagnostic, ...], texts: dict[str, str]) -> tuple[Diagnostic, ...]:
    """Without what follows from a broken text."""
    broken = {d.place for d in found if d.code in _BROKEN}
    return tuple(_settled(d, texts) for d in found if d.code in _BROKEN or not _places(d) & broken)


def _settled(diagnostic: Diagnostic, texts: dict[str, str]) -> Diagnostic:
    """The same with a help that says the whole of a setting, as it is to be typed, and not a part of it."""
    edit = diagnostic.edit
    if edit is None or edit.span.file != SETTINGS or diagnostic.help != str(edit):
        return diagnostic
    line, start = texts[SETTINGS].split("\n")[edit.span.line - 1], edit.span.column - 1
    setting = line[:start] + edit.text + line[start + edit.span.width :]
    return replace(diagnostic, help=f"write --set {shlex.quote(setting)}{edit.so}")


def _places(diagnostic: Diagnostic) -> set[tuple[str, int, int]]:
    return {diagnostic.place, *(note.span[:3] for note in diagnostic.notes if note.span)}
