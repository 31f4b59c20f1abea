"""A training that several devices or processes can share."""

import os
from pathlib import Path

import numpy as np

from tests.support.places import ROOT
from tests.support.small_runs import ALONE, DATA, HEADER, SMALLEST, examples

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "TF_CONFIG"},
    "PYTHONPATH": str(ROOT),
}


PLAIN = """
inputs: {image: [6, 6, 1]}
model:
  - rescaling: 0.1
  - normalization
  - conv: {filters: 4, kernel_size: 3, activation: relu}
  - flatten
  - dense: {units: 3, activation: softmax, kernel_regularizer: {l2: 0.001}}
"""


TRAINING = """training:
  epochs: 13
  batch_size: 8
  optimizer: {adam: {learning_rate: 0.01}}
  loss: auto
  metrics: [accuracy]
  class_weight: balanced
  gradient_clip: {global_norm: 0.5}
  checkpoint: {every: 0.1}
  seed: 5
"""
"""60 examples in batches of 8, the last of 4: 104 steps, each with a checkpoint, and so with its loss told."""


def written(folder: Path, training: str = TRAINING, model: str = PLAIN, data: str = DATA) -> Path:
    """A spec in this folder with its data: 60 examples to train, 21 to validate, 20 to test."""
    for seed, (name, count) in enumerate({"train": 60, "validation": 21, "test": 20}.items()):
        pictures, labels = examples(count, seed)
        np.savez(folder / f"{name}.npz", x=pictures, y=labels)
    path = folder / "small.yaml"
    path.write_text(HEADER + model + data + training)
    return path


def written_small(folder: Path, training: str = TRAINING) -> Path:
    """As little of it as can be shared: for how processes start and end, whatever they compute."""
    return written(folder, training, SMALLEST, ALONE)
