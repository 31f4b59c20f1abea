"""What a network says of new examples."""

from dataclasses import dataclass

from cnnspec.source.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True)
class Output:
    """An output by name: the `classes` that it chooses from, none where it gives numbers.

    `size` is how many numbers it gives for an example, None where they have several axes. Of `labels` each holds or not
    for itself.
    """

    name: str
    classes: tuple[str, ...]
    size: int | None
    labels: bool = False
    unsure: bool = False
    """Whether it may say that none of its classes is meant."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A class and its probability; of labels, `holds` says whether this one does."""

    name: str
    probability: float
    holds: bool | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one output says of an example: `guesses`, the likeliest first, or `values`, nested as the output is.

    A map of classes has their numbers as values. `none` says whether none of the classes is meant, where that may be.
    """

    output: str
    form: str
    guesses: tuple[Guess, ...] = ()
    values: object = None
    none: bool | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is said of an example, output by output; or what is wrong with it.

    `remarks` say what was done to it, or what is doubtful.
    """

    name: str
    text: str | None
    outputs: tuple[Told, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    remarks: tuple[str, ...] = ()
