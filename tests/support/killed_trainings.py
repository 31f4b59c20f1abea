"""Trainings to be killed: each about three seconds long, with something to lose in every part of its state."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

DIGITS = """cnnspec: 1
name: digits
inputs: {image: [8, 8, 1]}
model:
  - rescaling: {scale: 0.0625}
  - conv: {filters: 16, kernel_size: 3, activation: relu}
  - dropout: 0.3
  - flatten
  - dense: {units: 32, activation: relu}
  - dropout: 0.3
  - dense: {units: 10, activation: softmax}
data: {source: digits, validation_split: 0.1}
training:
  epochs: 12
  batch_size: 16
  optimizer: {adam: {learning_rate: {cosine: {peak: 2e-3, warmup: 0.5}}}}
  loss: auto
  metrics: [accuracy]
  checkpoint: {every: 0.3, best: val_accuracy}
  seed: 3
"""
RESIDUAL = """cnnspec: 1
name: residual
inputs: {image: [12, 12, 3]}
model:
  stem: [conv: {filters: 8, kernel_size: 3, padding: same, norm: batch, activation: relu}]
  body:
    - residual:
        activation: relu
        layers:
          - conv: {filters: 16, kernel_size: 3, strides: 2, padding: same, norm: batch, activation: relu}
          - conv: {filters: 16, kernel_size: 3, padding: same, norm: batch}
  head: [global_avg_pool, dense: {units: 3, activation: softmax}]
data:
  source: arrays
  train: train.npz
  validation: validation.npz
  test: test.npz
  augment:
    - random_flip: horizontal
    - random_translation: {height_factor: 0.1, width_factor: 0.1}
training:
  epochs: 8
  batch_size: 16
  optimizer: {adamw: {learning_rate: 3e-3, weight_decay: 0.05}}
  ema: {momentum: 0.95}
  loss: auto
  metrics: [accuracy]
  checkpoint: {every: 0.3}
  seed: 4
"""
WORDS = """cnnspec: 1
name: words
inputs: {tokens: {shape: [12], dtype: int32}}
model:
  embed:
    - embedding: {input_dim: 60, output_dim: 24}
    - spatial_dropout: 0.2
  features:
    - parallel:
        for: {k: [3, 4, 5]}
        layers: [conv: {filters: 24, kernel_size: $k, activation: relu}, global_max_pool]
  head: [dropout: 0.5, dense: {units: 2, activation: softmax}]
data:
  source: text_lines
  train: train.txt
  test: test.txt
  text: {max_tokens: 60, output_sequence_length: 12}
  validation_split: 0.2
training:
  epochs: 8
  batch_size: 10
  optimizer: {adamw: {learning_rate: 2e-3}}
  gradient_accumulation: 2
  loss: auto
  metrics: [accuracy]
  checkpoint: {every: 0.5}
  seed: 5
"""
"""A checkpoint falls on the end of every epoch."""


@dataclass(frozen=True, slots=True)
class Case:
    """A training by name: its spec, what is set besides, and the part of a cross-validation that it is."""

    name: str
    text: str
    settings: tuple[str, ...] = ()
    fold: tuple[int, int] | None = None


IN_PHASES = """cnnspec: 1
name: phases
inputs: {image: [12, 12, 3]}
model:
  stem: [conv: {filters: 8, kernel_size: 3, strides: 2, norm: batch, activation: relu}]
  head: [global_avg_pool, dropout: 0.2, dense: {units: 3, activation: softmax}]
data: {source: arrays, train: train.npz, validation: validation.npz, augment: [random_flip: horizontal]}
training:
  optimizer: {adamw: {learning_rate: {cosine: {peak: 3e-3}}, weight_decay: 0.05}}
  ema: {momentum: 0.95}
  loss: auto
  metrics: [accuracy]
  checkpoint: {every: 0.3}
  rates: {stem: 0.3}
  seed: 4
  phases:
    - {name: head, epochs: 2, batch_size: 20}
    - {name: all, epochs: 2, batch_size: 16, augment: [], label_smoothing: 0.1, freeze: [stem]}
"""
PHASES = Case("phases", IN_PHASES)
THREE = (Case("dropout", DIGITS), Case("residual", RESIDUAL), Case("text", WORDS))
_PLATEAU = "{monitor: val_loss, patience: 1, factor: 0.5, min_delta: 0.1}"
_STOPPING = "{monitor: val_loss, patience: 4, min_delta: 0.1, restore_best_weights: true}"
_MIXED = ("training.precision=mixed_float16", "training.epochs=4")
_AUTO = ("training.precision=auto", "training.xla=auto", "training.epochs=6")
_EVERY = ("training.checkpoint.every=1", "training.optimizer.adamw.learning_rate={one_cycle: {peak: 5e-3}}")
_JUDGED = (f"training.reduce_on_plateau={_PLATEAU}", f"training.early_stopping={_STOPPING}")
OTHERS = (
    Case("plateau, early stop", RESIDUAL, _JUDGED),
    Case("loss scale", RESIDUAL, _MIXED),
    Case("xla", DIGITS, ("training.xla=true", "training.epochs=6")),
    Case("auto", DIGITS, _AUTO),
    Case("class weights", RESIDUAL, ("training.class_weight=balanced", "training.epochs=6")),
    Case("fold 2 of 3", WORDS.replace("  test: test.txt\n", ""), fold=(2, 3)),
    Case("one cycle", RESIDUAL, _EVERY),
    Case("watch", RESIDUAL, ("training.watch=[gradients, activations]", "training.epochs=6")),
    Case("no seed", WORDS, ("training.seed=null",)),
)  # fmt: skip


def put_data(folder: Path) -> None:
    """The files that the specs name."""
    random = np.random.default_rng(0)
    for name, count in {"train": 400, "validation": 60, "test": 60}.items():
        labels = np.minimum(random.integers(0, 4, count), 2)
        pictures = random.normal(0, 1, (count, 12, 12, 3))
        for row, label in enumerate(labels):
            pictures[row, 4 * label : 4 * label + 4] += 0.7
        np.savez(folder / f"{name}.npz", x=pictures.astype("float32"), y=labels)
    for name, count in {"train": 400, "test": 60}.items():
        (folder / f"{name}.txt").write_text("".join(_sentence(random) for _ in range(count)))


def _sentence(random: np.random.Generator) -> str:
    label = random.integers(0, 2)
    words = random.integers(0, 40, 10) + 10 * label * (random.random(10) < 0.6)
    return f"{label} {' '.join(f'w{word}' for word in words)}\n"
