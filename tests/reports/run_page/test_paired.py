"""Runs compared example by example: as a direct count and scipy's binomial test have it, and only where it is fair."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from cnnspec.reports.run_page.paired import noises_of, pairs_of
from cnnspec.reports.run_page.reported import Reported
from cnnspec.reports.runs.collect import Known
from cnnspec.results.evaluation import Evaluation, OutputFigures
from cnnspec.results.history import Environment, Run
from cnnspec.results.mistaken import Example, Mistakes, WrongClass
from cnnspec.runs.log import Log

COUNT = 60


def reported(name: str, wrong: frozenset[int], listed: int | None = None, **data: str) -> Reported:
    """A run that has some of 60 examples wrong, of which so many are listed."""
    worst = tuple(WrongClass(Example(f"test.csv, line {at}"), "a", "b", 0.9, 0.1) for at in sorted(wrong))[:listed]
    accuracy = 1 - len(wrong) / COUNT
    output = OutputFigures("y", "class", accuracy, mistakes=Mistakes("class", len(wrong), COUNT, worst))
    scores = {"test_accuracy": accuracy, "test_loss": 1.0}
    run = Run(f"runs/{name}", "finished", "", 3, None, scores, 1.0, 1.0, 1.0, Environment(data=data or {"f": "same"}))
    known = Known(run, {"data": {"source": "table"}}, name=name)
    evaluation = Evaluation(f"runs/{name}", "test", COUNT, 1.0, {}, "best.keras", (output,))
    return Reported(known, Log(), "", evaluation=evaluation)


SETS = st.frozensets(st.integers(0, COUNT - 1))


@given(st.lists(SETS, min_size=2, max_size=4))
def test_what_one_alone_has_right_is_counted_and_judged_as_a_coin_is(wrongs: list[frozenset[int]]) -> None:
    """Each beside the one with the fewest mistakes."""
    runs = [reported(f"run-{at}", wrong) for at, wrong in enumerate(wrongs)]
    pairs = pairs_of(runs)
    assert len(pairs) == len(runs) - 1
    for pair in pairs:
        best, other = (wrongs[int(run.name[-1])] for run in (pair.best, pair.other))
        assert len(best) == min(map(len, wrongs))
        alone = [sum(at in one and at not in two for at in range(COUNT)) for one, two in ((other, best), (best, other))]
        assert list(pair.alone) == alone
        expected = binomtest(alone[0], sum(alone)).pvalue if sum(alone) else 1.0
        verdict = pair.noise.verdict
        assert abs(verdict.p - expected) < 1e-9 and verdict.larger == (expected < 0.05)
        assert abs(verdict.difference - (len(other) - len(best)) / COUNT) < 1e-12


def test_the_accuracy_of_the_folders_is_judged_by_pairs_where_there_are_some() -> None:
    """Twelve examples that one alone has right are more than chance, though two shares of 60 would not tell."""
    runs = [reported("one", frozenset(range(8))), reported("two", frozenset(range(20)))]
    (noise,) = [each for each in noises_of(runs, pairs_of(runs)) if each.figure == "test_accuracy"]
    assert (noise.best, noise.next, noise.verdict.way) == (("one",), ("two",), "pairs")
    assert noise.verdict.larger and abs(noise.verdict.p - 2 / 2**12) < 1e-12


def test_nothing_is_paired_that_may_not_be() -> None:
    """Of other data, of other splits, where not all mistakes are known, or several examples stand at one place."""
    one, two = reported("one", frozenset({1, 2})), reported("two", frozenset({2, 3, 4}))
    assert two.evaluation is not None and len(pairs_of([one, two])) == 1
    assert pairs_of([one]) == []
    assert pairs_of([one, reported("two", frozenset({3}), f="another")]) == []
    assert pairs_of([one, replace(two, evaluation=replace(two.evaluation, split="validation"))]) == []
    assert pairs_of([one, reported("two", frozenset({2, 3, 4}), listed=2)]) == []
    assert pairs_of([one, replace(two, evaluation=None)]) == []
