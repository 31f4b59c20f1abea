"""The program: its commands, and nothing else."""

import gc
from typing import Annotated

import typer

from cnnspec import __version__
from cnnspec.cli import specs
from cnnspec.cli.build import build
from cnnspec.cli.evaluate import evaluate
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


app.command()(validate)
app.command()(summary)
app.command()(train)
app.command()(evaluate)
app.command()(build)
app.command()(schema)
app.command("init")(specs.init)
app.add_typer(specs.app, name="specs")


def main() -> None:
    """Run the command line."""
    # A walk makes many objects and hardly any garbage, and looking for it takes as long as the walk.
    gc.set_threshold(100_000, 20, 20)
    app()
