"""A training step against plain Keras' fit: wall and processor time, as ratios measured in alternation in one run.

The same network, pictures, batch, optimizer and metrics for both. Keras' own layers run in fit, with its default and
with jit_compile=False; the faster of the two counts. The pictures are random numbers of the right shape.

Run: python benchmarks/training.py [rounds]
"""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnspec.api import load
from cnnspec.backend.build import build_model
from cnnspec.backend.faster import FASTER
from cnnspec.backend.learner import make_ready
from cnnspec.backend.startup import use_seed
from cnnspec.backend.steps import Stepper


@dataclass(frozen=True)
class Case:
    """A bundled spec, the size of its batches, and how many steps a turn has."""

    spec: str
    batch: int
    steps: int


CASES = (Case("digits", 32, 200), Case("resnet-cifar@20", 128, 4))


@dataclass(frozen=True)
class Turn:
    """Milliseconds a step."""

    wall: float
    processor: float


def compiled(case: Case, namespace: Any, jit: str | bool) -> Any:
    network = load(case.spec)
    use_seed(1)
    model = build_model(network.graph, case.spec, namespace=namespace)
    optimizer = keras.optimizers.AdamW(1e-3)
    model.compile(optimizer, "sparse_categorical_crossentropy", ["accuracy"], jit_compile=jit)
    return model


def batches(case: Case) -> Any:
    shape = load(case.spec).graph.nodes[0].output
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (case.batch, *shape)).astype("float32")
    labels = random.integers(0, 10, case.batch)
    return tf.data.Dataset.from_tensors((tf.constant(pictures), tf.constant(labels))).repeat()


def fit(case: Case, jit: str | bool) -> Callable[[], None]:
    """Steps of Keras' fit on Keras' own layers."""
    model, data = compiled(case, keras, jit), batches(case)
    return lambda: model.fit(data, steps_per_epoch=case.steps, epochs=1, verbose=0) and None


def ours(case: Case) -> Callable[[], None]:
    """The same steps in the loop of cnnspec on its faster layers."""
    model, data = compiled(case, FASTER, False), batches(case)
    make_ready(model, next(iter(data)))
    stepper = Stepper(model)

    def run() -> None:
        for _ in stepper.train(data, case.steps):
            pass

    return run


def timed(run: Callable[[], None], steps: int) -> Turn:
    wall, processor = time.perf_counter(), time.process_time()
    run()
    scale = 1000 / steps
    return Turn((time.perf_counter() - wall) * scale, (time.process_time() - processor) * scale)


def measure(case: Case, rounds: int) -> None:
    """One line for each of the three, its medians and how many times as long as ours it takes."""
    runs = {"cnnspec": ours(case), "fit": fit(case, "auto"), "fit, jit_compile=False": fit(case, False)}
    for run in runs.values():
        run()
    turns: dict[str, list[Turn]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            turns[name].append(timed(run, case.steps))
    for name, listed in turns.items():
        wall = statistics.median(turn.wall for turn in listed)
        processor = statistics.median(turn.processor for turn in listed)
        pairs = list(zip(listed, turns["cnnspec"], strict=True))
        walls = statistics.median(theirs.wall / mine.wall for theirs, mine in pairs)
        processors = statistics.median(theirs.processor / mine.processor for theirs, mine in pairs)
        what = f"| {case.spec}, batch {case.batch} | {name} "
        print(f"{what}| {wall:.1f} ms | {walls:.2f} | {processor:.1f} ms | {processors:.2f} |", flush=True)


if __name__ == "__main__":
    print(
        "| network | steps of | wall a step | ratio | processor a step | ratio |\n| --- | --- | --- | --- | --- | --- |"
    )
    for each in CASES:
        measure(each, int(sys.argv[1]) if len(sys.argv) > 1 else 5)
