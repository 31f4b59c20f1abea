"""What the numbers of an output say, as its head means them: read, decided, and held against labels."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np

from cnnspec.backend.data.splits import Array
from cnnspec.backend.objective.label_forms import side_names
from cnnspec.backend.objective.loss import choose_loss
from cnnspec.backend.objective.metric_fit import form_of
from cnnspec.graph.heads import Form, Head, heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.objective import AUTO
from cnnspec.source.diagnostic import Rejected


@dataclass(frozen=True, slots=True)
class Answer:
    """How an output is read.

    `form` is `class` (one of `classes`), `labels` (each of `classes` for itself) or `values`. `function` is what
    still makes probabilities of the numbers. A `single` unit gives the probability of the second of two classes.
    """

    head: Head
    form: Form
    classes: tuple[str, ...] = ()
    function: Literal["softmax", "sigmoid", ""] = ""
    ignored: int | None = None
    """A class number that stands for no label."""

    @property
    def output(self) -> str:
        """The output's name."""
        return self.head.name

    @property
    def size(self) -> int | None:
        """How many numbers it gives for an example; None where they have several axes."""
        return self.head.units if len(self.head.shape) == 1 else None

    @property
    def single(self) -> bool:
        """Whether two classes share one unit."""
        return self.form == "class" and self.head.units == 1

    @property
    def probable(self) -> bool:
        """Whether its numbers are probabilities, or become some."""
        return bool(self.function) or not self.head.meaning.improbable

    def probabilities(self, numbers: Array) -> Array:
        """(n, ..., units) as (n, ..., classes); values stay as they are."""
        if self.function:
            numbers = keras.ops.convert_to_numpy(getattr(keras.ops, self.function)(numbers))
        return np.concatenate([1 - numbers, numbers], axis=-1) if self.single else numbers

    def decide(self, numbers: Array) -> Array:
        """What the output says: class numbers (n, ...), yes or no for each label (n, ..., units), or values."""
        if self.form == "values":
            return numbers
        if self.form == "class" and not self.single:
            return np.asarray(numbers.argmax(axis=-1), np.int32)
        yes = numbers > 0 if self.head.of_sides else self.probabilities(numbers)[..., -self.head.units :] > 0.5
        return yes[..., 0].astype(np.int32) if self.single else yes

    def truth(self, labels: Array) -> Array:
        """Labels in the form of `decide`."""
        if self.form == "values":
            return labels
        if self.form == "labels":
            return labels > 0.5
        if self.single:
            return (labels.reshape(len(labels), -1) > 0.5).astype(np.int32)
        one_hot = labels.ndim == len(self.head.shape) + 1 and labels.shape[-1] == self.head.units
        return np.asarray(labels.argmax(axis=-1) if one_hot else labels, np.int32)


def answers(graph: Graph, classes: Mapping[str, tuple[str, ...]]) -> tuple[Answer, ...]:
    """How each output of a trained network is read, by its loss; `classes` are names by output."""
    return tuple(answer_of(head, classes.get(head.name, ())) for head in heads(graph))


def answer_to(labels: Array, head: Head, names: tuple[str, ...]) -> Answer:
    """How an output is read that learns these labels: by its loss, else by what `auto` makes of them."""
    if head.loss is None:
        with contextlib.suppress(Rejected):
            head = head.under(choose_loss(AUTO, head, labels, "the labels"))
    return answer_of(head, names or side_names(labels, head), form_of(head, labels))


def counted(truth: Array, answer: Answer) -> Array:
    """Class numbers (n), or one for each place, without those that stand for no label."""
    return np.asarray(truth[(truth >= 0) & (truth != (-1 if answer.ignored is None else answer.ignored))])


def answer_of(head: Head, names: tuple[str, ...], form: Form | None = None) -> Answer:
    """How an output is read under its loss; `names` are those of its classes, as far as they have any.

    `form` is what the labels tell beyond the loss. Where only the names are there, probabilities are of what they name.
    """
    if form is None:
        form = head.form
        if form == "values" and names and head.of_chances:
            form = "class" if head.units == 1 else "labels"
    if form == "values":
        return Answer(head, form)
    ignored = getattr(head.loss, "ignore_class", None)
    return Answer(head, form, _named(names, max(2, head.units)), head.function, ignored)


def _named(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    """So many names; where there are fewer, the others are called by their number."""
    return (*names[:count], *map(str, range(len(names), count)))
