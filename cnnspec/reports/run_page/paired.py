"""Runs compared example by example: what one has right and another wrong, and whether that is more than chance.

All runs answered the same examples, so that those which both have right, or both wrong, say nothing of which is better;
and what makes a number hard to tell for all of them is no difference between them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cnnspec.reports.run_page.reported import Reported, outputs_of
from cnnspec.reports.runs.collect import data_differing, noises, seeds_divide
from cnnspec.results.evaluation import OutputFigures
from cnnspec.results.mistaken import Mistakes, Residual
from cnnspec.results.noise import of_differences, of_pairs
from cnnspec.runs.noise import Noise

_PREFIXES = {"validation": "val_", "test": "test_"}
_ALIKE = 1e-5
"""What Keras sums in single precision differs by less."""
_FORMS = ("class", "labels")


_ABSOLUTE, _SQUARED = "mean_absolute_error", "mean_squared_error"
Errors = dict[str, dict[str, float]]
"""By figure and by place what the error of each example adds to it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The run that is the best by a figure beside another; `noise` says whether it is so by more than chance.

    Of classes and labels there is how many examples `alone` each of them has right.
    """

    output: str
    split: str
    best: Reported
    other: Reported
    noise: Noise
    alone: tuple[int, int] | None = None

    @property
    def figure(self) -> str:
        """Accuracy, or a figure of errors."""
        return self.noise.figure


def pairs_of(runs: Sequence[Reported]) -> list[Pair]:
    """Each run beside the best of each output; none where they were not scored on the same examples."""
    if len(runs) < 2 or data_differing([run.known for run in runs]) or unlike(runs):
        return []
    return [
        pair
        for name, found in outputs_of(runs).items()
        for pairs in (_pairs(name, found), _of_numbers(name, found))
        for pair in pairs
    ]


def unlike(runs: Sequence[Reported]) -> str:
    """Why runs were not scored on the same examples; empty where they were, and where their data differs anyway."""
    if data_differing([run.known for run in runs]):
        return ""
    scored = [(run, run.evaluation) for run in runs if run.evaluation is not None]
    splits = dict.fromkeys(evaluation.split for _, evaluation in scored)
    if len(splits) > 1:
        return f"one run was scored on {' and another on '.join(splits)}"
    if len({evaluation.examples for _, evaluation in scored}) < 2:
        return ""
    split = next(iter(splits))
    by_seed = seeds_divide([run.known for run, _ in scored], split)
    return f"the {split} split holds other examples in each" + (", by the seed of its training" if by_seed else "")


def _of_numbers(name: str, found: Sequence[tuple[Reported, OutputFigures]]) -> Iterator[Pair]:
    scored = [
        (run, run.evaluation.split, errors)
        for run, output in found
        if run.evaluation is not None and (errors := _errors(output.mistakes))
    ]
    first = scored[0][2][_ABSOLUTE].keys() if scored else ()
    alike = all(errors[_ABSOLUTE].keys() == first for _, _, errors in scored)
    if len(scored) < len(found) or len({split for _, split, _ in scored}) > 1 or not alike:
        return
    for figure in (_ABSOLUTE, _SQUARED):
        (best, split, mine), *others = sorted(scored, key=lambda each: math.fsum(each[2][figure].values()))
        for other, _, theirs in others:
            verdict = of_differences([mine[figure][place] - theirs[figure][place] for place in first])
            yield Pair(name, split, best, other, Noise(figure, (best.name,), (other.name,), verdict))


def _errors(found: Mistakes | None) -> Errors:
    """What each example adds to figures of numbers; nothing where not all are known, or several stand at one place."""
    if found is None or found.form != "values":
        return {}
    each = [one for one in found.worst if isinstance(one, Residual) and one.true]
    off = {one.example.place: [said - true for said, true in zip(one.said, one.true, strict=True)] for one in each}
    if not 1 < len(off) == found.count or not all(math.isfinite(error) for errors in off.values() for error in errors):
        return {}
    return {
        _ABSOLUTE: {place: math.fsum(map(abs, errors)) / len(errors) for place, errors in off.items()},
        _SQUARED: {place: math.fsum(error**2 for error in errors) / len(errors) for place, errors in off.items()},
    }


def _pairs(name: str, found: Sequence[tuple[Reported, OutputFigures]]) -> Iterator[Pair]:
    scored = [
        (run, run.evaluation, wrong)
        for run, output in found
        if run.evaluation is not None and (wrong := _wrong(output.mistakes)) is not None
    ]
    if len(scored) < len(found) or len({(each.split, each.count) for _, each, _ in scored}) > 1:
        return
    (best, evaluation, mine), *others = sorted(scored, key=lambda each: len(each[2]))
    for other, _, theirs in others:
        alone = (len(theirs - mine), len(mine - theirs))
        noise = Noise("accuracy", (best.name,), (other.name,), of_pairs(*alone, evaluation.count))
        yield Pair(name, evaluation.split, best, other, noise, alone)


def _wrong(found: Mistakes | None) -> frozenset[str] | None:
    """Where the mistaken examples stand; None where not all are known, or several stand at one place."""
    if found is None or found.form not in _FORMS:
        return None
    places = frozenset(each.example.place for each in found.worst)
    return places if len(places) == found.wrong == len(found.worst) else None


def noises_of(runs: Sequence[Reported], pairs: Sequence[Pair]) -> list[Noise]:
    """What the folders tell of each figure; where it is the accuracy of examples in pairs, by these."""
    known = noises([run.known for run in runs])
    return [next(_by_pairs(noise, pairs), noise) for noise in known]


def _by_pairs(noise: Noise, pairs: Sequence[Pair]) -> Iterator[Noise]:
    if noise.verdict.way not in ("shares", ""):
        return
    for pair in pairs:
        if (pair.best.name, pair.other.name) == (noise.best[0], noise.next[0]) and _is_figure(noise.figure, pair):
            yield replace(noise, verdict=pair.noise.verdict)


def _is_figure(name: str, pair: Pair) -> bool:
    """Whether a figure of both runs is the one that the pair is about, by whatever name."""
    prefix = _PREFIXES.get(pair.split, "")
    if not name.startswith(prefix) or (pair.alone is not None and not name.endswith("accuracy")):
        return False
    return all(
        _is_close(run.known.run.scores.get(name, math.nan), _value(run, pair)) for run in (pair.best, pair.other)
    )


def _is_close(one: float, other: float) -> bool:
    return abs(one - other) < _ALIKE * max(1e-3, abs(other))


def _value(run: Reported, pair: Pair) -> float:
    """The figure of a pair, as the run was scored just now."""
    outputs = () if run.evaluation is None else run.evaluation.outputs
    output = next((each for each in outputs if each.output == pair.output), None)
    if output is None:
        return math.nan
    if pair.alone is not None:
        return math.nan if output.accuracy is None else output.accuracy
    errors = _errors(output.mistakes).get(pair.figure, {})
    return math.fsum(errors.values()) / len(errors) if errors else math.nan
