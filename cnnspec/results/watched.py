"""What was watched over an epoch beside its figures: the sizes of gradients and activations, by stage."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
