"""`cnnspec schema`: what editors complete and check with."""

import json
from pathlib import Path
from typing import Annotated

from cnnspec import door
from cnnspec.cli.boundary import ends_here
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import say
from cnnspec.reports.safe import shown
from cnnspec.runs.files import write_text


@ends_here
def schema(
    output: Annotated[
        Path | None, Option("--output", "-o", metavar="FILE", help="Write it there instead of printing it.")
    ] = None,
) -> None:
    """Print the JSON Schema (draft-07) of specs, for an editor to complete and check while typing."""
    text = json.dumps(door.schema.spec_schema(), indent=1 if output is None else None, ensure_ascii=False)
    if output is None:
        say(text)
        return
    write_text(output, text + "\n")
    say(
        f"{shown(str(output))}: name it in the first line of a spec: "
        f"# yaml-language-server: $schema={shown(str(output))}"
    )
