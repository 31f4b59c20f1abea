"""What `cnnspec train` says of a run."""

import pytest

from cnnspec.cli.train import evaluation_command
from cnnspec.runs.events import RunStarted


def started(**counts: int) -> RunStarted:
    """A run on so many examples of each split."""
    return RunStarted("small-1", "runs/small-1", 5, 10, 32, 1, False, {}, counts, 1000)


@pytest.mark.parametrize(
    ("counts", "command"),
    [
        ({"train": 9, "validation": 3, "test": 3}, "cnnspec evaluate runs/small-1"),
        ({"train": 9, "test": 3}, "cnnspec evaluate runs/small-1"),
        ({"train": 9, "validation": 3}, "cnnspec evaluate runs/small-1 --split validation"),
        ({"train": 9}, ""),
    ],
)
def test_the_command_that_evaluates_a_run_names_a_split_that_there_is(counts: dict[str, int], command: str) -> None:
    assert evaluation_command(started(**counts)) == command
