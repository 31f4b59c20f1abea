"""What it costs to keep the state of a training every epoch, and whether memory stays flat.

Run: python benchmarks/overhead.py cost DATA_ROOT [rounds] [steps], or python benchmarks/overhead.py memory [epochs]

`cost` trains the first so many steps of fashion's epoch by turns with a checkpoint after each epoch and without any.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.backend import run as running
from cnnspec.backend.data.idx import read_idx
from cnnspec.backend.keeping import Keeping
from cnnspec.backend.train import train
from cnnspec.checks.analysis import analyse
from cnnspec.runs.events import EpochEnded, EpochStarted, Event

BATCH, VALIDATED = 128, 1_000
EPOCHS = 4
"""The first compiles, and the last has nothing after it: neither counts."""


class Clock:
    """Seconds from the beginning of each epoch to that of the next, and what the training waited for meanwhile."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        self.waits: dict[str, list[float]] = {}

    def take(self, event: Event) -> None:
        if isinstance(event, EpochStarted):
            self.begun.append(time.perf_counter())

    def timed(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its seconds noted."""

        def call(*arguments: Any, **options: Any) -> Any:
            started = time.perf_counter()
            try:
                return real(*arguments, **options)
            finally:
                self.waits.setdefault(name, []).append(time.perf_counter() - started)

        return call

    @property
    def epochs(self) -> list[float]:
        return [after - before for before, after in zip(self.begun[1:], self.begun[2:], strict=False)]


def cost(root: Path, rounds: int, steps: int) -> None:
    """The ratio of epochs with a checkpoint to those without, medians over all rounds."""
    clock = Clock()
    # The real method with a clock around it; types hold methods to be fixed.
    Keeping.keep = clock.timed("checkpoint", Keeping.keep)  # type: ignore[method-assign]
    running.save_model = clock.timed("best.keras", running.save_model)
    with tempfile.TemporaryDirectory() as name:
        put_fashion(root, Path(name), steps)
        taken: dict[bool, list[float]] = {False: [], True: []}
        for number in range(2 * rounds):
            kept = number % 2 == 0
            clock.begun = []
            fashion(Path(name), kept, clock)
            taken[kept] += clock.epochs
    without, with_them = (statistics.median(taken[kept]) for kept in (False, True))
    print(f"an epoch of {steps} steps without a checkpoint  {without:7.3f} s")
    print(f"the same with one                       {with_them:7.3f} s   {with_them / without:.4f} times as long")
    for what, seconds in clock.waits.items():
        print(f"the training waits for {what}: {1000 * statistics.median(seconds):.0f} ms at the median")


def put_fashion(root: Path, folder: Path, steps: int) -> None:
    """The first examples of Fashion-MNIST, as many as make the steps, and some more to validate."""
    names = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
    images, labels = (read_idx(root / name, name) for name in names)
    end = steps * BATCH
    for name, rows in (("train", slice(end)), ("validation", slice(end, end + VALIDATED))):
        np.savez(folder / f"{name}.npz", x=images[rows], y=labels[rows])


def fashion(folder: Path, kept: bool, clock: Clock) -> None:
    """One training."""
    data = "{source: arrays, train: train.npz, validation: validation.npz}"
    every = 1 if kept else 1000
    settings = (f"data={data}", f"training.epochs={EPOCHS}", f"training.checkpoint.every={every}")
    trained("fashion", settings, folder, clock.take)


def trained(name: str, settings: tuple[str, ...], root: Path | None, on_event: Callable[[Event], None]) -> None:
    found = analyse(name, settings)
    assert found.spec is not None and found.graph is not None, found.diagnostics
    with tempfile.TemporaryDirectory() as runs:
        train(found.spec, found.graph, runs_dir=Path(runs), data_root=root, on_event=on_event)


def memory(epochs: int) -> None:
    """Resident memory over a long training of digits."""

    def tell(event: Event) -> None:
        if isinstance(event, EpochEnded) and (event.epoch + 1) % 20 == 0:
            print(f"epoch {event.epoch + 1:4}  {resident():7.1f} MB", flush=True)

    trained("digits", (f"training.epochs={epochs}",), None, tell)


def resident() -> float:
    """Megabytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    if sys.argv[1] == "memory":
        memory(int(sys.argv[2]) if len(sys.argv) > 2 else 200)
    else:
        rounds, steps = (int(sys.argv[at]) if len(sys.argv) > at else usual for at, usual in ((3, 5), (4, 100)))
        cost(Path(sys.argv[2]), rounds, steps)
