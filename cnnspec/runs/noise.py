"""By what it is decided whether runs differ by more than the noise: what their folders tell of a figure.

Finished runs that differ by their seed alone stand for one setting, and settings with several seeds are compared by
these. Else the best run is compared with the next one, by the examples that their figures are of.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cnnspec.results.history import Run
from cnnspec.results.noise import Verdict, of_seeds, of_shares, undecided
from cnnspec.runs.selection import Candidate
from cnnspec.runs.settings import section

_PREFIXES = {"val_": "validation", "test_": "test"}
_EXACT = 1e-2, 1e-6
"""How far a share times its examples may be from a whole number, and for each of it, as Keras counts in float32."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Of a figure the `best` run, or runs of several seeds, beside the `next`, and whether they differ by chance."""

    figure: str
    best: tuple[str, ...]
    next: tuple[str, ...]
    verdict: Verdict


def noise_of(figure: str, candidates: Sequence[Candidate], lower: bool, alike: bool) -> Noise | None:
    """Whether the best by a figure is better than the next by more than the noise; None where fewer than two have it.

    `lower` is better, or else larger is; `alike` says that all learnt and were measured on the same data.
    """
    having = [each for each in candidates if math.isfinite(each.run.scores.get(figure, math.nan))]
    if len(having) < 2:
        return None
    ended = [each for each in having if each.run.status == "finished"]
    groups = [group for group in _by_setting(ended) if len(group) > 1]
    if alike and len(groups) > 1:
        return _of_groups(figure, groups, lower, [each for each in having if each not in ended])
    if len({each.run.scores[figure] for each in having}) == 1:
        return None
    best, second = sorted(having, key=lambda each: each.run.scores[figure], reverse=not lower)[:2]
    return Noise(figure, (best.name,), (second.name,), _between(figure, best.run, second.run, alike))


def _of_groups(
    figure: str, groups: Sequence[Sequence[Candidate]], lower: bool, unfinished: Sequence[Candidate]
) -> Noise:
    """The best setting beside the next, without their runs that are not finished: these may be of fewer epochs."""
    values = {tuple(each.name for each in group): [each.run.scores[figure] for each in group] for group in groups}
    best, second = sorted(values, key=lambda names: math.fsum(values[names]) / len(names), reverse=not lower)[:2]
    compared = {_setting(group[0]) for group in groups if group[0].name in (*best, *second)}
    left_out = [each.name for each in unfinished if _setting(each) in compared]
    verdict = of_seeds(values[best], values[second])
    without = f", without {', '.join(left_out)}, not finished" if left_out else ""
    return Noise(figure, best, second, replace(verdict, how=verdict.how + without))


def _by_setting(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """The runs in groups that differ by their seed alone; one and the same seed twice is no group."""
    groups: dict[str, dict[object, Candidate]] = {}
    for each in candidates:
        groups.setdefault(_setting(each), {}).setdefault(str(section(each.settings, "training").get("seed")), each)
    return [list(group.values()) for group in groups.values()]


def _setting(candidate: Candidate) -> str:
    """All that its spec says but the seed."""
    parts = {key: value for key, value in section(candidate.settings, "training").items() if key != "seed"}
    return json.dumps({**candidate.settings, "training": parts}, default=str)


def _between(figure: str, one: Run, other: Run, alike: bool) -> Verdict:
    """Two runs by the examples that their figure is of."""
    values = one.scores[figure], other.scores[figure]
    difference = values[0] - values[1]
    if not alike:
        return undecided(difference, "their data differs")
    split = split_of(figure)
    if not split:
        return undecided(difference, "means while the weights changed")
    if not figure.endswith("accuracy"):
        return undecided(difference, "no shares of right answers; several seeds of each would tell")
    examples = one.examples.get(split), other.examples.get(split)
    if not all(examples):
        return undecided(difference, f"the runs do not say how many examples of {split} there are")
    counts = examples[0] or 1, examples[1] or 1
    right = round(values[0] * counts[0]), round(values[1] * counts[1])
    if not all(map(_is_count, values, counts, right)):
        return undecided(difference, "more than one answer an example; several seeds of each would tell")
    return of_shares(right, counts)


def split_of(figure: str) -> str:
    """The split that a figure is of by its name, `test` or `validation`; empty for one of training batches."""
    return next((name for prefix, name in _PREFIXES.items() if figure.startswith(prefix)), "")


def _is_count(share: float, examples: int, right: int) -> bool:
    """Whether so many of the examples are what a share says: of pixels, or of labels, it need not be."""
    return 0 <= right <= examples and abs(share * examples - right) <= _EXACT[0] + _EXACT[1] * right
