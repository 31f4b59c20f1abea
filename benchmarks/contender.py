"""One side of benchmarks/training.py: trains a bundled spec for as many steps as it is asked to, and says how long.

A process of its own, since settings of TensorFlow hold for a whole process. It reads numbers of steps, one a line, and
answers each with the seconds they took; its first line says what it is. Pictures are random bytes, texts random ids.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnspec import load
from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.splits import Split
from cnnspec.backend.model.build import build_model
from cnnspec.backend.model.faster import FASTER
from cnnspec.backend.objective.compile import choose_objective, compile_model
from cnnspec.backend.parallel.layout import Wish, layout_of
from cnnspec.backend.startup import make_repeatable, use_seed
from cnnspec.backend.steps.stepper import Stepper, make_ready
from cnnspec.graph.heads import Head, heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.training import Training

POOL = 8
"""Batches' worth of different examples."""
EDGE = 4096
"""Rows and columns of the matrices that measure the processor's limit."""

Run = Callable[[int], object]


@dataclass(frozen=True)
class Asked:
    """What to be: `cnnspec`, `fit`, `fit, jit_compile=False` or `matrix`, and on which spec."""

    who: str
    spec: str = ""
    batch: int = 0
    precision: str = "float32"


def examples(graph: Graph, count: int) -> Split:
    """Random examples of the network's shapes: ids below an embedding's size, else bytes; labels by output."""
    random = np.random.default_rng(0)
    sizes = [node.layer.input_dim for node in graph.nodes if node.kind == "embedding"]
    inputs = {
        name: random.integers(0, *(sizes or [256]), (count, *graph.nodes[position].output)).astype(
            "int32" if sizes else "uint8"
        )
        for name, position in graph.inputs.items()
    }
    return Split("train", inputs, {head.name: labels(head, count, random) for head in heads(graph)})


def labels(head: Head, count: int, random: np.random.Generator) -> Any:
    """A class each, yes or no for each label, or numbers."""
    if head.form == "class":
        return random.integers(0, max(2, head.units), count)
    if head.form == "labels":
        return random.integers(0, 2, (count, head.units))
    return random.normal(size=(count, head.units)).astype("float32")


def trainer(asked: Asked) -> Run:
    """The spec's own training on examples in memory: in the loop of cnnspec, or in fit on Keras' own layers."""
    network, ours = load(asked.spec), asked.who == "cnnspec"
    training = network.spec.training
    assert isinstance(training, Training)
    training = training.model_copy(update={"precision": asked.precision, "batch_size": asked.batch})
    split = examples(network.graph, POOL * asked.batch)
    if ours:
        layout_of(network.spec, network.graph, Wish(settles=True), os.environ)
        make_repeatable()
    use_seed(1)
    model = build_model(network.graph, "network", asked.precision, FASTER if ours else keras)
    objective = choose_objective(training, heads(network.graph), (split,))
    learner = compile_model(model, training, objective, split, network.graph.named_outputs)
    if asked.who == "fit":
        learner.jit_compile = "auto"
    dtypes = {name: network.graph.dtypes.get(name, "float32") for name in network.graph.inputs}
    batches = Batches(split, dtypes, network.graph.named_outputs)
    make_ready(learner, batches.gather(np.arange(1)))
    return _looped(learner, batches, asked.batch) if ours else _fitted(learner, split, asked.batch)


def _rows(steps: int, batch: int) -> Any:
    return np.resize(np.random.default_rng(1).permutation(POOL * batch), steps * batch)


def _looped(learner: Any, batches: Batches, batch: int) -> Run:
    stepper = Stepper(learner)

    def run(steps: int) -> None:
        for _ in stepper.train(batches.over(_rows(steps, batch), batch), steps):
            stepper.figures()

    return run


def _fitted(learner: Any, split: Split, batch: int) -> Run:
    """In fit as its users call it: on arrays, of the same examples in the same order."""
    inputs, (output,) = split.inputs, split.labels.values()

    def run(steps: int) -> None:
        rows = _rows(steps, batch)
        columns = {name: column[rows] for name, column in inputs.items()}
        learner.fit(columns, output[rows], batch_size=batch, shuffle=False, verbose=0)

    return run


def matrix() -> Run:
    """Products of two large matrices of float32: the rate that a network cannot pass."""
    factor = tf.random.normal((EDGE, EDGE))
    product = tf.function(lambda: tf.reduce_sum(tf.matmul(factor, factor)))
    return lambda steps: [float(product()) for _ in range(steps)]


def answer(asked: Asked) -> None:
    """Be asked until there is nobody any more."""
    run = matrix() if asked.who == "matrix" else trainer(asked)
    run(3)
    print(json.dumps({"ready": asked.who}), flush=True)
    for line in sys.stdin:
        steps = int(line)
        wall, processor = time.perf_counter(), time.process_time()
        run(steps)
        seconds = {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    answer(Asked(**json.loads(sys.argv[1])))
