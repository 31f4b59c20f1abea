"""Words are completed as typer completes them, from a table that is made of the commands."""

import functools
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cnnspec.cli.app import program
from cnnspec.cli.completion import TABLE, completed
from cnnspec.cli.reference import completion_table
from cnnspec.reports.reference.pages import COMMAND

LINES = (
    "", "val", "-", "--", "--v", "validate ", "validate di", "validate digits re", "validate resnet@", "validate -",
    "validate --strict --", "validate --set a=1 --s", "validate --format=j", "validate --format ", "summary --format m",
    "runs ", "runs s", "runs show ", "runs show runs/one-1 ", "runs compare runs/one-1 ", "train digits --data-root ",
    "train digits --resume ", "predict ", "init --from res", "specs copy ", "evaluate runs/one-1 --split t",
)  # fmt: skip


def variables(line: str, shell: str) -> dict[str, str]:
    """How a shell asks what may follow `cnnspec LINE`."""
    words = f"cnnspec {line}"
    return {
        "_CNNSPEC_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": words,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - (not words.endswith(" "))),
    }


def from_typer(line: str, shell: str) -> str:
    return CliRunner().invoke(_whole(), [], prog_name="cnnspec", env=variables(line, shell)).output


@functools.cache
def _whole() -> typer.Typer:
    return program()


def from_table(line: str, shell: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in variables(line, shell).items():
        monkeypatch.setenv(name, value)
    answer = completed(shell)
    assert answer is not None
    return f"{answer}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where there are a spec and a run."""
    (tmp_path / "mine.yaml").touch()
    (tmp_path / "runs" / "one-1").mkdir(parents=True)
    (tmp_path / "runs" / "one-1" / "spec.yaml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_table_says_what_the_commands_say() -> None:
    assert TABLE.read_text(encoding="utf-8") == completion_table(), f"run `{COMMAND}`"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("line", "shell"), list(itertools.product(LINES, ("bash", "zsh", "fish"))))
def test_words_are_completed_as_typer_completes_them(line: str, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the names of help, which typer has in no order."""
    ours, theirs = from_table(line, shell, monkeypatch), from_typer(line, shell)
    assert sorted(re.findall(r"\S+", ours)) == sorted(re.findall(r"\S+", theirs))
    assert ours == theirs or "-h" in ours


def commands(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every command's words, each with a space after it, and what the table has of it."""
    yield path, table
    for name, inner in table["commands"].items():
        yield from commands(inner, f"{path}{name} ")


@pytest.mark.usefixtures("folder")
def test_every_option_of_every_command_is_completed_as_typer_does(monkeypatch: pytest.MonkeyPatch) -> None:
    for path, command in commands(json.loads(completion_table())):
        assert from_table(f"{path}--", "bash", monkeypatch) == from_typer(f"{path}--", "bash")
        for option in command["options"]:
            if option["takes"]:
                line = f"{path}{option['names'][0]} "
                assert from_table(line, "bash", monkeypatch) == from_typer(line, "bash"), line


def test_help_stays_on_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fish takes every line for another word."""
    lines = from_table("train --", "fish", monkeypatch).splitlines()
    assert all(line.startswith("--") for line in lines)
    assert max(map(len, lines)) > 200


@pytest.mark.parametrize(
    ("line", "shell"),
    [("validate --nothing ", "bash"), ("nothing ", "bash"), ("train 'di", "zsh"), ("val", "powershell"), ("", "tcsh")],
)
def test_what_the_table_does_not_know_is_left_to_typer(line: str, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables(line, shell).items():
        monkeypatch.setenv(name, value)
    assert completed(shell) is None
