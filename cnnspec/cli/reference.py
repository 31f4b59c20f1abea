"""Writes the reference: `python -m cnnspec.cli.reference docs`."""

import inspect
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

from typer import Typer
from typer.main import get_command
from typer.models import ArgumentInfo, OptionInfo

from cnnspec.cli.app import program
from cnnspec.cli.completion import TABLE
from cnnspec.reports.reference.pages import PAGES, page
from cnnspec.reports.reference.phrases import table
from cnnspec.reports.safe import json_text
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


def completion_table() -> str:
    """What `cnnspec.cli.completion` reads: every command with its options, arguments and commands, as JSON."""
    command = get_command(program())
    return json_text(_completion(command, command.make_context("cnnspec", [], resilient_parsing=True))) + "\n"


def _completion(command: Any, context: Any) -> dict[str, Any]:
    params = [each for each in command.get_params(context) if not getattr(each, "hidden", False)]
    return {
        "help": command.get_short_help_str(),
        "options": [_option(each) for each in params if each.param_type_name == "option"],
        "arguments": [_parameter(each, each.nargs == -1) for each in params if each.param_type_name == "argument"],
        "commands": {
            name: _completion(inner, inner.make_context(name, [], parent=context, resilient_parsing=True))
            for name, inner in getattr(command, "commands", {}).items()
        },
    }


def _option(option: Any) -> dict[str, Any]:
    names = [*option.opts, *option.secondary_opts]
    return {
        "names": sorted(names) if option.name == "help" else names,  # typer has those of help in no order
        "help": option.help or "",
        "takes": not option.is_flag,
        **_parameter(option, option.multiple),
    }


def _parameter(parameter: Any, several: bool) -> dict[str, Any]:
    completion = parameter.type_descriptor.parameter_info.autocompletion
    choices = [str(getattr(each, "value", each)) for each in parameter.type_descriptor.choices or ()]
    return {"several": several, "choices": choices, "completer": completion.__name__ if completion else ""}


def main(folder: Path) -> None:
    """Write the pages into a folder, and the table of completion into the package."""
    write_text(TABLE, completion_table())
    for name, text in reference().items():
        write_text(folder / name, text)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
