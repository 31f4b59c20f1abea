"""What `cnnspec train` says of a run."""

import pytest

from cnnspec.reports.ending import evaluation_command


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
    assert " ".join(evaluation_command("runs/small-1", counts)) == command
