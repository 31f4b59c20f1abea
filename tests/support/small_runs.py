"""Small networks and data for tests of building and training, read as the program reads them."""

import json
import shutil
from pathlib import Path

import numpy as np

from cnnspec.graph.nodes import Graph
from cnnspec.language.location import locate
from cnnspec.language.spec import Spec
from cnnspec.runs.folder import RunFolder
from tests.support.spec_texts import read

HEADER = "cnnspec: 1\nname: small\n"

SMALLEST = """
inputs: {image: [6, 6, 1]}
model: [flatten, dense: {units: 3, activation: softmax}]
"""
MODEL = """
inputs: {image: [6, 6, 1]}
model:
  - rescaling: 0.1
  - conv: {filters: 4, kernel_size: 3, norm: batch, activation: relu}
  - dropout: 0.2
  - flatten
  - dense: {units: 3, activation: softmax, kernel_regularizer: {l2: 0.001}}
"""
DATA = "data: {source: arrays, train: train.npz, validation: validation.npz, test: test.npz}\n"
ALONE = "data: {source: arrays, train: train.npz}\n"
"""Nothing to validate or test with, whose steps take long to record and longer to compile."""
TRAINING = "training: {epochs: 2, batch_size: 8, loss: auto, metrics: [accuracy], seed: 5}\n"

TESTED = "data: {source: arrays, train: train.npz, test: test.npz}\n"
BRIEF = "training: {epochs: 1, batch_size: 30, optimizer: sgd, loss: auto, metrics: [accuracy], seed: 5}\n"
"""For what is about a run's files, or about commands: as little is computed as may be."""


def written_spec(folder: Path, text: str) -> tuple[Spec, Graph]:
    """The spec of a text without its first two lines, in a file of this folder."""
    path = folder / "small.yaml"
    path.write_text(HEADER + text)
    return read(locate(str(path), print))


def examples(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of 6x6 whose class is which third is bright; some noise."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    pictures = random.normal(0, 1, (count, 6, 6, 1))
    for row, label in enumerate(labels):
        pictures[row, 2 * label : 2 * label + 2] += 1.5
    return pictures.astype("float32"), labels.astype("int64")


def small_spec(folder: Path, training: str = TRAINING, model: str = MODEL, data: str = DATA) -> tuple[Spec, Graph]:
    """A spec with three files of data beside it: 60 examples to train, 20 to validate, 21 to test."""
    for seed, (name, count) in enumerate({"train": 60, "validation": 20, "test": 21}.items()):
        pictures, labels = examples(count, seed)
        np.savez(folder / f"{name}.npz", x=pictures, y=labels)
    return written_spec(folder, model + data + training)


def copied(run: RunFolder, folder: Path) -> RunFolder:
    """A run and the data beside its runs, to be changed at will: as if it had been trained in this folder."""
    shutil.copytree(run.path.parents[1], folder, dirs_exist_ok=True)
    copy = RunFolder(folder / "runs" / run.path.name)
    held = json.loads(copy.environment.read_text())
    copy.environment.write_text(json.dumps({**held, "data_folder": str(folder)}))
    return copy


TWO_OUTPUTS = """
inputs: {image: [6, 6, 1]}
model:
  see: [flatten, dense: {units: 6, activation: relu, kernel_regularizer: {l2: 0.01}}]
  kind: [{dense: {units: 3, activation: softmax, from: see}}]
  size: [{dense: {units: 1, from: see}}]
outputs: {kind: kind, size: size}
"""


def two_outputs(folder: Path, training: str, **counts: int) -> tuple[Spec, Graph]:
    """A spec whose network tells the class of a picture and how bright it is, with so many examples of each split."""
    for seed, (split, count) in enumerate(counts.items()):
        pictures, labels = examples(count, seed)
        np.savez(folder / f"{split}.npz", image=pictures, kind=labels, size=pictures.mean(axis=(1, 2, 3)))
    files = ", ".join(f"{split}: {split}.npz" for split in counts)
    section = f"data: {{source: arrays, {files}}}\ntraining: {{seed: 3, {training}}}\n"
    return written_spec(folder, TWO_OUTPUTS + section)
