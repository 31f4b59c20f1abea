"""What commands say of themselves."""

import re

from typer.testing import CliRunner

from cnnspec.cli.app import program
from tests.support.places import DOCS


def test_every_usage_line_is_the_one_in_the_reference() -> None:
    """Names of arguments stand bare, or in one pair of brackets where they may be left out."""
    usages = re.findall(r"^```\n(cnnspec .*)\n```$", (DOCS / "commands.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(usages) >= 10
    for usage in usages:
        assert not re.search(r"[{}]|\[\[|\.\.\.\S", usage)
        path = [word for word in usage.split()[1:] if word.islower()]
        done = CliRunner().invoke(program(), [*path, "-h"], prog_name="cnnspec")
        said = done.output.split("\n\n")[0].split()
        assert [word for word in said if word != "[OPTIONS]"] == f"Usage: {usage}".replace(" [OPTIONS]", "").split()
