"""Which way the figures of runs get better: by what their specs measure, else by what they are called."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cnnspec.language.figures import directions, lower_is_better
from cnnspec.runs.settings import Settings, section

_SPLIT = re.compile(r"^(?:val|test)_")
_NUMBER = re.compile(r"_[0-9]+$")


@dataclass(frozen=True, slots=True)
class _Written:
    """A metric as a run's spec writes it."""

    kind: str
    name: str | None = None


def is_lower_better(name: str, settings: Settings) -> bool:
    """Whether small values of a figure of a run with such settings are better: of `val_loss`, `off_by`, `f1_score_2`.

    What the settings do not tell is told by the name, behind the split and the output that it is of.
    """
    outputs = _outputs(settings)
    known = _measured(settings, outputs)
    base = _SPLIT.sub("", name)
    for each in (name, base, _NUMBER.sub("", base)):
        if each in known:
            return known[each] == "min"
    own = next((base.removeprefix(f"{output}_") for output in outputs if base.startswith(f"{output}_")), base)
    return lower_is_better(_NUMBER.sub("", own))


def best_of(values: Mapping[str, float], lower: bool) -> str:
    """Of runs with their values of one figure, the best; nothing where they are equal or there is one."""
    known = {run: each for run, each in values.items() if not math.isnan(each)}
    if len(set(known.values())) < 2:
        return ""
    wanted = min(known.values()) if lower else max(known.values())
    return ", ".join(run for run, each in known.items() if each == wanted)


def _outputs(settings: Settings) -> tuple[str, ...]:
    """The names of outputs, where the spec gives them names, the longest first."""
    return tuple(sorted(map(str, section(settings, "outputs")), key=len, reverse=True))


def _measured(settings: Settings, outputs: Sequence[str]) -> dict[str, str]:
    """Directions of what `training` measures, of several outputs by their names and of one without."""
    metrics = section(settings, "training").get("metrics")
    of = metrics if isinstance(metrics, Mapping) else dict.fromkeys(outputs or ("output",), metrics)
    listed = {str(output): tuple(_metrics(each)) for output, each in of.items()}
    alone: dict[str, str] = {}
    for output, each in listed.items():
        alone |= directions({output: each})
    return {**alone, **directions({**dict.fromkeys(outputs, ()), **listed})}


def _metrics(value: object) -> Iterator[_Written]:
    for each in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(each, str):
            yield _Written(each)
        elif isinstance(each, Mapping) and len(each) == 1:
            ((kind, arguments),) = each.items()
            name = arguments.get("name") if isinstance(arguments, Mapping) else None
            yield _Written(str(kind), name if isinstance(name, str) else None)
