"""Commands to be copied, and long words: no line is broken where it hurts."""

import io
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from cnnspec.cli.screen import flowing
from cnnspec.reports.commands import titled_commands
from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.page import Page

NARROW, PIPE = Page(60, terminal=True), Page(60)
LONG = ["cnnspec", "train", "photos.yaml", "--set", "training.epochs=300", "--set", "vars.classes=1000", "--dry-run"]


def test_a_long_command_goes_on_behind_a_backslash_on_a_terminal() -> None:
    """An option keeps its value; in a pipe the command stays on its line."""
    assert titled_commands([("next", LONG)], NARROW) == [
        " next  cnnspec train photos.yaml --set training.epochs=300 \\",
        "         --set vars.classes=1000 --dry-run",
    ]
    (line,) = titled_commands([("next", LONG)], PIPE)
    assert line == f" next  {shlex.join(LONG)}"


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1), min_size=1, max_size=12))
def test_a_shell_reads_the_command_that_was_meant(words: list[str]) -> None:
    """And no line is wider than the terminal, unless a word with its option is."""
    lines = titled_commands([("", words)], NARROW)
    assert shlex.split("\n".join(lines).replace("\\\n", "")) == words
    widest = max(cell_len(shlex.quote(word)) for word in words)
    assert all(cell_len(line) <= max(60, 2 * widest + 20) for line in lines)


def test_a_long_word_is_parted_where_its_parts_join() -> None:
    """Names at underscores, paths at slashes; only what has no joint is cut."""
    assert wrap("sparse_categorical_crossentropy", 22) == ["sparse_categorical_", "crossentropy"]
    assert wrap("of runs/a_long_name-12/checkpoints", 24) == ["of", "runs/a_long_name-12/", "checkpoints"]
    assert wrap("x" * 30, 20) == ["x" * 20, "x" * 10]
    assert wrap("a_" + "x" * 30, 20) == ["a_" + "x" * 18, "x" * 12]


@given(st.text(max_size=80), st.integers(1, 30))
def test_nothing_is_lost_by_wrapping(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_len(line) <= max(2, width) for line in lines)


TO_GIVE = (
    "runs/digits-1 is finished after epoch 2; to give it more: cnnspec train --resume runs/digits-1 --set vars.n=4"
)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("note: the rate was to fall over 2 epochs, and from here on does over 3", 2),
        (TO_GIVE, 2),
        ("a quote that is none: cnnspec 'train the network until the loss does not fall any more", 2),
        (f"{TO_GIVE} --devices 2 --runs elsewhere", 3),
        ("short: cnnspec train digits", 1),
    ],
)
def test_sentences_are_broken_between_words_and_a_command_stands_alone(text: str, lines: int) -> None:
    there, pipe = Console(file=io.StringIO(), force_terminal=True, width=60), Console(file=io.StringIO(), width=60)
    told = flowing(text, there).split("\n")
    assert len(told) == lines and all(cell_len(line) <= 60 for line in told)
    assert " ".join(line.removesuffix(" \\").strip() for line in told) == text
    assert flowing(text, pipe) == text
