"""Which weights a training begins with, as a table: rows that add up, and every misfit told."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.reports.page import Page
from cnnspec.reports.terminal import lay_out
from cnnspec.reports.transfer import transfer_sheet
from cnnspec.results.transfer import Fate, Moved, Transfer
from cnnspec.runs.transfer import transfer_facts

FATES = st.sampled_from(["loaded", "new", "mismatched", "by word"])


def moved(stage: int, number: int, fate: Fate) -> Moved:
    """A weight of 3x4 numbers; of a table two of the three words are known."""
    found = None if fate == "new" else (3, 4) if fate == "loaded" else (5, 4)
    words = (3, 2) if fate == "by word" else (0, 0)
    return Moved(f"stage {stage}", f"stage_{stage}.dense1", f"w{number}", number, (3, 4), 12, fate, found, *words)


@st.composite
def transfers(draw: st.DrawFn) -> Transfer:
    """Up to five stages of up to five weights."""
    fates = draw(st.lists(st.lists(FATES, min_size=1, max_size=5), min_size=1, max_size=5))
    weights = (moved(stage, number, fate) for stage, each in enumerate(fates) for number, fate in enumerate(each))
    return Transfer("runs/digits-1/best.keras", {}, False, tuple(weights), (("head.dense2/0", (2, 2)),))


@given(transfers())
def test_stages_add_up_to_the_network(transfer: Transfer) -> None:
    """Each weight, and each of its numbers, is in one column of one row; the JSON says the same."""
    cells = [getattr(stage, fate) for stage in transfer.stages for fate in ("loaded", "new", "mismatched")]
    assert sum(cell.tensors for cell in cells) == len(transfer.weights)
    assert sum(cell.numbers for cell in cells) == 12 * len(transfer.weights)
    facts = transfer_facts(transfer)
    listed = [facts[key] for key in ("by_word", "new", "mismatched")]
    assert sum(len(each) for each in listed if isinstance(each, list)) == len(transfer.weights) - transfer.count(
        "loaded"
    )


@given(transfers(), st.sampled_from([40, 60, 80, 120]))
def test_no_line_is_wider_than_the_page_and_nothing_is_kept_back(transfer: Transfer, width: int) -> None:
    text = lay_out((transfer_sheet(transfer),), Page(width, terminal=True)).plain
    assert all(len(line) <= width for line in text.splitlines())
    words = " ".join(text.split())
    told = len(re.findall(r"other shape stage", words)) + int((re.search(r"and (\d+) more", words) or [0, 0])[1])
    assert told == transfer.count("mismatched")
    assert words.count("2 of 3 words") == transfer.count("by word")


@pytest.mark.parametrize("fate", ["loaded", "new"])
def test_a_column_that_would_be_empty_is_left_out(fate: Fate) -> None:
    table = transfer_sheet(Transfer("f", {}, True, (moved(0, 0, fate),))).table
    assert [column.title for column in table.columns] == ["stage", "loaded", *(["new"] if fate == "new" else [])]
