"""By what runs are said to differ: the examples of a split, or several seeds."""

from dataclasses import replace

import pytest
from scipy.stats import ttest_ind

from cnnspec.results.history import Best, Environment, Run
from cnnspec.runs.noise import noise_of
from cnnspec.runs.selection import Candidate


def candidate(name: str, scores: dict[str, float], seed: int = 1, rate: float = 0.1, test: int = 100) -> Candidate:
    """A run with these scores, of 100 examples to validate."""
    best, examples = Best(0, "val_loss", 0.1), {"validation": 100, **({"test": test} if test else {})}
    run = Run(name, "finished", "", 1, best, scores, 1.0, 1.0, 1.0, Environment(), examples=examples)
    return Candidate(run, {"training": {"seed": seed, "optimizer": {"sgd": rate}}}, name)


def test_the_best_run_is_compared_with_the_next_by_the_examples_of_its_split() -> None:
    """Float32 as Keras has it; the third is out of the question."""
    values = (0.1, 0.9, 0.8100000023841858)
    there = [candidate("a", {"test_accuracy": value}, rate=at) for at, value in enumerate(values)]
    found = noise_of("test_accuracy", there, lower=False, alike=True)
    assert found is not None and (found.best, found.next) == (("a",), ("a",))
    assert found.verdict.way == "shares" and found.verdict.larger is False and "100 examples" in found.verdict.how
    many = [candidate(str(value), {"test_accuracy": value}, test=10_000) for value in (0.9, 0.81)]
    found = noise_of("test_accuracy", many, lower=False, alike=True)
    assert found is not None and found.verdict.larger is True and (found.best, found.next) == (("0.9",), ("0.81",))


@pytest.mark.parametrize(
    ("figure", "values", "more", "why"),
    [
        ("accuracy", (0.9, 0.8), {}, "weights changed"),
        ("test_loss", (0.1, 0.2), {}, "no shares"),
        ("test_accuracy", (0.915, 0.8), {}, "more than one answer"),
        ("test_accuracy", (1.5, 0.8), {}, "more than one answer"),
        ("test_accuracy", (0.9, 0.8), {"test": 0}, "do not say how many"),
    ],
)
def test_where_nothing_tells_the_noise_it_is_said_why(
    figure: str, values: tuple[float, float], more: dict[str, int], why: str
) -> None:
    there = [candidate(str(value), {figure: value}, **more) for value in values]
    found = noise_of(figure, there, lower=False, alike=True)
    assert found is not None and found.verdict.larger is None and why in found.verdict.how


def test_other_data_is_not_compared() -> None:
    there = [candidate(str(value), {"test_accuracy": value}) for value in (0.9, 0.1)]
    found = noise_of("test_accuracy", there, lower=False, alike=False)
    assert found is not None and found.verdict.larger is None and "data differs" in found.verdict.how


def test_settings_with_several_seeds_are_compared_by_their_means_whatever_the_figure() -> None:
    slow = [candidate(f"slow-{seed}", {"val_loss": 0.5 + seed / 100}, seed) for seed in (1, 2, 3)]
    fast = [candidate(f"fast-{seed}", {"val_loss": 0.2 + seed / 50}, seed, rate=0.2) for seed in (1, 2)]
    lone = candidate("lone", {"val_loss": 0.01}, rate=0.3)
    found = noise_of("val_loss", [*slow, lone, *fast], lower=True, alike=True)
    assert found is not None
    assert found.best == ("fast-1", "fast-2") and found.next == ("slow-1", "slow-2", "slow-3")
    assert found.verdict.larger is True and found.verdict.how == "the means over 2 and 3 seeds"


def test_a_run_that_did_not_finish_is_no_seed_of_its_setting() -> None:
    """It is named among those that were left out; with one that is finished alone a setting has no several seeds."""
    slow = [candidate(f"slow-{seed}", {"val_loss": 0.5 + seed / 100}, seed) for seed in (1, 2, 3)]
    fast = [candidate(f"fast-{seed}", {"val_loss": 0.2 + seed / 50}, seed, rate=0.2) for seed in (1, 2)]
    early, other = (
        candidate("early", {"val_loss": 9.0}, 3, rate=0.2),
        candidate("other", {"val_loss": 9.0}, 3, rate=0.3),
    )
    ended = [replace(each, run=replace(each.run, status="interrupted")) for each in (early, other)]
    found = noise_of("val_loss", [*slow, *fast, *ended], lower=True, alike=True)
    assert found is not None and (found.best, found.next) == (("fast-1", "fast-2"), ("slow-1", "slow-2", "slow-3"))
    assert found.verdict.how == "the means over 2 and 3 seeds, without early, not finished"
    p = ttest_ind([0.22, 0.24], [0.51, 0.52, 0.53], equal_var=False).pvalue
    assert found.verdict.p == pytest.approx(p)
    there = [*slow, fast[0], ended[0]]
    scores = [{"val_accuracy": 0.5 + at / 100} for at in range(len(there))]
    there = [replace(each, run=replace(each.run, scores=own)) for each, own in zip(there, scores, strict=True)]
    alone = noise_of("val_accuracy", there, lower=False, alike=True)
    assert alone is not None and alone.verdict.way == "shares"


def test_one_figure_or_equal_ones_have_no_noise() -> None:
    """Nor has what is no number."""
    alone = [candidate("a", {"val_loss": 1.0}), candidate("b", {"val_loss": float("nan")}), candidate("c", {})]
    assert noise_of("val_loss", alone, lower=True, alike=True) is None
    equal = [candidate(name, {"val_accuracy": 0.5}) for name in "ab"]
    assert noise_of("val_accuracy", equal, lower=False, alike=True) is None
