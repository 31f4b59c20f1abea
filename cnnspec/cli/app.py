"""The program: its commands, and nothing else."""

import signal
from typing import Annotated

import typer

from cnnspec import __version__
from cnnspec.cli import runs, specs
from cnnspec.cli.boundary import INTERRUPTED
from cnnspec.cli.build import build
from cnnspec.cli.command import Command
from cnnspec.cli.data import data
from cnnspec.cli.evaluate import evaluate
from cnnspec.cli.predict import predict
from cnnspec.cli.schema import schema
from cnnspec.cli.summary import summary
from cnnspec.cli.train import train
from cnnspec.cli.validate import validate

app = typer.Typer(
    name="cnnspec",
    help="A convolutional network and its training in one YAML file.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cnnspec {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A convolutional network and its training in one YAML file."""


app.command(short_help="Check specs: every mistake at once, with its place", cls=Command)(validate)
app.command(short_help="Print networks as the papers do", cls=Command)(summary)
app.command(short_help="Show what the network will see of the data", cls=Command)(data)
app.command(short_help="Train a spec's network into a run folder", cls=Command)(train)
app.command(short_help="Score a run's best weights on a split", cls=Command)(evaluate)
app.command(short_help="Predict new pictures, texts, arrays or rows", cls=Command)(predict)
app.command(short_help="Save the Keras model of a spec, untrained", cls=Command)(build)
app.command(short_help="Print the JSON Schema of specs, for editors", cls=Command)(schema)
app.command("init", short_help="Write a first spec of your own", cls=Command)(specs.init)
app.add_typer(runs.app, name="runs", short_help="What was run, with which settings and scores")
app.add_typer(specs.app, name="specs", short_help="List, show or copy the bundled specs")


def main() -> None:
    """Run the command line. Who interrupts it twice gets the exit code of the first time."""
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise
