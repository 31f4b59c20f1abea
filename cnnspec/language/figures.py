"""What the figures of a training are called, and which way each gets better."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from cnnspec.language.directions import lower_is_better
from cnnspec.layers.kind import Kind

if TYPE_CHECKING:
    from cnnspec.language.metrics import Metric

Direction = Literal["min", "max"]


def names_of(metrics: "Iterable[Metric]") -> tuple[str, ...]:
    """What each is called: as written, else by its kind; a second one of a kind gets a number, as in Keras."""
    listed = tuple(metrics)
    names: list[str] = []
    for position, metric in enumerate(listed):
        wanted = metric.name or metric.kind
        taken = sum(wanted == (other.name or other.kind) for other in listed[:position])
        names.append(f"{wanted}_{taken}" if taken else wanted)
    return tuple(names)


def direction(metric: Kind) -> Direction:
    """Whether small or large values of a metric are better."""
    return "min" if lower_is_better(metric.kind) else "max"


def directions(metrics: "Mapping[str, tuple[Metric, ...]]") -> dict[str, Direction]:
    """For each figure of a training, by the name that Keras logs it under, which way is better.

    `metrics` are those of each output that is learnt; where there are several, its name stands before theirs.
    """
    known: dict[str, Direction] = {"loss": "min"}
    for output, listed in metrics.items():
        prefix = f"{output}_" if len(metrics) > 1 else ""
        known[f"{prefix}loss"] = "min"
        known |= {f"{prefix}{name}": direction(metric) for name, metric in zip(names_of(listed), listed, strict=True)}
    return known
