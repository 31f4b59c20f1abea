"""Arguments and options that several commands share."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from cnnspec.cli.parameters import Argument, Option
from cnnspec.language.document import Files, read_document
from cnnspec.language.location import bundled_names, locate
from cnnspec.source.diagnostic import Diagnostic


def complete_bundled(incomplete: str) -> list[str]:
    """Bundled names that begin with what was typed."""
    return [name for name in bundled_names() if name.startswith(incomplete)]


def complete_spec(incomplete: str) -> list[str]:
    """Bundled names and spec files that begin with what was typed; after an @, the variants."""
    name, at, _ = incomplete.partition("@")
    if name and at:
        return [each for each in (f"{name}@{variant}" for variant in _variants(name)) if each.startswith(incomplete)]
    folder = Path(incomplete).parent if "/" in incomplete else Path()
    files = [str(path) for path in sorted(folder.glob("*.yaml"))] if folder.is_dir() else []
    return [name for name in (*bundled_names(), *files) if name.startswith(incomplete)]


def _variants(spec: str) -> tuple[str, ...]:
    wrong: list[Diagnostic] = []
    location = locate(spec, wrong.append)
    document = read_document(location, (), Files(wrong.append)) if location else None
    return document.variants if document else ()


def standard_input() -> bytes:
    """What stands on standard input, up to a little more than a spec may have."""
    return sys.stdin.buffer.read(2**20 + 1)


class Format(StrEnum):
    """How a table is printed."""

    table = "table"
    json = "json"


SpecArgument = Annotated[
    str,
    Argument(
        metavar="SPEC",
        help="A spec: file.yaml, a bundled name, either with @variant; - reads standard input.",
        completion=complete_spec,
    ),
]
SetOption = Annotated[
    list[str] | None,
    Option("--set", metavar="PATH=VALUE", help="Set a value of the spec, as in training.epochs=3; may be given again."),
]
DataRootOption = Annotated[
    Path | None,
    Option("--data-root", metavar="DIR", help="Where the spec's data paths start, instead of its own folder."),
]
FormatOption = Annotated[Format, Option("--format", help="How to print it.")]
