"""What a command says of the weights to begin with."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cnnspec.cli.boundary import usage_error
from cnnspec.cli.completers import complete_run
from cnnspec.cli.parameters import Option
from cnnspec.results.transfer import Start
from cnnspec.runs.places import below_runs

StartFromOption = Annotated[
    Path | None,
    Option(
        "--start-from",
        metavar="RUN",
        help="Begin with the weights of a run, or of a file (.keras, .weights.h5, .h5, .safetensors, .npz), instead of "
        "training.start_from.",
        completion=complete_run,
    ),
]
PartialOption = Annotated[
    bool,
    Option("--partial", help="With --start-from: take the weights that fit, and draw the others as usual."),
]
NewOption = Annotated[
    list[str] | None,
    Option(
        "--new", metavar="STAGE", help="With --start-from: a stage or entry that need not be there; may be given again."
    ),
]


def start_of(path: Path | None, partial: bool, new: Sequence[str], runs: Path) -> Start | None:
    """What to start from; raises what ends the command where it is to be taken in part and there is nothing to take."""
    if path is not None:
        return Start(below_runs(path, runs), not partial, tuple(new))
    for option, key in (("--partial" if partial else "", "strict: false"), ("--new" if new else "", "new: [head]")):
        if option:
            help = f"in a spec, write start_from: {{weights: ..., {key}}}"
            raise usage_error(f"{option} without --start-from", help)
    return None
