"""`cnnspec specs` and `cnnspec init`: the bundled specs, and a first one of one's own."""

import os
import re
import shlex
from pathlib import Path
from typing import Annotated

import typer

from cnnspec.analysis import analyse
from cnnspec.api import bundled
from cnnspec.cli.boundary import WRONG, ends_here, usage_error
from cnnspec.cli.command import Command
from cnnspec.cli.completers import complete_bundled
from cnnspec.cli.new_file import already_there
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import flowing, say, show_diagnostics
from cnnspec.cli.summary import TableFormat, print_overview
from cnnspec.language.bundled import bundled_folder, bundled_names
from cnnspec.language.keys import NAME_PATTERN
from cnnspec.reports.safe import shown
from cnnspec.runs.files import write_text
from cnnspec.source.diagnostic import Rejected

app = typer.Typer(help="List, show or copy the specs that come with cnnspec.", no_args_is_help=True)

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
    _write(path, bundled.to_change(text, path.stem), force)
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


def _text(named: str) -> str:
    """A bundled spec's text; shows why there is none, and exits."""
    try:
        return bundled.show_spec(named)
    except Rejected as refusal:
        show_diagnostics(refusal.diagnostics, {})
        raise SystemExit(WRONG) from None


def _write(path: Path, text: str, force: bool) -> None:
    if os.path.lexists(path) and not force:  # a link that leads nowhere is somebody's, too
        raise already_there(path)
    write_text(path, text)


def _write_schema(folder: Path) -> None:
    """Put the schema that a spec's first line names beside it, for the editor; one that is there stays."""
    path = bundled.write_schema(folder)
    if path is not None:
        say(flowing(f"{shown(str(path))}: lets an editor complete and check specs while typing"))
