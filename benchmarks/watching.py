"""What `training.watch` costs: steps with and without it by turns in one process, as ratios.

Run: python benchmarks/watching.py [SPEC [DATA [TURNS [STEPS]]]], by default digits; STEPS a turn, a multiple of 16.
"""

import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from cnnspec.analysis import analyse
from cnnspec.backend.data.batches import over_and_over
from cnnspec.backend.model.build import connect, model_of
from cnnspec.backend.model.faster import FASTER
from cnnspec.backend.parallel.layout import Wish, layout_of
from cnnspec.backend.prepared import Prepared, prepare
from cnnspec.backend.ready import make_trainee
from cnnspec.backend.startup import make_repeatable, use_seed
from cnnspec.backend.steps.stepper import Stepper
from cnnspec.backend.steps.watch import EVERY, Watch

KINDS: tuple[tuple[str, ...], ...] = ((), ("gradients",), ("gradients", "activations"))


class Contender:
    """A network that trains on one batch over and over, watched or not."""

    def __init__(self, job: Prepared, kinds: tuple[str, ...]) -> None:
        use_seed(job.seed)
        tensors = connect(job.graph, job.training.precision, FASTER)
        trainee = make_trainee(job, model_of(job.graph, job.spec.name, tensors))
        watch = Watch(job.graph, trainee.learner, tensors, kinds) if kinds else None
        self._stepper = Stepper(trainee.learner, watch=watch)
        batch = trainee.train.gather(np.arange(job.training.batch_size))
        self._batches = over_and_over(batch)

    def turn(self, steps: int) -> tuple[float, float]:
        """Seconds a step, by the clock and of processor time, which other programs disturb less."""
        started = time.perf_counter(), time.process_time()
        for _ in self._stepper.train(self._batches, steps):
            pass
        return (time.perf_counter() - started[0]) / steps, (time.process_time() - started[1]) / steps


def contenders(spec: str, data: Path) -> list[Contender]:
    """One for each way to watch."""
    read, graph = analyse(spec).require()
    layout_of(read, graph, Wish(settles=True), os.environ)
    job = prepare(read, graph, data)
    make_repeatable()
    return [Contender(job, kinds) for kinds in KINDS]


def main(spec: str = "digits", data: str = ".", turns: str = "30", steps: str = "64") -> None:
    """Print the time of a step for each, and the median of the ratios to the turn beside it."""
    each = contenders(spec, Path(data))
    for contender in each:
        contender.turn(EVERY)
    paces = [[contender.turn(int(steps)) for contender in each] for _ in range(int(turns))]
    print(f"{spec}, {turns} turns of {steps} steps, one in {EVERY} watched; median step, and ratio to the turn beside")
    for number, kinds in enumerate(KINDS):
        told = []
        for clock in (0, 1):
            pace = statistics.median(turn[number][clock] for turn in paces)
            ratio = statistics.median(turn[number][clock] / turn[0][clock] for turn in paces)
            told.append(f"{1000 * pace:8.2f} ms {ratio:6.3f}")
        print(f"{' and '.join(kinds) or 'nothing':<26} by the clock {told[0]}   of processor time {told[1]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
