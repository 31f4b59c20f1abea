"""Of which number of which output the attributions are.

Of an output that says something at each of many places it is the mean over those that are said to be of the class
(Vinogradova, Dibrov, Myers 2020, where Grad-CAM takes their sum, which is the same map on another scale).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.data.splits import Array
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.results.attribution import Target
from cnnspec.source.diagnostic import rejected, suggestion
from cnnspec.source.route import NOWHERE


@dataclass(frozen=True, slots=True)
class Asked:
    """The output that is asked, and its class by number; None for what it says itself."""

    answer: Answer
    number: int | None = None

    def named(self, name: str | None) -> "Asked":
        """The same output asked for a class of this name; as it was without one. Raises Rejected."""
        return self if name is None else replace(self, number=_number(self.answer, name))

    def number_for(self, numbers: Array) -> int:
        """The class that is attributed where the output gives these numbers (..., units); of values the first.

        Of many places it is the one that most of them are said to be of.
        """
        if self.number is not None:
            return self.number
        return 0 if self.answer.form == "values" else _likeliest(self.answer, numbers)

    def counted(self, number: int, numbers: Array) -> Any:
        """What is asked for in `quantity` and `score`: the class; or what each number (..., classes) counts."""
        if self.answer.size is not None:
            return number
        there = _said(self.answer, numbers)[..., number]
        counts = np.zeros((*there.shape, _width(self.answer)), np.float32)
        counts[..., number] = there / there.sum() if there.any() else 1 / there.size
        return counts

    def target(self, number: int, numbers: Array, squashed: str) -> Target:
        """What that is, in words; `squashed` is the activation that was taken off its scores."""
        answer, name = self.answer, self.name(number)
        if answer.size is None:
            return self._of_places(number, numbers, squashed)
        if answer.form == "values":
            score = f"the number {name}" if answer.head.units > 1 else "the number that the network gives"
            return Target(answer.output, name, self.number is None, None, score, _score(answer, squashed, score))
        probability = float(answer.probabilities(numbers[None])[0, number]) if answer.probable else None
        what = "the probability" if answer.probable else "the score"
        quantity = f"{what} of {name}"
        predicted = number == _likeliest(answer, numbers)
        return Target(answer.output, name, predicted, probability, quantity, _score(answer, squashed, quantity))

    def _of_places(self, number: int, numbers: Array, squashed: str) -> Target:
        answer, name = self.answer, self.name(number)
        there = int(_said(answer, numbers)[..., number].sum())
        of = "the number" if answer.form == "values" else "the probability" if answer.probable else "the score"
        over = f"the {there:,} places that are said to be it" if there else "all places, as none is said to be it"
        over = "all places" if answer.form == "values" else over
        counts = self.counted(number, numbers)
        probable = answer.probable and answer.form != "values"
        probability = float((answer.probabilities(numbers[None])[0] * counts).sum()) if probable else None
        score = f"the mean over these of {_score(answer, squashed, of)}"
        predicted = self.number is None or number == _likeliest(answer, numbers)
        return Target(answer.output, name, predicted, probability, f"{of} of {name}, the mean over {over}", score)

    def name(self, number: int) -> str:
        """What the class is called, or where the number stands."""
        if self.answer.form == "values":
            return str(number) if self.answer.head.units > 1 else self.answer.output
        return self.answer.classes[number]

    def quantity(self, numbers: Any, number: Any) -> Any:
        """Of (n, units) what is divided among what is read, (n): the probability of the class of this number."""
        answer = self.answer
        if answer.function:
            numbers = getattr(tf.nn, answer.function)(numbers)
        if answer.size is None:
            against = 1 - numbers if answer.probable else -numbers
            return _summed(tf.concat([against, numbers], -1) if answer.single else numbers, number)
        if answer.single:
            first = 1 - numbers[:, 0] if answer.probable else -numbers[:, 0]
            return tf.where(tf.equal(number, 1), numbers[:, 0], first)
        return tf.gather(numbers, number, axis=1)

    def score(self, scores: Any, number: Any) -> Any:
        """Of the scores (n, units) that whose gradient is taken, (n): large where the class is likely."""
        if self.answer.size is None:
            return _summed(tf.concat([-scores, scores], -1) if self.answer.single else scores, number)
        if self.answer.single:
            return tf.where(tf.equal(number, 1), scores[:, 0], -scores[:, 0])
        return tf.gather(scores, number, axis=1)


def _summed(numbers: Any, counts: Any) -> Any:
    """Of (n, ..., classes) the sums of what each number counts (..., classes): (n)."""
    return tf.reduce_sum(numbers * counts, axis=tf.range(1, tf.rank(numbers)))


def _width(answer: Answer) -> int:
    return 2 if answer.single else answer.head.units


def _said(answer: Answer, numbers: Array) -> Array:
    """Of (..., units) which classes are said at each place (..., classes), yes or no; of values all."""
    decided = answer.decide(numbers[None])[0]
    if answer.form == "class":
        return np.asarray(decided[..., None] == np.arange(_width(answer)))
    return np.ones(numbers.shape, bool) if answer.form == "values" else np.asarray(decided, bool)


def _likeliest(answer: Answer, numbers: Array) -> int:
    if answer.size is None:
        said = _said(answer, numbers)
        return int(said.sum(axis=tuple(range(said.ndim - 1))).argmax())
    return int(answer.probabilities(numbers[None])[0].argmax())


def _score(answer: Answer, squashed: str, quantity: str) -> str:
    if answer.function:
        return "the logit, which the network gives"
    return f"the logit, before the {squashed}" if squashed else quantity


def asked(answers: tuple[Answer, ...], output: str | None, name: str | None) -> Asked:
    """The output called `output` (the first without it) and its class called `name`; raises Rejected."""
    answer = answers[0] if output is None else _named(answers, output)
    return Asked(answer, None if name is None else _number(answer, name))


def _named(answers: tuple[Answer, ...], output: str) -> Answer:
    found = {answer.output: answer for answer in answers}
    if output not in found:
        received = f"the network has no output {output}"
        raise rejected("no-attribution", received, help=suggestion(output, list(found)), at=NOWHERE)
    return found[output]


def _number(answer: Answer, name: str) -> int:
    units = [str(number) for number in range(answer.head.units)] if answer.head.units > 1 else []
    names = list(answer.classes) if answer.form != "values" else units
    if name in names:
        return names.index(name)
    if not names:
        received = f"{answer.head.shown} gives a number, and knows no classes"
        raise rejected("no-class", received, help="leave --class out", at=NOWHERE)
    received = f"{answer.head.shown} knows no class {name}"
    raise rejected("no-class", received, help=suggestion(name, names), at=NOWHERE)
