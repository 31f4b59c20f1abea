"""`cnnspec unpack`: a packed run verified, and made a folder again."""

from pathlib import Path
from typing import Annotated

from cnnspec.api.sharing import unpacked
from cnnspec.cli.boundary import ends_here
from cnnspec.cli.new_file import check_new_folder
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import page, say
from cnnspec.reports.commands import titled_commands
from cnnspec.reports.numbers import memory, plural
from cnnspec.reports.safe import shown


@ends_here
def unpack(
    file: Annotated[Path, Argument(metavar="RUN.zip", help="A run that cnnspec pack wrote.")],
    output: Annotated[
        Path | None,
        Option("--output", "-o", metavar="DIR", help="The new folder; else one that is called as the file is."),
    ] = None,
) -> None:
    """Unpack a run into a new folder once all of it is as it was packed; what would leave the folder is refused."""
    target = output or Path(file.stem)
    check_new_folder(target)
    manifest = unpacked(file, target)
    size = sum(mark["size"] for mark in manifest.files.values())
    files = plural(len(manifest.files), "file")
    say(f"{shown(str(target))}: {shown(manifest.run)}, {files}, {memory(size)}, all as they were packed")
    words = [("next", ["cnnspec", "runs", "show", str(target)])]
    say("\n".join(titled_commands(words, page())))
