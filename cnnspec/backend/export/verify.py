"""An exported file held against the run's own model: the same examples through both, each in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.data.splits import Array
from cnnspec.backend.export import trial
from cnnspec.backend.export.samples import Samples
from cnnspec.backend.objective.criterion import MASK
from cnnspec.backend.objective.output_reading import Answer, counted
from cnnspec.graph.nodes import Graph
from cnnspec.results.exported import Compared
from cnnspec.results.failure import RunFailed

_BATCH = 32


@dataclass(frozen=True, slots=True)
class Tried:
    """What the file said, by output, and in how many milliseconds an example, alone and of so many `at_once`."""

    said: Mapping[str, Array]
    batches: tuple[int, ...]
    alone: float
    together: float
    at_once: int


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """What the run's model says at an output (n, ...), and at which of its places it counts (None: all)."""

    numbers: Array
    mask: Array | None


def own_answers(model: Any, graph: Graph, samples: Samples) -> dict[str, Own]:
    """What the run's model says of the samples, by output."""
    dtypes = {name: graph.dtypes.get(name, "float32") for name in graph.inputs}
    call, parts = _with_masks(model, graph), list[dict[str, Own]]()
    for start in range(0, samples.count, _BATCH):
        tensors = {name: tf.cast(samples.inputs[name][start : start + _BATCH], dtypes[name]) for name in graph.inputs}
        said, masks = call(tensors if len(tensors) > 1 else next(iter(tensors.values())))
        numbers = {name: np.asarray(tf.cast(each, tf.float32)) for name, each in said.items()}
        parts.append(
            {name: Own(each, np.asarray(masks[name]) if name in masks else None) for name, each in numbers.items()}
        )
    return {name: _joined([part[name] for part in parts]) for name in graph.outputs}


def _with_masks(model: Any, graph: Graph) -> Any:
    """The model as a function of TensorFlow: its outputs by name, and their masks, which such a function takes away."""

    def run(inputs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        found = model(inputs, training=False)
        said = found if graph.named_outputs else {next(iter(graph.outputs)): found}
        masks = {name: getattr(each, MASK, None) for name, each in said.items()}
        return said, {name: mask for name, mask in masks.items() if mask is not None}

    return tf.function(run, reduce_retracing=True, autograph=False)


def _joined(parts: list[Own]) -> Own:
    masks = [part.mask for part in parts if part.mask is not None]
    return Own(np.concatenate([part.numbers for part in parts]), np.concatenate(masks) if masks else None)


def tried(path: Path, script: str, graph: Graph, samples: Samples) -> Tried:
    """The file, loaded by its predict.py in a fresh process; raises RunFailed where it does not load there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "predict.py").write_text(script, encoding="utf-8")
        (folder / "trial.py").write_text(Path(trial.__file__).read_text(encoding="utf-8"), encoding="utf-8")
        for number, column in enumerate(graph.inputs):
            np.save(folder / f"{number}.npy", samples.inputs[column])
        done = subprocess.run(
            [sys.executable, "trial.py", str(path.resolve()), name],
            cwd=folder, capture_output=True, text=True, errors="replace", env=_environment(), check=False,
        )  # fmt: skip
        if done.returncode:
            last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
            raise RunFailed("export-differs", f"{path.name} does not run where it belongs: {last}", _REPORT)
        told = json.loads((folder / "trial.json").read_text())
        said = {output: np.load(folder / f"said-{number}.npy") for number, output in enumerate(graph.outputs)}
    return Tried(said, tuple(told["batches"]), told["alone"], told["together"], told["at_once"])


_REPORT = "write --format keras, which every network can be; and tell us"


def _environment() -> dict[str, str]:
    """Without words of TensorFlow's; what a graphics card computes may differ by more."""
    return os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow"}


def compared(answer: Answer, model: Own, said: Array, labels: Array | None) -> Compared:
    """One output of both; raises RunFailed where they have not even the same shape."""
    name, own = answer.output, model.numbers
    if own.shape != said.shape:
        message = f"output {name} has shape {said.shape}, where the run's model has {own.shape}"
        raise RunFailed("export-differs", message, _REPORT)
    scale = max(1.0, float(np.abs(own).max(initial=0)))
    difference = float(np.abs(own - said).max(initial=0)) / scale
    if answer.form == "values":
        return Compared(name, difference, scale)
    ours, theirs = answer.decide(own), answer.decide(said)
    agreement = float(np.mean(ours == theirs))
    if labels is None:
        return Compared(name, difference, scale, agreement)
    truth = answer.truth(labels)
    right = [_share(answer, truth, decided, model.mask) for decided in (ours, theirs)]
    return Compared(name, difference, scale, agreement, *right)


def _share(answer: Answer, truth: Array, decided: Array, mask: Array | None) -> float:
    """How many are right, of those that have a label; a single unit's labels may stand in a column of their own."""
    if mask is not None:
        truth, decided = truth.reshape(decided.shape)[mask], decided[mask]
    truth, decided = truth.reshape(-1), decided.reshape(-1)
    if answer.form == "labels":
        return float(np.mean(truth == decided))
    known = np.isin(truth, np.unique(counted(truth, answer)))
    return float(np.mean(truth[known] == decided[known])) if known.any() else float("nan")
