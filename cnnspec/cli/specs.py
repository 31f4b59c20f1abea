"""`cnnspec specs` and `cnnspec init`: the bundled specs, and a first one of one's own."""

import os
import re
import shlex
from pathlib import Path
from typing import Annotated

import typer

from cnnspec.analysis import analyse
from cnnspec.cli.boundary import WRONG, ends_here, usage_error
from cnnspec.cli.command import Command
from cnnspec.cli.completers import complete_bundled
from cnnspec.cli.new_file import already_there
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import flowing, say, show_diagnostics
from cnnspec.cli.summary import TableFormat, print_overview
from cnnspec.language.bundled import bundled_folder, bundled_names, bundled_text
from cnnspec.language.bundled_variants import bundled_meant, bundled_variants
from cnnspec.language.keys import NAME_PATTERN
from cnnspec.reports.safe import shown
from cnnspec.runs.files import write_text
from cnnspec.source.diagnostic import Diagnostic, suggestion

app = typer.Typer(help="List, show or copy the specs that come with cnnspec.", no_args_is_help=True)

SCHEMA = "cnnspec.schema.json"
"""What the first line of a bundled spec names for editors."""

Bundled = Annotated[
    str,
    Argument(
        metavar="NAME",
        help="A bundled spec's name, with @variant if wanted.",
        completion=complete_bundled,
    ),
]
_FROM = (
    "The bundled spec to start from, with @variant if wanted: photos and reviews for classes of pictures and texts, "
    "regression for a number, multilabel for several labels at once, two-inputs, ..."
)
Force = Annotated[bool, Option("--force", help="Replace a file that is there.")]


@app.command("list", cls=Command)
@ends_here
def list_specs(
    format: Annotated[TableFormat, Option("--format", help="How to print it.")] = TableFormat.table,
) -> None:
    """One line for every bundled spec, by subject; with data those have a score, without they have variants."""
    print_overview([bundled_folder() / f"{name}.yaml" for name in bundled_names()], format, by_subject=True)


@app.command("show", cls=Command)
@ends_here
def show_spec(name: Bundled) -> None:
    """Print a bundled spec."""
    say(_text(name), end="")


@app.command("copy", cls=Command)
@ends_here
def copy_spec(
    name: Bundled,
    target: Annotated[Path | None, Argument(metavar="FILE", help="Where to; NAME.yaml here by default.")] = None,
    force: Force = False,
) -> None:
    """Copy a bundled spec, to change it."""
    text = _text(name)
    file = f"{name.partition('@')[0]}.yaml"
    path = target or Path(file)
    path = path / file if path.is_dir() else path
    _write(path, text, force)
    say(flowing(f"{shown(str(path))}: a copy of {name}; try: cnnspec summary {shown(shlex.quote(str(path)))}"))
    _write_schema(path.parent)


@ends_here
def init(
    target: Annotated[Path, Argument(metavar="FILE", help="The spec to write.")] = Path("network.yaml"),
    start: Annotated[
        str,
        Option("--from", metavar="NAME", help=_FROM, completion=complete_bundled),
    ] = "digits",
    force: Force = False,
) -> None:
    """Write a first spec of your own; that of digits, which is meant where none is named, trains as it is."""
    text = _text(start)
    if not target.name:
        raise usage_error(f"{str(target)!r} is no file", "write cnnspec init network.yaml")
    if target.suffix not in ("", ".yaml", ".yml"):
        raise usage_error(f"{target} does not end in .yaml", f"write cnnspec init {target.with_suffix('.yaml')}")
    path = target if target.suffix else target.with_name(f"{target.name}.yaml")
    if not re.fullmatch(NAME_PATTERN, path.stem):
        raise usage_error(
            f"{path.stem!r} is no name for a network", "a letter, then at most 63 letters, digits, _, . or -"
        )
    _write(path, _to_change(text, path.stem), force)
    say(flowing(f"{shown(str(path))}: a copy of {start} to change; {_to_try(path)}"))
    _write_schema(path.parent)


def _to_try(path: Path) -> str:
    """What to do first: train where the data is there, look at a network that has none."""
    spec, name = analyse(str(path)).spec, shown(shlex.quote(str(path)))
    if spec is None or spec.data is None or spec.training is None:
        return f"try: cnnspec summary {name}"
    missing = [shown(file) for file in spec.data.files() if not (path.parent / file).exists()]
    if missing:
        return f"put your data where it says, as {missing[0]}, or change it; then: cnnspec data {name}"
    return f"try: cnnspec train {name}"


def _to_change(text: str, name: str) -> str:
    """A spec under a name of its own, without what is true of the bundled one alone: its figures and expectations."""
    text = re.sub(r"(?m)^name:.*$", f"name: {name}", text, count=1)
    text = re.sub(r"(?m)^expect:.*\n([ \t]+.*\n)*", "", text)
    said, _, spec = text.partition("\ncnnspec:")
    kept = re.split(r"(?m)^# command:", said)[0].rstrip("#\n ")
    return f"{kept}\n\ncnnspec:{spec}"


def _text(named: str) -> str:
    """A bundled spec's text; with `@variant`, that one is its default."""
    name, at, variant = named.partition("@")
    if name not in bundled_names():
        words = bundled_meant(named)
        help = f"write {' or '.join(words)}" if words else suggestion(named, bundled_names(), 40)
        raise _refused("unknown-spec", f"there is no bundled spec {named}", help)
    text = bundled_text(name)
    if not at:
        return text
    if variant not in (known := bundled_variants(name)):
        help = suggestion(f"{name}@{variant}", [f"{name}@{each}" for each in known]) or f"write {name}"
        raise _refused("unknown-variant", f"{name} has no variant {variant}", help)
    return _with_default(text, variant)


def _refused(code: str, message: str, help: str) -> SystemExit:
    """Show why there is no such spec; to be raised."""
    show_diagnostics([Diagnostic(code, message, help=help)], {})
    return SystemExit(WRONG)


def _with_default(text: str, variant: str) -> str:
    """A spec's text with another default variant, which stands before its variants where there was none."""
    line = f"default_variant: {variant}"
    if re.search(r"(?m)^default_variant:", text):
        return re.sub(r"(?m)^default_variant:.*$", line, text, count=1)
    return re.sub(r"(?m)^(?=extends:|variants:)", f"{line}\n", text, count=1)


def _write(path: Path, text: str, force: bool) -> None:
    if os.path.lexists(path) and not force:  # a link that leads nowhere is somebody's, too
        raise already_there(path)
    write_text(path, text)


def _write_schema(folder: Path) -> None:
    """Put the schema that a spec's first line names beside it, for the editor; one that is there stays."""
    path = folder / SCHEMA
    if not os.path.lexists(path):
        write_text(path, (bundled_folder() / SCHEMA).read_text(encoding="utf-8"))
        say(flowing(f"{shown(str(path))}: lets an editor complete and check specs while typing"))
