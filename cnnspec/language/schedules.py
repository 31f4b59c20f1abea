"""Learning rates over time; lengths are in epochs, and a part of an epoch is a fraction.

Each schedule may start with a warm-up: the rate climbs in a straight line from 0 over that many epochs,
and only then the schedule begins, with what is left of the training.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from cnnspec.language.written import SOME, Epochs, is_number
from cnnspec.layers.fields import NotNegative, Positive
from cnnspec.layers.kind import Kind, invalid, read_kind
from cnnspec.layers.marks import Field, PlainValidator, WithJsonSchema
from cnnspec.layers.model import model_validator
from cnnspec.source.scalar import resolve_scalar

Warmup = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Factor = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]


_RATES = ("initial_learning_rate", "max_lr", "max_learning_rate", "learning_rate", "lr", "base_lr")


class Schedule(Kind, family="schedule"):
    """How the learning rate changes."""

    renamed: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(_RATES, "peak"),
        "min_lr": "final",
        "eta_min": "final",
        "warmup_epochs": "warmup",
        "gamma": "factor",
        "decay_rate": "factor",
        "milestones": "at",
        "boundaries": "at",
        "step_size": "every",
    }


class Constant(Schedule, kind="constant"):
    """One rate all along."""

    renamed: ClassVar[Mapping[str, str]] = {**dict.fromkeys((*_RATES, "peak"), "rate"), "warmup_epochs": "warmup"}

    rate: Positive
    """The rate."""
    warmup: Warmup = 0
    """Epochs of climbing from 0."""


class Cosine(Schedule, kind="cosine"):
    """From the peak down half a cosine wave (Loshchilov and Hutter 2017).

    With `t` the part of the way that is done: final + (peak - final) (1 + cos(pi t)) / 2.
    """

    peak: Positive
    """The highest rate."""
    warmup: Warmup = 0
    """Epochs of climbing from 0 to the peak."""
    final: NotNegative = 0
    """The rate at the end."""
    epochs: Epochs | None = None
    """How long the way down takes; without it, to the end of the training."""


class Step(Schedule, kind="step"):
    """Multiplied by `factor` at the epochs in `at`, or after every `every` epochs."""

    peak: Positive
    """The rate at first."""
    at: Annotated[tuple[Epochs, ...], SOME, Field(min_length=1)] | None = None
    """The epochs after which the rate falls, counted from the start of the training, none within the warm-up."""
    every: Epochs | None = None
    """Epochs between two falls."""
    factor: Factor = 0.1
    """What the rate is multiplied by."""
    warmup: Warmup = 0
    """Epochs of climbing from 0 to the peak."""

    @model_validator(mode="after")
    def _one_of_two(self) -> "Step":
        if (self.at is None) == (self.every is None):
            raise invalid("either at or every", help="write at: [30, 60] or every: 30")
        if self.at is not None and list(self.at) != sorted(set(self.at)):
            raise invalid("epochs in rising order", ("at",))
        return self


class Exponential(Schedule, kind="exponential"):
    """peak factor^(epoch / every)."""

    peak: Positive
    """The rate at first."""
    factor: Factor
    """What the rate is multiplied by over `every` epochs."""
    every: Epochs = 1
    """Over how many epochs."""
    staircase: bool = False
    """Whether the rate falls at once at the end of every such length, and stays in between."""
    warmup: Warmup = 0
    """Epochs of climbing from 0 to the peak."""


class OneCycle(Schedule, kind="one_cycle"):
    """Up to the peak and down to almost nothing, each half a cosine wave (Smith and Topin 2018)."""

    peak: Positive
    """The highest rate."""
    rise: Epochs | None = None
    """Epochs to the peak; without it, three tenths of the training."""
    start: Positive | None = None
    """The rate at first; without it, peak / 25."""
    final: NotNegative | None = None
    """The rate at the end; without it, start / 10,000."""


def _rate(value: object) -> float | Kind:
    if is_number(value):
        assert isinstance(value, (int, float))
        if value > 0:
            return value
        raise invalid("a number above 0")
    if isinstance(value, str) and is_number(resolve_scalar(value)):
        raise invalid("a number above 0, or a schedule")
    if isinstance(value, (str, dict, Schedule)):
        return read_kind("schedule", Schedule.members, value)
    raise invalid("a number above 0, or a schedule such as {cosine: {peak: 1e-3}}")


LearningRate = Annotated[
    float | Schedule,
    PlainValidator(_rate),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"definition": "schedule"}]}),
]
"""A number, or a schedule."""
