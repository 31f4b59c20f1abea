"""What the figures of a training are called, and which way each gets better."""

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

Direction = Literal["min", "max"]

_LOWER = ("error", "crossentropy", "divergence", "poisson", "hinge", "loss")
_SMALL = frozenset({"ce", "bce", "mse", "mae", "mape", "msle", "false_positives", "false_negatives"})


class Measured(Protocol):
    """A metric as far as its figure's name and direction go, be it read from a spec or as it stands there."""

    @property
    def kind(self) -> str:
        """By which it is written."""

    @property
    def name(self) -> str | None:
        """What it is called, if not by its kind."""


def names_of(metrics: Iterable[Measured]) -> tuple[str, ...]:
    """What each is called: as written, else by its kind; a second one of a kind gets a number, as in Keras."""
    listed = tuple(metrics)
    names: list[str] = []
    for position, metric in enumerate(listed):
        wanted = metric.name or metric.kind
        taken = sum(wanted == (other.name or other.kind) for other in listed[:position])
        names.append(f"{wanted}_{taken}" if taken else wanted)
    return tuple(names)


def lower_is_better(kind: str) -> bool:
    """Whether small values are better of a metric or loss with this kind, or of a figure that is called so."""
    return kind in _SMALL or kind.endswith(_LOWER)


def direction(metric: Measured) -> Direction:
    """Whether small or large values of a metric are better."""
    return "min" if lower_is_better(metric.kind) else "max"


def directions(metrics: Mapping[str, Iterable[Measured]]) -> dict[str, Direction]:
    """For each figure of a training, by the name that Keras logs it under, which way is better.

    `metrics` are those of each output that is learnt; where there are several, its name stands before theirs.
    """
    known: dict[str, Direction] = {"loss": "min"}
    for output, listed in metrics.items():
        prefix = f"{output}_" if len(metrics) > 1 else ""
        known[f"{prefix}loss"] = "min"
        each = tuple(listed)
        known |= {f"{prefix}{name}": direction(metric) for name, metric in zip(names_of(each), each, strict=True)}
    return known
