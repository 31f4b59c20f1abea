"""A program that trains on arrays and on a pandas frame: it loads, looks, trains, plots, evaluates and predicts.

Run it in an empty folder: `python program.py`. It leaves two runs in `runs`, and a spec and two pictures beside them.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import cnnspec

FLOWERS = """\
cnnspec: 1
name: flowers
inputs: {measures: [2]}
model:
  scale: [normalization]
  hidden: [dense: {units: 8, activation: relu}]
  species: [dense: {units: 3, activation: softmax}]
data:
  source: memory
  columns: [petal length, petal width]
  label: {column: species}
  validation_split: 0.2
training: {epochs: 8, batch_size: 16, optimizer: {adam: 0.03}, loss: auto, metrics: [accuracy], seed: 1}
"""


def strokes(count: int) -> tuple[NDArray[np.float32], list[str]]:
    """Grey pictures of 8 x 8 with a stroke, from 0 to 16, and how it lies."""
    random = np.random.default_rng(1)
    kinds = random.integers(0, 3, count)
    pictures = random.uniform(0, 4, (count, 8, 8)).astype(np.float32)
    for picture, kind, place in zip(pictures, kinds, random.integers(1, 7, count), strict=True):
        if kind == 0:
            picture[place, 1:7] = 14
        elif kind == 1:
            picture[1:7, place] = 14
        else:
            np.fill_diagonal(picture, 14)
    return pictures, [["lying", "standing", "slanting"][kind] for kind in kinds]


def flowers(count: int) -> pd.DataFrame:
    """Measures of three species, as they could have been taken."""
    random = np.random.default_rng(2)
    kinds = random.integers(0, 3, count)
    length: NDArray[np.float64] = random.normal(np.array([1.5, 4.3, 5.6])[kinds], 0.3)
    width: NDArray[np.float64] = random.normal(length * 0.4 - 0.3, 0.15)
    species: list[str] = [["setosa", "versicolor", "virginica"][kind] for kind in kinds]
    return pd.DataFrame({"petal length": length, "petal width": width, "species": species})


def on_arrays() -> cnnspec.Run:
    """The bundled network for digits, with three classes, on arrays and names in place of its own data."""
    pictures, kinds = strokes(600)
    network = cnnspec.load("digits", set={"training.epochs": 2, "model.head.2.dense.units": 3})
    print(network.summary())
    network.diagram().save("strokes.svg", force=True)
    run = network.train({"train": (pictures[:500], kinds[:500]), "test": (pictures[500:], kinds[500:])})
    Path("accuracy.svg").write_text(run.curves("accuracy").svg(), encoding="utf-8")
    told = run.predict(pictures[500:505])
    print(told)
    print(told.classes, told.array.round(2))
    return run


def on_a_frame() -> cnnspec.Run:
    """A network of one's own on the columns of a frame."""
    Path("flowers.yaml").write_text(FLOWERS, encoding="utf-8")
    measured = flowers(150)
    run = cnnspec.load("flowers.yaml").train(measured[:120])
    print(pd.DataFrame(run.history).tail(3))
    print(run.evaluate(data=measured[120:]))
    print(pd.DataFrame(run.predict(measured[120:125]).table))
    return run


def main() -> None:
    """Both, what came of them, and what a mistake looks like."""
    for run in (on_arrays(), on_a_frame()):
        print(f"{run.name}: {run.status}, {run.metrics}")
    try:
        cnnspec.load("flowers.yaml", set={"training.epochs": "many"})
    except cnnspec.Rejected as mistakes:
        print(mistakes)


if __name__ == "__main__":
    main()
