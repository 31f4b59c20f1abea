"""What a page and its console promise: no colours where none are wanted, nothing that the stream cannot take."""

import io
import json
import os
import subprocess
import sys

import pytest
from rich.text import Text

from cnnspec.reports.page import DEFAULT_WIDTH, console_for, page_for, put
from cnnspec.reports.safe import json_text


def written(text: str | Text, encoding: str) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    put(console_for(stream), text)
    stream.seek(0)
    return stream.read()


def test_markup_and_emoji_codes_are_literal() -> None:
    assert written("[red]x[/red] :smile: 12", "utf-8") == "[red]x[/red] :smile: 12\n"


@pytest.mark.parametrize("text", ["a\tb\n", "\x07bell", "a\n\nb", "", "日本 " * 100, "a\x1b[31m"])
def test_a_pipe_gets_what_rich_would_write(text: str) -> None:
    """Whichever way it is written."""
    console = console_for(io.StringIO())
    console.print(text, end="\n", soft_wrap=True, markup=False, highlight=False, emoji=False)
    assert written(text, "utf-8") == console.file.getvalue()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_stream_without_unicode_gets_ascii_and_json_stays_exact(encoding: str) -> None:
    assert written("3×3 │ é", encoding) == "3x3 | \\u00e9\n"
    assert json.loads(written(json_text({"name": "日本語 é"}), encoding)) == {"name": "日本語 é"}


def test_a_pipe_is_80_columns_wide_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    page = page_for(console_for(io.StringIO()))
    assert (page.width, page.terminal) == (DEFAULT_WIDTH, False)
    monkeypatch.setenv("COLUMNS", "132")
    assert page_for(console_for(io.StringIO())).width == 132


@pytest.mark.parametrize(("variable", "styled"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_no_color_takes_all_styling_from_a_terminal(variable: dict[str, str], styled: bool) -> None:
    program = "import sys; from cnnspec.reports.page import *; from rich.text import Text; "
    program += "put(console_for(sys.stdout), Text('x', style='bold red'))"
    environment = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color", **variable}
    if not variable:
        environment.pop("NO_COLOR", None)
    printed = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert ("\x1b[" in printed.stdout) == styled
