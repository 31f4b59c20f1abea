"""How fast two ways of training are: real steps on one batch by turns, and whether the quicker one is worth it."""

import time
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from cnnspec.backend.data.batches import over_and_over
from cnnspec.backend.model.build import build_model
from cnnspec.backend.model.faster import FASTER
from cnnspec.backend.objective.compile import compile_model
from cnnspec.backend.prepared import Prepared
from cnnspec.backend.startup import lacks_memory, use_seed
from cnnspec.backend.steps.stepper import Stepper, make_ready

_TURNS = 4
_SECONDS = 0.25
"""How long a turn takes at least."""
_WORTHWHILE = 0.9


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds until the first step is done, and for a step in each of the turns that followed."""

    first: float
    turns: tuple[float, ...]

    @property
    def step(self) -> float:
        """Seconds a step at its best: other programs only ever make it slower."""
        return min(self.turns)

    def won(self, usual: "Timed") -> int:
        """In how many turns it was quicker than the usual pace by a tenth or more."""
        return sum(mine < _WORTHWHILE * other for mine, other in zip(self.turns, usual.turns, strict=True))

    def saves(self, usual: "Timed", steps: int) -> bool:
        """Whether a training of so many steps is worth the change from the usual pace."""
        here, there = (pace.first + pace.step * steps for pace in (self, usual))
        return self.won(usual) == len(self.turns) and here < _WORTHWHILE * there

    def verdict(self, usual: "Timed", steps: int) -> str:
        """What speaks for the change or against it, in words."""
        won, turns = self.won(usual), len(self.turns)
        if won < turns:
            return f"quicker by a tenth in {won or 'none'} of {turns} turns"
        if not self.saves(usual, steps):
            return f"{steps:,} steps are too few to win back the longer start"
        return f"quicker by a tenth in each of {turns} turns"

    def __str__(self) -> str:
        return f"{short(1000 * self.step)} ms"


def short(number: float) -> str:
    """Two digits are enough of what was timed."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


@dataclass(frozen=True, slots=True)
class Runner:
    """A network that has done its first step, and how many more make a turn."""

    stepper: Stepper
    batches: Any
    first: float
    steps: int

    def turn(self) -> float:
        """Seconds a step."""
        return _timed(self.stepper, self.batches, self.steps) / self.steps


def race(usual: Runner | None, other: Runner | None) -> tuple[Timed | None, Timed | None]:
    """The paces of two, by turns; None for both where one cannot run."""
    if usual is None or other is None:
        return None, None
    turns = [(usual.turn(), other.turn()) for _ in range(_TURNS)]
    mine, others = zip(*turns, strict=True)
    return Timed(usual.first, mine), Timed(other.first, others)


def runner(job: Prepared, batch: Any, precision: str, xla: bool) -> Runner | None:
    """A network of the job's that trains on the batch over and over; None where TensorFlow cannot compute it so."""
    use_seed(job.seed)
    training = job.training.model_copy(update={"precision": precision})
    model = build_model(job.graph, job.spec.name, precision, FASTER)
    learner = compile_model(model, training, job.objective, job.dataset.train, job.graph.named_outputs)
    make_ready(learner, batch)
    stepper, batches = Stepper(learner, xla, stops=False), over_and_over(batch)
    try:
        return Runner(stepper, batches, _timed(stepper, batches, 1), _length(stepper, batches))
    except tf.errors.OpError as error:
        if lacks_memory(error):
            raise
        return None


def _length(stepper: Stepper, batches: Any) -> int:
    """How many steps take long enough to tell: twice as many each time."""
    steps = 1
    while _timed(stepper, batches, steps) < _SECONDS:
        steps *= 2
    return steps


def _timed(stepper: Stepper, batches: Any, steps: int) -> float:
    started = time.perf_counter()
    for _ in stepper.train(batches, steps):
        pass
    return time.perf_counter() - started
