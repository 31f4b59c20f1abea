"""Runs compared example by example: what one has right and another wrong, and whether that is more than chance.

All runs answered the same examples, so that those which both have right, or both wrong, say nothing of which is better.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cnnspec.reports.run_page.reported import Reported, outputs_of
from cnnspec.reports.runs.collect import data_differing, noises
from cnnspec.results.evaluation import OutputFigures
from cnnspec.results.mistaken import Mistakes
from cnnspec.results.noise import of_pairs
from cnnspec.runs.noise import Noise

_PREFIXES = {"validation": "val_", "test": "test_"}
_ALIKE = 1e-5
"""What Keras sums in single precision differs by less."""
_FORMS = ("class", "labels")


@dataclass(frozen=True, slots=True)
class Pair:
    """The run that has most examples right beside another; how many `alone` each of them has right.

    `noise` says whether that is more than chance.
    """

    output: str
    split: str
    best: Reported
    other: Reported
    alone: tuple[int, int]
    noise: Noise


def pairs_of(runs: Sequence[Reported]) -> list[Pair]:
    """Each run beside the best of each output; none where they were not scored on the same examples."""
    if len(runs) < 2 or data_differing([run.known for run in runs]):
        return []
    return [pair for name, found in outputs_of(runs).items() for pair in _pairs(name, found)]


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
        yield Pair(name, evaluation.split, best, other, alone, noise)


def _wrong(found: Mistakes | None) -> frozenset[str] | None:
    """Where the mistaken examples stand; None where not all are known, or several stand at one place."""
    if found is None or found.form not in _FORMS:
        return None
    places = frozenset(each.example.place for each in found.worst)
    return places if len(places) == found.wrong == len(found.worst) else None


def noises_of(runs: Sequence[Reported], pairs: Sequence[Pair]) -> list[Noise]:
    """What the folders tell of each figure; where it is the accuracy of examples in pairs, by these."""
    known = noises([run.known for run in runs])
    by_pair = {(pair.best.name, pair.other.name): pair for pair in pairs}
    return [_by_pairs(noise, by_pair) or noise for noise in known]


def _by_pairs(noise: Noise, pairs: Mapping[tuple[str, str], Pair]) -> Noise | None:
    pair = pairs.get((noise.best[0], noise.next[0]))
    if pair is None or noise.verdict.way not in ("shares", "") or not _is_figure(noise.figure, pair):
        return None
    return replace(noise, verdict=pair.noise.verdict)


def _is_figure(name: str, pair: Pair) -> bool:
    """Whether a figure of both runs is the accuracy that the pair is about."""
    prefix = _PREFIXES.get(pair.split, "")
    if not name.startswith(prefix) or not name.endswith("accuracy"):
        return False
    return all(
        abs(run.known.run.scores.get(name, -1.0) - (_accuracy(run, pair.output) or 0.0)) < _ALIKE
        for run in (pair.best, pair.other)
    )


def _accuracy(run: Reported, output: str) -> float | None:
    outputs = () if run.evaluation is None else run.evaluation.outputs
    return next((each.accuracy for each in outputs if each.output == output), None)
