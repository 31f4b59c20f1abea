"""What it costs to keep the state of a training every epoch, and whether memory stays flat.

Run: python benchmarks/overhead.py cost DATA_ROOT [epochs] [steps], or python benchmarks/overhead.py memory [epochs]

`cost` trains fashion, whole epochs unless so many steps are given, with a checkpoint after every second of its epochs.
"""

import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.analysis import analyse
from cnnspec.backend.data.formats.idx import read_idx
from cnnspec.backend.resume.keeper import Keeper
from cnnspec.backend.train import train
from cnnspec.results.events import EpochEnded, Event, StepsDone

BATCH, VALIDATED = 128, 6_000
WHOLE = (60_000 - VALIDATED) // BATCH
"""Whole batches of the split that fashion trains on."""


class Clock:
    """Seconds from the middle of each epoch to that of the next, and what the training waited for meanwhile.

    A checkpoint that falls on the end of an epoch, and what the thread that writes it takes from the steps after it,
    are so between two middles. Where a middle falls between two events it is interpolated.
    """

    def __init__(self) -> None:
        self._middles: list[float] = []
        self._before = (-1, 0, 0.0)
        self.waits: dict[str, list[float]] = {}

    def take(self, event: Event) -> None:
        if not isinstance(event, StepsDone):
            return
        now, (epoch, step, then), middle = time.perf_counter(), self._before, event.steps / 2
        if epoch == event.epoch and step < middle <= event.step:
            self._middles.append(then + (now - then) * (middle - step) / (event.step - step))
        self._before = (event.epoch, event.step, now)

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
        return [after - before for before, after in itertools.pairwise(self._middles)]


def cost(root: Path, epochs: int, steps: int) -> None:
    """What epochs with a checkpoint between take longer than the one before and the one after; medians."""
    clock = Clock()
    # The real methods with a clock around them; types hold methods to be fixed.
    Keeper.keep = clock.timed("a checkpoint", Keeper.keep)  # type: ignore[method-assign]
    Keeper.keep_best = clock.timed("best.keras", Keeper.keep_best)  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as name:
        put_fashion(root, Path(name), steps)
        data = "{source: arrays, train: train.npz, validation: validation.npz}"
        settings = (f"data={data}", f"training.epochs={epochs}", "training.checkpoint.every=2")
        trained("fashion", settings, Path(name), clock.take)
    without, kept = clock.epochs[2::2], clock.epochs[1::2]
    more = [each - (one + other) / 2 for each, one, other in zip(kept[1:], without, without[1:], strict=False)]
    usual = statistics.median(without)
    print(f"middle to middle of {steps} steps without a checkpoint  {usual:7.3f} s, each {rounded(without)}")
    print(
        f"the same with one                            {statistics.median(kept[1:]):7.3f} s, each {rounded(kept[1:])}"
    )
    print(f"than those beside them with one longer by    {statistics.median(more):7.3f} s, each {rounded(more)}")
    print(f"so a checkpoint every epoch costs            {statistics.median(more) / usual:8.2%}")
    for what, seconds in clock.waits.items():
        print(f"the training waits for {what}: {1000 * statistics.median(seconds[:-1]):.1f} ms at the median")


def rounded(seconds: list[float]) -> str:
    return " ".join(f"{each:.2f}" for each in seconds)


def put_fashion(root: Path, folder: Path, steps: int) -> None:
    """The first examples of Fashion-MNIST, as many as make the steps, and some more to validate."""
    names = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
    images, labels = (read_idx(root / name, name) for name in names)
    end = steps * BATCH
    for name, rows in (("train", slice(end)), ("validation", slice(end, end + VALIDATED))):
        np.savez(folder / f"{name}.npz", x=images[rows], y=labels[rows])


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
        epochs, steps = (int(sys.argv[at]) if len(sys.argv) > at else usual for at, usual in ((3, 15), (4, WHOLE)))
        cost(Path(sys.argv[2]), epochs, steps)
