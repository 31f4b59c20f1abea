"""The page about explanations shows what the command prints."""

import re
import shlex

import pytest

from cnnspec.cli.app import carried_out
from tests.support.places import DOCS

SHOWN = re.findall(r"```console\n\$ cnnspec (.*)\n((?:.*\n)*?)```", (DOCS / "explain.md").read_text())


@pytest.mark.parametrize(("command", "printed"), SHOWN, ids=[command for command, _ in SHOWN])
def test_an_example_of_the_page_is_what_is_printed(
    command: str, printed: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    carried_out(shlex.split(command))
    assert capsys.readouterr().out == printed


def test_the_page_has_examples() -> None:
    assert len(SHOWN) > 1
