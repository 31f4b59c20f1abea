"""Sweeps of a small spec, in processes of their own that can be killed."""

import json
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.forked_program import Program
from tests.support.small_runs import small_spec
from tests.support.warm_start import warm_start

OVER = ("training.optimizer.rmsprop.learning_rate=1e-4..1e-1 log", "model.1.conv.filters=[2, 4, 8]")
MODEL = """
inputs: {image: [6, 6, 1]}
model:
  - rescaling: 0.1
  - conv: {filters: 4, kernel_size: 3}
  - dropout: 0.2
  - flatten
  - dense: {units: 3, activation: softmax}
"""
TRAINING = "training: {epochs: 3, batch_size: 8, loss: auto, metrics: [accuracy], optimizer: rmsprop, seed: 5}\n"


def place(folder: Path, training: str = TRAINING) -> Path:
    """A folder with the spec and its data."""
    folder.mkdir(parents=True, exist_ok=True)
    small_spec(folder, training, MODEL)
    return folder


def started(folder: Path, *words: str, over: Sequence[str] = OVER) -> Program:
    """A process that sweeps there."""
    options = [word for each in over for word in ("--over", each)]
    return warm_start().start(["sweep", "small.yaml", *options, *words], folder)


def finished(folder: Path) -> dict[int, float]:
    """The finished trials as the journal's lines have them, read here by hand: their values by number."""
    journal = folder / "runs" / "small.study"
    found: dict[int, float] = {}
    for line in journal.read_bytes().split(b"\n")[:-1] if journal.exists() else ():
        entry = json.loads(line)
        if entry["op_code"] == 6 and entry.get("state") == 1:
            assert entry["trial_id"] not in found, "a trial was finished twice"
            found[entry["trial_id"]] = entry["values"][0]
    return found


def epochs(folder: Path) -> int:
    """Epochs that all runs have finished so far."""
    return sum(len(path.read_text().splitlines()) for path in folder.glob("runs/*/metrics.jsonl"))


def killed(folder: Path, process: Program, most: int, seconds: float = 120.0) -> None:
    """SIGKILL it once that many epochs are over, all runs counted; what it started ends, too, which is waited for."""
    until = time.monotonic() + seconds
    while epochs(folder) < most and process.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    assert process.poll() is None, process.communicate()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=seconds)
