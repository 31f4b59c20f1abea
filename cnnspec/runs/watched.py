"""What was watched over an epoch, as a line of metrics.jsonl has it."""

import math
from dataclasses import asdict

from cnnspec.results.watched import Activity, Watched
from cnnspec.runs import reading

WATCH = "watch"
"""Its key in a line of metrics.jsonl."""


def written(watched: Watched) -> dict[str, object]:
    """What stands in the line, beside the figures."""
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
