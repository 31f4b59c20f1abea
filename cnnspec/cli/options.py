"""Arguments and options that several commands share."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

from cnnspec.cli.boundary import usage_error
from cnnspec.cli.completers import complete_spec
from cnnspec.cli.parameters import Argument, Option


def standard_input() -> bytes:
    """What stands on standard input, up to a little more than a spec may have; raises what ends the command."""
    return open_input().read(2**20 + 1)


def open_input() -> BinaryIO:
    """Standard input; raises what ends the command where the program was started without one."""
    if sys.stdin is None:
        raise usage_error("standard input is closed", "name a file instead of -, or pipe something in")
    return sys.stdin.buffer


def open_own_input() -> BinaryIO:
    """Standard input for a thread that may wait for it when the program ends, where Python closes what it opened."""
    return os.fdopen(os.dup(open_input().fileno()), "rb")


class Format(StrEnum):
    """How a table is printed."""

    table = "table"
    json = "json"


SpecArgument = Annotated[
    str,
    Argument(
        metavar="SPEC",
        help="A spec: file.yaml or a bundled name, with @variant if wanted; - reads standard input; git:REVISION:path.",
        completion=complete_spec,
    ),
]
SetOption = Annotated[
    list[str] | None,
    Option("--set", metavar="PATH=VALUE", help="Set a value of the spec, as in training.epochs=3; may be given again."),
]
DataRootOption = Annotated[
    Path | None,
    Option("--data-root", metavar="DIR", help="Where the spec's data paths start, instead of its own folder."),
]
FormatOption = Annotated[Format, Option("--format", help="How to print it.")]
