"""Gradients and activations by stage: as tables with bars on a logarithmic axis, and in a line where they are ill."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cnnspec.reports.numbers import metric, plural
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.watched import Activity, Watched

_BAR = 24
"""Cells of the longest bar."""
_FAR = 1000
"""So many times larger or smaller, from one end of a network to the other, is worth a line."""
_SILENT = 0.5
"""So large a share of silent channels is, too."""
_MOST_STAGES = 60
_GRADIENTS = "root mean square over the stage's weights"


Epochs = Mapping[int, Watched]
"""What was watched, by epoch from 0."""


def watched_sheets(epochs: Epochs) -> tuple[Sheet, ...]:
    """A row a stage, for the first, the middle and the last epoch; nothing where nothing was watched."""
    if not epochs:
        return ()
    chosen = _chosen(epochs)
    last = epochs[chosen[-1]]
    sheets = (_gradients(epochs, chosen) if last.gradients else None, _activations(last, chosen[-1]))
    return tuple(sheet for sheet in sheets if sheet is not None)


def compared_sheet(runs: Mapping[str, Epochs]) -> Sheet | None:
    """The gradients of several runs, stage by stage on one axis; None where they were not watched in two of them."""
    seen = {name: epochs for name, epochs in runs.items() if epochs and epochs[max(epochs)].gradients}
    if len(seen) < 2:
        return None
    ends = {name: (epochs[min(epochs)].gradients, epochs[max(epochs)].gradients) for name, epochs in seen.items()}
    scale = _Scale(value for _, last in ends.values() for value in last.values())
    stages = list(dict.fromkeys(stage for _, last in ends.values() for stage in last))
    rows = [row for stage in stages[:_MOST_STAGES] for row in _beside(stage, ends, scale)]
    columns = ("stage", "run", "first epoch", "last epoch", "")
    return Sheet(("gradients by stage", _GRADIENTS), _table(columns, rows), ((scale.said,), *_more(stages)))


def notices(watched: Watched) -> tuple[str, ...]:
    """What is wrong with a network by what was watched in an epoch; a line each."""
    return (*_vanishing(watched.gradients), *_drifting(watched.activations), *_silent(watched.activations))


class _Scale:
    """A logarithmic axis over whole powers of ten, for the numbers above 0."""

    def __init__(self, values: Iterable[float]) -> None:
        powers = [math.log10(value) for value in values if _drawable(value)]
        self._low = math.floor(min(powers, default=0))
        self._high = max(math.ceil(max(powers, default=0)), self._low + 1)

    @property
    def said(self) -> str:
        """What the bars mean."""
        return f"bars from 1e{self._low} to 1e{self._high}, logarithmic"

    def bar(self, value: float) -> str:
        """The value as a bar; nothing where it has no place on the axis."""
        if not _drawable(value):
            return ""
        return "━" * max(1, round((math.log10(value) - self._low) / (self._high - self._low) * _BAR))


def _drawable(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _chosen(epochs: Epochs) -> list[int]:
    """The first, the middle and the last epoch, as far as there are several."""
    numbers = sorted(epochs)
    return list(dict.fromkeys((numbers[0], numbers[(len(numbers) - 1) // 2], numbers[-1])))


def _gradients(epochs: Epochs, chosen: Sequence[int]) -> Sheet:
    last = epochs[chosen[-1]]
    scale = _Scale(last.gradients.values())
    rows = [
        (stage, *(_small(epochs[epoch].gradients.get(stage, math.nan)) for epoch in chosen), scale.bar(value))
        for stage, value in list(last.gradients.items())[:_MOST_STAGES]
    ]
    columns = ("stage", *(f"epoch {epoch + 1}" for epoch in chosen), "")
    said = (f"means of {plural(last.steps, 'step')} an epoch", scale.said)
    told = [(line,) for line in _vanishing(last.gradients)]
    remarks = (said, *_more(last.gradients), *told)
    return Sheet(("gradients by stage", _GRADIENTS), _table(columns, rows), remarks)


def _activations(watched: Watched, epoch: int) -> Sheet | None:
    if not watched.activations:
        return None
    scale = _Scale(activity.deviation for activity in watched.activations.values())
    rows = [
        (stage, metric(each.mean), metric(each.deviation), f"{each.silent:.1%}", scale.bar(each.deviation))
        for stage, each in list(watched.activations.items())[:_MOST_STAGES]
    ]
    said = (f"means of {plural(watched.steps, 'step')} of epoch {epoch + 1}", f"deviation: {scale.said}")
    told = [(line,) for line in (*_drifting(watched.activations), *_silent(watched.activations))]
    heading = ("outputs by stage", "silent: channels that are 0 for a whole batch")
    table = _table(("stage", "mean", "deviation", "silent", ""), rows)
    return Sheet(heading, table, (said, *_more(watched.activations), *told))


def _table(titles: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Table:
    """Words to the left, numbers to the right, the bar at the end; it goes first where there is no room."""
    words = {"stage": Column("stage", keeps=30), "run": Column("run", keeps=30)}
    columns = [words.get(title) or Column(title, "right") for title in titles[:-1]]
    return Table((*columns, Column(titles[-1], keeps=_BAR, leaves=1)), tuple(rows))


def _beside(
    stage: str, ends: Mapping[str, tuple[Mapping[str, float], Mapping[str, float]]], scale: _Scale
) -> Iterator[tuple[str, ...]]:
    """A row for each run, the stage named once."""
    for number, (name, (first, last)) in enumerate(ends.items()):
        values = (first.get(stage, math.nan), last.get(stage, math.nan))
        yield ("" if number else stage, name, *map(_small, values), scale.bar(values[1]))


def _more(stages: Mapping[str, object] | Sequence[str]) -> list[tuple[str]]:
    return [(f"{len(stages) - _MOST_STAGES} more stages",)] if len(stages) > _MOST_STAGES else []


def _small(value: float) -> str:
    """A number of any size in few characters; nothing where there is none."""
    return "" if math.isnan(value) else f"{value:.1e}" if value else "0"


def _vanishing(gradients: Mapping[str, float]) -> Iterator[str]:
    """Gradients go from the last stage to the first."""
    if len(gradients) < 2:
        return
    (last, there), (first, here) = list(gradients.items())[-1], next(iter(gradients.items()))
    if here == 0 < there:
        yield f"no gradient reaches {first}: it is 0, and {_small(there)} in {last}"
    elif 0 < here * _FAR <= there:
        yield f"gradients fall {_fold(there / here)}-fold from {last} to {first}"
    elif there > 0 and here >= there * _FAR:
        yield f"gradients grow {_fold(here / there)}-fold from {last} to {first}"


def _drifting(activations: Mapping[str, Activity]) -> Iterator[str]:
    """Activations go from the first stage on; what the last puts out is an answer, as small as it may be."""
    spread = {stage: each.deviation for stage, each in list(activations.items())[:-1] if _drawable(each.deviation)}
    if len(spread) < 2:
        return
    first, base = next(iter(spread.items()))
    most, least = max(spread, key=spread.__getitem__), min(spread, key=spread.__getitem__)
    if spread[most] >= base * _FAR:
        yield f"activations grow {_fold(spread[most] / base)}-fold from {first} to {most}"
    if spread[least] * _FAR <= base:
        yield f"activations fall {_fold(base / spread[least])}-fold from {first} to {least}"


def _silent(activations: Mapping[str, Activity]) -> Iterator[str]:
    """The stage that has most of them."""
    worst = max(activations, key=lambda stage: activations[stage].silent, default=None)
    if worst is not None and activations[worst].silent >= _SILENT:
        yield f"{activations[worst].silent:.0%} of the channels of {worst} are silent: 0 for a whole batch"


def _fold(ratio: float) -> str:
    """`1,200`, `3e+07`: two digits, for more would say too much."""
    return f"{float(f'{ratio:.1e}'):,.0f}" if ratio < 1e6 else f"{ratio:.0e}"
