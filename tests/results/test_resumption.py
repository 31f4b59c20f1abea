"""The command that goes on with a run."""

import pytest

from cnnspec.results.resumption import resumption, spread_of, spread_options


def test_it_has_what_the_run_does_not_keep() -> None:
    words = resumption("runs/digits-1", spread_options(None, 2))
    assert words == ["cnnspec", "train", "--resume", "runs/digits-1", "--workers", "2"]
    assert resumption("runs/digits-1", spread_options(4, None))[4:] == ["--devices", "4"]
    assert resumption("runs/digits-1", spread_options(None, None)) == words[:4]


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("cnnspec train digits --workers 2 --runs x", ("--workers", "2")),
        ("cnnspec train digits --devices=3", ("--devices", "3")),
        ("cnnspec train --resume runs/workers-2", ()),
        ("cnnspec train digits --workers", ()),
        ("cnnspec train digits --workers two", ()),
        ("", ()),
    ],
)
def test_it_is_read_off_the_command_that_trained_the_run(command: str, options: tuple[str, ...]) -> None:
    """However the option was written; a stranger's command is no crash."""
    assert spread_of(command.split()) == options
