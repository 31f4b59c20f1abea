"""The program: its commands, and nothing else."""

import importlib
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from inspect import signature
from keyword import iskeyword
from typing import Annotated, Any, get_args, get_origin

import typer

from cnnspec import __version__
from cnnspec.cli.boundary import FINE, USAGE
from cnnspec.cli.command import Command
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import errors, show_diagnostics
from cnnspec.reports.page import put

COMMANDS = {
    "validate": ("validate", "Check specs: every mistake at once, with its place"),
    "summary": ("summary", "Print networks as the papers do"),
    "diff": ("diff", "What differs in meaning between two specs"),
    "explain": ("explain", "Explain a layer, or where a value comes from"),
    "diagram": ("diagram", "Draw networks: stages, blocks, skips and branches"),
    "data": ("data", "Show what the network will see of the data"),
    "train": ("train", "Train a spec's network into a run folder"),
    "sweep": ("sweep", "Try values of a spec, and tell which do best"),
    "evaluate": ("evaluate", "Score a run's best weights on a split"),
    "predict": ("predict", "Predict new pictures, texts, arrays or rows"),
    "look": ("look", "Show what a run's network looked at"),
    "report": ("report", "Runs as one web page: asked, seen, scored, mistaken"),
    "reproduce": ("reproduce", "Train a run once more: is it identical?"),
    "pack": ("pack", "Pack a run into one file, or for the Hub"),
    "unpack": ("unpack", "Verify a packed run, and make a folder of it"),
    "export": ("export", "Write a run's network for another runtime, verified"),
    "demo": ("demo", "Try a run's network on a page of its own"),
    "import": ("importing", "Write the spec of a model of Keras"),
    "build": ("build", "Save the Keras model of a spec, untrained"),
    "code": ("code", "Write the network as a Python file that needs Keras alone"),
    "weights": ("weights", "Files of weights: what is in them, where it would go"),
    "schema": ("schema", "Print the JSON Schema of specs, for editors"),
    "init": ("specs", "Write a first spec of your own"),
    "runs": ("runs", "What was run, with which settings and scores"),
    "specs": ("specs", "List, show or copy the bundled specs"),
}
"""Each command's module in this package, and what a list of commands says of it."""
_GROUPS = frozenset({"runs", "specs", "weights"})
"""Commands with commands of their own."""
USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]
"""What all refusals of a command line are; of their kinds typer gives away this one alone."""


def program(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with these commands; only what they need is imported."""
    app = typer.Typer(
        name="cnnspec",
        help="A convolutional network and its training in one YAML file.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name in names:
        _add(app, name)
    return app


def carried_out(typed: Sequence[str]) -> int:
    """What was typed, done; its exit code."""
    typed = _with_values(typed)
    try:
        return program(_named(typed))(args=list(typed), prog_name="cnnspec", standalone_mode=False) or FINE
    except USAGE_ERROR as error:
        if "\n" in str(error):  # nothing but the program's name was typed, and its help is all there is to say
            put(errors(), str(error))
        else:
            show_diagnostics([importlib.import_module("cnnspec.cli.misuse").misuse(error, typed)], {})
        return USAGE


_BARE = "--tensorboard"
"""An option whose value may be left out, which typer has no word for: it is given an empty one."""


def _with_values(typed: Sequence[str]) -> Sequence[str]:
    if _BARE not in typed:
        return typed
    pairs = zip(typed, (*typed[1:], "-"), strict=True)
    return [f"{word}=" if word == _BARE and following.startswith("-") else word for word, following in pairs]


def _named(arguments: Sequence[str]) -> Iterable[str]:
    """The command that was typed, where that is clear; else all, for help, completion and what is misspelt."""
    return arguments[:1] if arguments and arguments[0] in COMMANDS else COMMANDS


def _add(app: typer.Typer, name: str) -> None:
    module, said = COMMANDS[name]
    found = importlib.import_module(f"cnnspec.cli.{module}")
    if name in _GROUPS:
        for command in (*found.app.registered_commands, found.app.registered_callback):
            if command is not None and command.callback is not None:
                command.callback = _in_typers_words(command.callback)
        app.add_typer(found.app, name=name, short_help=said)
    else:
        app.command(name, short_help=said, cls=Command)(
            _in_typers_words(getattr(found, f"{name}_" if iskeyword(name) else name))
        )


def _in_typers_words(command: Callable[..., None]) -> Callable[..., None]:
    """The command with its arguments and options as typer has them."""

    @wraps(command)
    def called(*args: Any, **kwargs: Any) -> None:
        command(*args, **kwargs)

    found = signature(command)
    parameters = [each.replace(annotation=_typers(each.annotation)) for each in found.parameters.values()]
    called.__dict__["__signature__"] = found.replace(parameters=parameters)
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    return called


def _typers(annotation: Any) -> Any:
    if get_origin(annotation) is not Annotated:
        return annotation
    kind, *marks = get_args(annotation)
    return Annotated[kind, *map(_typers_mark, marks)]


def _typers_mark(mark: object) -> Any:
    if isinstance(mark, Argument):
        return typer.Argument(metavar=mark.metavar, help=mark.help, autocompletion=mark.completion)
    if isinstance(mark, Option):
        bounds: dict[str, Any] = {"min": mark.min, "max": mark.max}
        said: dict[str, Any] = {"metavar": mark.metavar, "help": mark.help, "autocompletion": mark.completion}
        return typer.Option(mark.names[0], *mark.names[1:], **said, **bounds)
    return mark


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cnnspec {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A convolutional network and its training in one YAML file."""
