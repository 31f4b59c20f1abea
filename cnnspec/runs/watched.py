"""What was watched over an epoch beside its figures: the sizes of gradients and activations, by stage."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from cnnspec.runs import reading

WATCH = "watch"
"""Its key in a line of metrics.jsonl."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What a stage puts out: mean and standard deviation of its numbers, and the share of channels that are silent."""

    mean: float
    deviation: float
    silent: float


@dataclass(frozen=True, slots=True)
class Watched:
    """Means over so many `steps` of an epoch, by the stage's title in the network's order; NaN without a step.

    A gradient's size is its root mean square over the stage's trainable weights.
    """

    steps: int
    gradients: Mapping[str, float] = field(default_factory=dict)
    activations: Mapping[str, Activity] = field(default_factory=dict)


def written(watched: Watched) -> dict[str, object]:
    """What was watched as a line of metrics.jsonl has it."""
    activations = {title: asdict(activity) for title, activity in watched.activations.items()}
    parts = {"gradients": dict(watched.gradients), "activations": activations}
    return {"steps": watched.steps, **{name: part for name, part in parts.items() if part}}


def read_watched(held: object) -> Watched | None:
    """The same read back, as much of it as is whole; None where there is nothing."""
    if not isinstance(held, dict):
        return None
    activations = {title: _activity(item) for title, item in reading.entries(held.get("activations")).items()}
    return Watched(reading.whole(held.get("steps")) or 0, reading.numbers(held.get("gradients")), activations)


def _activity(held: object) -> Activity:
    numbers = reading.numbers(held)
    return Activity(*(numbers.get(name, math.nan) for name in ("mean", "deviation", "silent")))
