"""Whether a training step waits for its input: what TensorFlow's profiler saw of the steps of a spec's own training.

The spec trains on its own data, read, decoded and augmented as `cnnspec train` does; of so many steps the first ones
are not counted, and of the others the time in which the step asks for the next batch is.

Run: python benchmarks/waiting.py SPEC DATA [STEPS], by default 64 steps.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from cnnspec.analysis import analyse
from cnnspec.backend.parallel.layout import Wish, layout_of
from cnnspec.backend.ready import get_ready
from cnnspec.backend.steps.stepper import Stepper

WARM_UP = 8
ASKS = "IteratorGetNextOp::DoCompute"
"""What the profiler calls a step's question for its batch."""


def spans(folder: str) -> Iterator[tuple[str, float]]:
    """The events of a profile: their names and milliseconds."""
    (file,) = Path(folder).rglob("*.xplane.pb")
    space: Any = xplane_pb2.XSpace()
    space.ParseFromString(file.read_bytes())
    for plane in space.planes:
        names = {key: value.name for key, value in plane.event_metadata.items()}
        for line in plane.lines:
            yield from ((names[event.metadata_id], event.duration_ps / 1e9) for event in line.events)


def main(name: str, data: str, steps: str = "64") -> None:
    """Print the time of a step and what of it is waiting, on average."""
    spec, graph = analyse(name).require()
    assert spec.training is not None
    layout_of(spec, graph, Wish(settles=True), os.environ)
    ready = get_ready(spec, graph, data_root=Path(data))
    job, trainee = ready.job, ready.trainee
    count = int(steps)
    rows = np.resize(np.random.default_rng(1).permutation(trainee.train.count), count * job.training.batch_size)
    stepper = Stepper(trainee.learner)
    with trainee.train.in_use(), tempfile.TemporaryDirectory() as folder:
        training = stepper.train(trainee.train.over(rows, job.training.batch_size), count)
        begun = next(done for done in training if done >= WARM_UP)
        tf.profiler.experimental.start(folder)
        started = time.perf_counter()
        for _ in training:
            pass
        seconds = time.perf_counter() - started
        tf.profiler.experimental.stop()
        waits = [ms for event, ms in spans(folder) if event == ASKS]
    step, wait = 1000 * seconds / (count - begun), sum(waits) / (count - begun)
    print(f"{name}: a step takes {step:.2f} ms, of which it waits {wait:.3f} ms for its batch ({wait / step:.1%})")
    print(f"the longest wait of {len(waits)}: {max(waits):.2f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
