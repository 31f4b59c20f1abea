"""What the page about differences shows is what the program prints."""

import re
import shlex

import pytest

from cnnspec.cli.app import carried_out
from tests.support.places import ROOT

SHOWN = re.findall(r"```console\n\$ cnnspec (.*)\n((?:.*\n)*?)```", (ROOT / "docs" / "diff.md").read_text())


@pytest.mark.parametrize(("typed", "printed"), SHOWN)
def test_the_page_shows_what_is_printed(typed: str, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        carried_out(shlex.split(typed))
    assert end.value.code == 1 and capsys.readouterr().out == printed


def test_there_is_something_to_show() -> None:
    assert len(SHOWN) == 2
