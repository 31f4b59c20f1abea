"""Runs compared example by example: as a direct count and scipy's binomial test have it, and only where it is fair."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_rel

from cnnspec.reports.run_page.paired import noises_of, pairs_of, unlike
from cnnspec.reports.run_page.reported import Reported
from cnnspec.reports.runs.collect import Known, noises
from cnnspec.reports.runs.comparing import paired_command
from cnnspec.results.evaluation import Evaluation, OutputFigures
from cnnspec.results.history import Environment, Run
from cnnspec.results.mistaken import Example, Mistakes, Residual, WrongClass
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
    """Of other data, splits or examples, where not all mistakes are known, or several examples stand at one place."""
    one, two = reported("one", frozenset({1, 2})), reported("two", frozenset({2, 3, 4}))
    assert two.evaluation is not None and len(pairs_of([one, two])) == 1
    assert pairs_of([one]) == []
    assert pairs_of([one, reported("two", frozenset({3}), f="another")]) == []
    assert pairs_of([one, replace(two, evaluation=replace(two.evaluation, split="validation"))]) == []
    assert pairs_of([one, reported("two", frozenset({2, 3, 4}), listed=2)]) == []
    assert pairs_of([one, replace(two, evaluation=None)]) == []
    drawn = replace(two, evaluation=replace(two.evaluation, examples="others"))
    assert pairs_of([one, drawn]) == [] and unlike([one, two]) == ""
    assert unlike([one, drawn]) == "the test split holds other examples in each"


def measured(name: str, said: np.ndarray, true: np.ndarray, listed: int | None = None) -> Reported:
    """A run that said such numbers, each of an example of its own, with the figures that its folder would tell."""
    each = zip(true.tolist(), said.tolist(), strict=True)
    worst = tuple(Residual(Example(f"row {at}"), tuple(one), tuple(other), 0.0) for at, (one, other) in enumerate(each))
    off = said - true
    output = OutputFigures("y", "values", mistakes=Mistakes("values", len(true), len(true), worst[:listed]))
    scores = {
        "test_mean_absolute_error": float(np.float32(abs(off).mean())),
        "test_loss": float(np.float32((off**2).mean())),
    }
    like = reported(name, frozenset())
    return replace(
        like,
        known=replace(like.known, run=replace(like.known.run, scores={**scores, "test_other": len(name) / 10})),
        evaluation=Evaluation(f"runs/{name}", "test", len(true), 1.0, {}, "best.keras", (output,)),
    )


@pytest.mark.parametrize("units", [1, 3])
def test_numbers_are_compared_example_by_example_as_scipys_paired_test_has_it(units: int) -> None:
    """By what each adds to a figure, whatever the figure is called; what is another figure stays undecided."""
    random = np.random.default_rng(units)
    true = random.normal(size=(COUNT, units))
    hard = random.normal(size=(COUNT, 1))  # the same examples are hard for both
    runs = [measured(name, true + hard + more, true) for name, more in (("best", 0.02), ("a", 0.25))]
    pairs = {pair.figure: pair.noise.verdict for pair in pairs_of(runs)}
    found = {each.figure: each.verdict for each in noises_of(runs, pairs_of(runs))}
    errors = [abs(true + hard + more - true) for more in (0.02, 0.25)]
    for figure, told, power in (
        ("mean_absolute_error", "test_mean_absolute_error", 1),
        ("mean_squared_error", "test_loss", 2),
    ):
        one, other = ((error**power).mean(axis=1) for error in errors)
        expected = ttest_rel(one, other)
        low, high = expected.confidence_interval(0.95)
        verdict = pairs[figure]
        assert abs(verdict.p - expected.pvalue) < 1e-9 and verdict.larger == (expected.pvalue < 0.05)
        assert np.allclose(
            (verdict.low, verdict.difference, verdict.high), (low, (one - other).mean(), high), rtol=1e-9
        )
        assert found[told] == verdict
    assert found["test_other"].larger is None
    known = [run.known for run in runs]
    assert paired_command(known, noises(known)) == ("cnnspec", "report", "runs/best", "runs/a", "-o", "pairs.html")
    assert not paired_command(known, noises_of(runs, pairs_of(runs)))


def test_numbers_are_not_paired_where_some_are_not_known() -> None:
    true = np.zeros((COUNT, 1))
    one, two = measured("one", true + 0.5, true), measured("two", true + 0.25, true)
    (pair,) = [pair for pair in pairs_of([one, two]) if pair.figure == "mean_absolute_error"]
    assert (pair.best.name, pair.noise.verdict.difference, pair.noise.verdict.larger) == ("two", -0.25, True)
    assert pairs_of([one, measured("two", true + 0.25, true, listed=9)]) == []
    assert pairs_of([one, measured("two", true + np.nan, true)]) == []
    assert pairs_of([one, measured("two", true[1:], true[1:])]) == []
