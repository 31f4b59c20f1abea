"""`cnnspec validate`: every mistake of every spec, all at once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from cnnspec import door
from cnnspec.analysis import Analysis, analyse
from cnnspec.cli.boundary import WRONG, ends_here, usage_error
from cnnspec.cli.completers import complete_spec
from cnnspec.cli.options import SetOption, standard_input
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import output, say, show_diagnostics
from cnnspec.reports.safe import shown
from cnnspec.source.codes import CODES
from cnnspec.source.diagnostic import Diagnostic, has_errors, ordered
from cnnspec.source.span import Span


class DiagnosticFormat(StrEnum):
    """How diagnostics are printed."""

    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"


Specs = Annotated[
    list[str],
    Argument(
        metavar="SPEC",
        help="Specs: files, folders of them, bundled names; - reads standard input.",
        completion=complete_spec,
    ),
]


@ends_here
def validate(
    specs: Specs,
    format: Annotated[
        DiagnosticFormat, Option("--format", help="How to print what was found.")
    ] = DiagnosticFormat.text,
    strict: Annotated[bool, Option("--strict", help="Exit with 1 on warnings too.")] = False,
    settings: SetOption = None,
) -> None:
    """Check specs: all mistakes of all of them, each with its place and what to write instead."""
    analyses = [analyse(spec, settings or (), standard_input, every_variant=True) for spec in _files(specs)]
    found = ordered(diagnostic for analysis in analyses for diagnostic in analysis.diagnostics)
    if format is DiagnosticFormat.text:
        _print_text(analyses, found)
    else:
        say(_formatted(analyses, found, format))
    if has_errors(found) or (strict and found):
        raise SystemExit(WRONG)


def _files(specs: list[str]) -> list[str]:
    """The arguments, a folder standing for the specs in it."""
    return list(dict.fromkeys(file for spec in specs for file in (_inside(spec) if Path(spec).is_dir() else [spec])))


def _inside(folder: str) -> list[str]:
    """The specs in a folder, of which there is at least one."""
    found = sorted(str(path) for path in Path(folder).glob("*") if path.suffix in (".yaml", ".yml"))
    if not found:
        raise usage_error(
            f"there is no spec in {folder}", "a spec's name ends in .yaml; write a first one: cnnspec init"
        )
    return found


def _formatted(analyses: Sequence[Analysis], found: Sequence[Diagnostic], format: DiagnosticFormat) -> str:
    if format is DiagnosticFormat.json:
        return door.diagnostics_json.as_json(found)
    if format is DiagnosticFormat.github:
        return door.github.as_github(found)
    return door.sarif.as_sarif(ordered(_located(analyses)), CODES)


def _located(analyses: Sequence[Analysis]) -> Iterator[Diagnostic]:
    """Every mistake with a place: code scanning takes none without, not even that a spec is not there."""
    for analysis in analyses:
        beginning = Span(analysis.argument, 1, 1, 1)
        for each in analysis.diagnostics:
            yield each if each.span else replace(each, span=beginning)


def _print_text(analyses: Sequence[Analysis], found: Sequence[Diagnostic]) -> None:
    texts = {file: text for analysis in analyses for file, text in analysis.texts.items()}
    show_diagnostics(found, texts, output())
    for analysis in analyses:
        if not analysis.diagnostics:
            say(f"{shown(analysis.argument)}: fine")
