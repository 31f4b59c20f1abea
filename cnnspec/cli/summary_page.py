"""The page of `cnnspec summary --html`: checked before anything is read, then printed or written."""

from pathlib import Path

from cnnspec.cli.boundary import usage_error
from cnnspec.cli.new_file import check_new_file
from cnnspec.cli.screen import say
from cnnspec.reports.safe import shown
from cnnspec.runs.files import write_text


def check_page(html: bool, output: Path | None, format: str, force: bool) -> None:
    """Raise what ends the command where the page cannot be what is asked for; `format` is that of a plain table."""
    if html and format != "table":
        raise usage_error(f"--html is a form of its own, and so is --format {format}", "leave out one of them")
    if output is not None and not html:
        raise usage_error("-o is for the page of --html", "write --html, too; or > FILE for what is printed")
    if output is not None:
        check_new_file(output, force, "-o", ".html")


def put_page(text: str, output: Path | None) -> None:
    """Print the page, or write it to a file."""
    if output is None:
        say(text.rstrip("\n"))
        return
    write_text(output, text)
    say(f"{shown(str(output))}: a page for a browser")
