"""Conditions on runs: which run they hold for, and where a mistake in one is."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from cnnspec.results.history import Best, Environment, Run
from cnnspec.runs.selection import Candidate, chosen, in_order
from cnnspec.source.diagnostic import Rejected

SETTINGS = {
    "vars": {"width": 32},
    "training": {
        "epochs": 3,
        "xla": True,
        "precision": "auto",
        "optimizer": {"adamw": {"learning_rate": 0.001, "weight_decay": None}},
    },
    "model": {"conv1": [{"conv": {"filters": 8}}, {"conv": {"filters": 16}}]},
}


def run(name: str = "digits-1", scores: dict[str, float] | None = None, **more: Any) -> Run:
    """A finished run of some scores."""
    found = {"val_accuracy": 0.95, "loss": 0.2} if scores is None else scores
    best = Best(2, "val_accuracy", 0.95)
    whole = Run(f"runs/{name}", "finished", "", 3, best, found, 12.5, 1.7e9, 1.7e9, Environment())
    return replace(whole, **{"tags": ("good", "3"), "note": "With less dropout.", **more})


ONE = Candidate(run(), SETTINGS)
HOLDS = (
    "val_accuracy>0.9 and spec==digits",
    "0.9 < val_accuracy < 0.96",
    "loss < val_accuracy",
    "not (loss>0.5 or status==failed)",
    "spec in [lenet, digits]",
    "spec not in (lenet, textcnn)",
    "good in tags and tag==good and tag==3 and tag != bad",
    "'less dropout' in note and note",
    "training.optimizer==adamw",
    "optimizer == adamw and learning_rate <= 1e-3",
    "filters==16 and filters > 8",
    "training.xla == true and precision == auto and xla",
    "weight_decay == null",
    "started > 2023-11-01 and started < '2023-12'",
    "run == digits-1 and best_epoch == 3 and seconds > 12 and epochs >= 3",
    "width==32 or optimizer.adamw.momentum",
)
NOT = (
    "val_accuracy<=0.9",
    "spec==Digits",
    "not spec in [digits]",
    "bad in tags",
    "weight_decay",
    "xla == 1",
    "filters != 16",
    "filters > 16",
    "best_epoch != 3",
)


@pytest.mark.parametrize("where", HOLDS)
def test_a_condition_holds(where: str) -> None:
    other = Candidate(run(scores={"val_accuracy": 0.1, "loss": 0.3}), {"optimizer": {"adamw": {"momentum": 1}}})
    assert chosen([ONE, other], where)[:1] == [ONE.run]


@pytest.mark.parametrize("where", NOT)
def test_a_condition_does_not_hold(where: str) -> None:
    assert chosen([ONE], where) == []


def test_a_comparison_does_not_hold_for_what_lacks_what_it_names() -> None:
    """`not` takes such runs."""
    bare = Candidate(run("bare-1", {}), {})
    for where in ("val_accuracy>0", "val_accuracy<=0", "val_accuracy!=0", "optimizer!=sgd"):
        assert chosen([ONE, bare], where)[-1:] != [bare.run]
        assert chosen([ONE, bare], f"not {where}")[-1:] == [bare.run]


MISTAKES = {
    "val_acuracy>0.9": (1, 11, "write val_accuracy"),
    "spec==digits and val_acc.uracy>0.9": (18, 13, ""),
    "val_accuracy = 0.9": (14, 1, "write == for is equal to"),
    "spec == a && loss<1": (11, 2, "write and"),
    "loss < 1 AND spec": (10, 3, "write and"),
    "(loss < 1": (10, 1, ""),
    "loss < ": (7, 1, ""),
    "": (1, 1, ""),
    "spec > 3": (1, 4, "compare numbers"),
    "note == 'x": (9, 1, "end it with '"),
    "3 == 4": (1, 1, "name a figure"),
    "!note": (1, 1, "write not"),
    "spec in [a": (11, 1, ""),
    "__import__('os').system('true')": (11, 1, ""),
    "(" * 200: (25, 1, ""),
    "loss < 1 or " * 200: (1, 1, "write at most"),
}


@pytest.mark.parametrize(("where", "said"), [("spec > 3", "and 3"), ("loss > 'x y'", 'and "x y"')])
def test_what_has_no_order_is_shown_as_it_was_written(where: str, said: str) -> None:
    with pytest.raises(Rejected, match=f"{said} cannot be compared by >"):
        chosen([ONE], where)


@pytest.mark.parametrize("where", MISTAKES, ids=lambda where: where[:20])
def test_a_mistake_is_told_at_its_place(where: str) -> None:
    column, width, help = MISTAKES[where]
    with pytest.raises(Rejected) as rejected:
        chosen([ONE], where)
    (found,) = rejected.value.diagnostics
    assert found.span is not None
    assert (found.span.file, found.span.column, found.span.width) == ("--where", column, width), found
    assert help in found.help


SIGNS = ("<", "<=", ">", ">=")
VALUES = {"a": 1.0, "b": 2.5, "c": -3.0}


def drawn(random: Random, depth: int) -> str:
    """A condition that Python reads, too."""
    kind = random.choice(("test", "chain", "not", "and", "or", "( )")) if depth else "test"
    sides = (*VALUES, "0", "1", "2.5", "-3.0", "1e1")
    if kind in ("test", "chain"):
        more = f" {random.choice(SIGNS)} {random.choice(sides)}" if kind == "chain" else ""
        before = f"{random.choice(sides)} {random.choice(SIGNS)} " if kind == "chain" else ""
        return f"{before}{random.choice([*VALUES])} {random.choice(SIGNS)} {random.choice([*VALUES])}{more}"
    if kind == "not":
        return f"not {drawn(random, depth - 1)}"
    left, right = drawn(random, depth - 1), drawn(random, depth - 1)
    return f"({left} or {right})" if kind == "( )" else f"{left} {kind} {right}"


def test_and_or_not_and_sizes_are_pythons() -> None:
    """As Python itself computes the same text."""
    one, random, came = Candidate(run(scores=VALUES), {}), Random(7), set()
    for _ in range(500):
        where = drawn(random, 4)
        if len(where) <= 1000:
            came.add(bool(chosen([one], where)))
            assert bool(chosen([one], where)) == bool(eval(where, {"__builtins__": {}}, dict(VALUES))), where
    assert came == {True, False}


def test_runs_are_ordered_by_what_they_have_and_those_without_it_come_last() -> None:
    there = [Candidate(run(f"n-{at}", seconds=each), {}) for at, each in enumerate((3.0, None, 1.0, 0.0))]
    names = [each.name for each in in_order(there, "seconds")]
    assert names == ["n-3", "n-2", "n-0", "n-1"]
    assert [each.name for each in in_order(there, "seconds", backwards=True)] == ["n-0", "n-2", "n-3", "n-1"]
