"""What a run computed on, read back from its environment.json, and shown."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.reports.page import Page
from cnnspec.reports.runs import phrases
from cnnspec.reports.runs.collect import Known, Listed
from cnnspec.reports.runs.listing import runs_sheet
from cnnspec.reports.terminal import lay_out
from cnnspec.results.history import Environment, Run, Stretch, devices_words
from cnnspec.runs.history import stretches

ALONE = {"workers": 1, "devices": 1, "kind": "CPU", "precision": "float32", "threads": 2}
PAIR = {**ALONE, "workers": 2, "threads": 1}


def resumed(ran_on: object, epoch: int, step: int = 0) -> dict[str, object]:
    return {"epoch": epoch, "step": step, "ran_on": ran_on}


def run(*found: Stretch, number: int = 1) -> Run:
    environment = replace(Environment(), ran_on=tuple(found))
    return Run(f"runs/x-{number}", "finished", "", 4, None, {}, 1.0, 0.0, 0.0, environment)


@pytest.mark.parametrize(
    ("workers", "devices", "kind", "words"),
    [
        (1, 1, "CPU", "one CPU"),
        (1, 1, "GPU", "one GPU"),
        (1, 4, "CPU", "4 logical CPUs"),
        (2, 1, "CPU", "2 workers"),
        (2, 1, "GPU", "2 workers with one GPU each"),
        (2, 8, "GPU", "2 workers with 8 GPUs each"),
    ],
)
def test_devices_are_named_with_their_kind(workers: int, devices: int, kind: str, words: str) -> None:
    assert devices_words(workers, devices, kind) == words


def test_a_run_that_goes_on_elsewhere_has_a_stretch_for_each() -> None:
    held = {"ran_on": PAIR, "resumed": [resumed(ALONE, 3), resumed(ALONE, 4), resumed(PAIR, 5, 7)]}
    found = stretches(held)
    assert [(each.epoch, each.step, each.workers) for each in found] == [(0, 0, 2), (3, 0, 1), (5, 7, 2)]
    assert phrases.ran_on(run(*found)) == [
        "computed on  2 workers, float32, 1 thread an operation",
        "computed on  one CPU, float32, 2 threads an operation (after epoch 3)",
        "computed on  2 workers, float32, 1 thread an operation (after step 7 of epoch 6)",
    ]


def test_what_was_computed_again_counts_as_computed_last() -> None:
    """A run that went back beyond a change of devices, since a checkpoint was damaged, has no trace of it."""
    held = {"ran_on": ALONE, "resumed": [resumed(PAIR, 3), resumed(ALONE, 2)]}
    (only,) = stretches(held)
    assert only.workers == 1 and only.epoch == 0


def test_a_list_of_runs_says_what_they_shared_where_one_of_them_did() -> None:
    alone, shared = (stretches({"ran_on": each, "resumed": [resumed(ALONE, 2)]}) for each in (ALONE, PAIR))
    sheet = runs_sheet([Listed(Known(run(*alone), {})), Listed(Known(run(*shared, number=2), {}))])
    head, first, second = lay_out((sheet,), Page(120)).plain.strip().split("\n")
    assert "devices" in head and "one CPU" in first and "2 workers, one CPU" in second
    assert "devices" not in lay_out((runs_sheet([Listed(Known(run(*alone), {}))]),), Page(120)).plain


FACT = st.none() | st.integers(-1, 3) | st.just("CPU") | st.lists(st.integers(), max_size=1)
HELD = st.dictionaries(st.sampled_from([*ALONE, "epoch", "step"]), FACT) | FACT | st.just(PAIR) | st.just(ALONE)
LATER = st.lists(st.dictionaries(st.sampled_from(["ran_on", "epoch", "step"]), HELD), max_size=4) | HELD


@given(ran_on=HELD, later=LATER)
def test_whatever_stands_there_is_stretches_in_order(ran_on: Any, later: Any) -> None:
    found = stretches({"ran_on": ran_on, "resumed": later})
    places = [(each.epoch, each.step) for each in found]
    assert places == sorted(places) and all(each.words for each in found)
