"""The program: its commands, and nothing else."""

import importlib
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from cnnspec import __version__
from cnnspec.cli.boundary import FINE, INTERRUPTED, USAGE
from cnnspec.cli.command import Command
from cnnspec.cli.screen import errors, show_diagnostics
from cnnspec.reports.page import put

COMMANDS = {
    "validate": ("validate", "Check specs: every mistake at once, with its place"),
    "summary": ("summary", "Print networks as the papers do"),
    "data": ("data", "Show what the network will see of the data"),
    "train": ("train", "Train a spec's network into a run folder"),
    "evaluate": ("evaluate", "Score a run's best weights on a split"),
    "predict": ("predict", "Predict new pictures, texts, arrays or rows"),
    "build": ("build", "Save the Keras model of a spec, untrained"),
    "schema": ("schema", "Print the JSON Schema of specs, for editors"),
    "init": ("specs", "Write a first spec of your own"),
    "runs": ("runs", "What was run, with which settings and scores"),
    "specs": ("specs", "List, show or copy the bundled specs"),
}
"""Each command's module in this package, and what a list of commands says of it."""
_GROUPS = frozenset({"runs", "specs"})
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


def main() -> None:
    """Run the command line. Who interrupts it twice gets the exit code of the first time."""
    try:
        sys.exit(_carried_out(sys.argv[1:]))
    except SystemExit as end:
        if end.code == INTERRUPTED:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise


def _carried_out(typed: Sequence[str]) -> int:
    """What was typed, done; its exit code."""
    try:
        return program(_named(typed))(args=list(typed), prog_name="cnnspec", standalone_mode=False) or FINE
    except USAGE_ERROR as error:
        if "\n" in str(error):  # nothing but the program's name was typed, and its help is all there is to say
            put(errors(), str(error))
        else:
            show_diagnostics([importlib.import_module("cnnspec.cli.misuse").misuse(error, typed)], {})
        return USAGE


def _named(arguments: Sequence[str]) -> Iterable[str]:
    """The command that was typed, where that is clear; else all, for help, completion and what is misspelt."""
    return arguments[:1] if arguments and arguments[0] in COMMANDS else COMMANDS


def _add(app: typer.Typer, name: str) -> None:
    module, said = COMMANDS[name]
    found = importlib.import_module(f"cnnspec.cli.{module}")
    if name in _GROUPS:
        app.add_typer(found.app, name=name, short_help=said)
    else:
        app.command(name, short_help=said, cls=Command)(getattr(found, name))


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
