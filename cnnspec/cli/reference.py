"""Writes the reference: `python -m cnnspec.cli.reference docs`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from cnnspec.cli.app import app
from cnnspec.reports.reference.pages import PAGES, page
from cnnspec.reports.reference.phrases import table
from cnnspec.runs.files import write_text


def commands_page() -> str:
    """Every command, with its arguments and options, as the command line itself knows them."""
    root: Any = typer.main.get_command(app)
    sections = (part for path, command in _commands(root, ("cnnspec",)) for part in _section(path, command))
    return page("Commands", str(root.help), _EXITS, *sections)


_EXITS = """A command ends with 0 (fine), 1 (the spec or the data is wrong), 2 (wrong usage), 3 (the run failed) or 130
(interrupted). `-h` after any of them prints its help."""


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        if hasattr(inner, "commands"):
            yield from _commands(inner, (*path, name))
        else:
            yield (*path, name), inner


def _section(path: tuple[str, ...], command: Any) -> Iterator[str]:
    context = typer.Context(command, info_name=" ".join(path))
    usage = " ".join([*path, *command.collect_usage_pieces(context)])
    yield f"## {' '.join(path)}"
    yield f"```\n{usage}\n```"
    yield " ".join(str(command.help or "").split())
    rows = [_row(parameter, context) for parameter in command.params if not getattr(parameter, "hidden", False)]
    yield table(("argument or option", "default", "meaning"), rows) if rows else ""


def _row(parameter: Any, context: Any) -> tuple[str, str, str]:
    value = "" if getattr(parameter, "is_flag", False) else _metavar(parameter, context)
    options = parameter.opts if parameter.param_type_name == "option" else ()
    name = ", ".join(f"`{f'{option} {value}'.strip()}`" for option in options) or f"`{value}`"
    default = parameter.default
    plain = default is None or default is False or callable(default)
    return name, "" if plain else f"`{getattr(default, 'value', default)}`", str(parameter.help or "")


def _metavar(parameter: Any, context: Any) -> str:
    return str(parameter.make_metavar(context)).strip("[]") if not parameter.metavar else str(parameter.metavar)


def reference() -> dict[str, str]:
    """File name -> text of every page that is made from the code."""
    return {**{name: write() for name, write in PAGES.items()}, "commands.md": commands_page()}


def main(folder: Path) -> None:
    """Write the pages into a folder."""
    for name, text in reference().items():
        write_text(folder / name, text)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
