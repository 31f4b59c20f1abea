"""Writes the reference: `python -m cnnspec.cli.reference docs`."""

import inspect
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

from typer import Typer
from typer.models import ArgumentInfo, OptionInfo

from cnnspec.cli.app import program
from cnnspec.reports.reference.pages import PAGES, page
from cnnspec.reports.reference.phrases import table
from cnnspec.runs.files import write_text


def commands_page() -> str:
    """Every command, with its arguments and options, read off the functions that the commands are."""
    app = program()
    sections = (part for path, command in _commands(app, ("cnnspec",)) for part in _section(path, command))
    return page("Commands", str(app.info.help), _EXITS, *sections)


_EXITS = """A command ends with 0 (fine), 1 (the spec or the data is wrong), 2 (wrong usage), 3 (the run failed) or 130
(interrupted). `-h` after any of them prints its help."""


def _commands(group: Typer, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Callable[..., Any]]]:
    for command in group.registered_commands:
        assert command.callback is not None
        yield (*path, command.name or command.callback.__name__.replace("_", "-")), command.callback
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from _commands(inner.typer_instance, (*path, str(inner.name)))


def _section(path: tuple[str, ...], command: Callable[..., Any]) -> Iterator[str]:
    parameters = list(inspect.signature(command, eval_str=True).parameters.values())
    shown = [parameter for parameter in parameters if not _info(parameter).hidden]
    arguments = [_usage(parameter) for parameter in shown if isinstance(_info(parameter), ArgumentInfo)]
    options = ["[OPTIONS]"] if len(arguments) < len(shown) else []
    yield f"## {' '.join(path)}"
    yield f"```\n{' '.join([*path, *options, *arguments])}\n```"
    yield " ".join(inspect.cleandoc(command.__doc__ or "").split())
    yield table(("argument or option", "default", "meaning"), [_row(parameter) for parameter in shown])


def _usage(parameter: inspect.Parameter) -> str:
    """An argument in a usage line: in brackets where it may be left out, with dots where it may be given again."""
    required = parameter.default is inspect.Parameter.empty
    kind = get_args(parameter.annotation)[0]
    several = any(get_origin(each) is list for each in (kind, *get_args(kind)))
    return (_value(parameter) if required else f"[{_value(parameter)}]") + ("..." if several else "")


def _info(parameter: inspect.Parameter) -> ArgumentInfo | OptionInfo:
    found = [item for item in get_args(parameter.annotation) if isinstance(item, ArgumentInfo | OptionInfo)]
    return found[0]


def _row(parameter: inspect.Parameter) -> tuple[str, str, str]:
    info, default = _info(parameter), parameter.default
    names = _names(info) or [f"--{parameter.name.replace('_', '-')}"]
    value = _value(parameter)
    written = ", ".join(f"`{f'{name} {value}'.strip()}`" for name in names)
    plain = default in (None, False, inspect.Parameter.empty)
    shown = "" if plain else f"`{default.value if isinstance(default, Enum) else default}`"
    return (f"`{value}`" if isinstance(info, ArgumentInfo) else written), shown, str(info.help or "")


def _names(info: ArgumentInfo | OptionInfo) -> list[str]:
    """The names that were given; inside Annotated, the first of them takes the place of a default."""
    return [name for name in (info.default, *(info.param_decls or ())) if isinstance(name, str) and name[:1] == "-"]


def _value(parameter: inspect.Parameter) -> str:
    """What stands for the value: the metavar, the choices of an enumeration, or the name; nothing for a flag."""
    info, kind = _info(parameter), get_args(parameter.annotation)[0]
    if kind is bool:
        return ""
    if info.metavar:
        return str(info.metavar)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(choice.value) for choice in kind)
    return parameter.name.upper()


def reference() -> dict[str, str]:
    """File name -> text of every page that is made from the code."""
    return {**{name: write() for name, write in PAGES.items()}, "commands.md": commands_page()}


def main(folder: Path) -> None:
    """Write the pages into a folder."""
    for name, text in reference().items():
        write_text(folder / name, text)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
