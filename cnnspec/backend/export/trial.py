"""Try an exported file in a process of its own, by the predict.py that lies beside it: what it says, and how fast.

    python trial.py MODEL FOLDER

FOLDER holds the examples of each input by number (0.npy ...); the numbers of each output are written there, and
trial.json. Nothing of cnnspec is imported.
"""

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

BATCHES = (1, 2, 3, 5, 8, 32)
"""How many examples go through it at once, in turn; then as many as the last says."""
_TURNS, _SECONDS = 100, 1.0
"""How often, and how long, it is timed at most."""


def main(model: str, folder: Path) -> None:
    """Run all examples, some at a time, and time the first of them."""
    network = importlib.import_module("predict").Network(model)
    columns = [np.load(folder / f"{number}.npy", mmap_mode="r") for number in range(len(network.inputs))]
    names = [each["name"] for each in network.inputs]

    def run(start: int, end: int) -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = network(
            {name: column[start:end] for name, column in zip(names, columns, strict=True)}
        )
        return found

    count, at, sizes, said = len(columns[0]), 0, list(BATCHES), []
    used = []
    while at < count:
        size = min(sizes.pop(0) if len(sizes) > 1 else sizes[0], count - at)
        said.append(run(at, at + size))
        used.append(size)
        at += size
    for number, output in enumerate(network.outputs):
        np.save(folder / f"said-{number}.npy", np.concatenate([each[output["name"]] for each in said]))
    most = min(count, BATCHES[-1])
    times = {"alone": _milliseconds(lambda: run(0, 1)), "together": _milliseconds(lambda: run(0, most)) / most}
    (folder / "trial.json").write_text(json.dumps(times | {"batches": sorted(set(used)), "at_once": most}))


def _milliseconds(call: Callable[[], object]) -> float:
    """The median of some turns, after a first that is not counted."""
    call()
    turns: list[float] = []
    while len(turns) < _TURNS and sum(turns) < _SECONDS:
        began = perf_counter()
        call()
        turns.append(perf_counter() - began)
    return 1000 * float(np.median(turns))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
