"""Class numbers become one-hot where a loss or metric compares rows, whatever source they come from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.backend.prepared import prepare
from cnnspec.backend.ready import get_ready
from tests.support.small_runs import written_spec

NUMBERS = np.arange(18) % 3
NAMES = np.array(["ant", "bee", "cow"])[NUMBERS]
LOSSES = ("sparse_categorical_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy")
METRICS = (
    "[accuracy, categorical_accuracy, {top_k_categorical_accuracy: 2}, auc, precision, recall, {f1_score: macro},"
    " {one_hot_mean_iou: 3}, crossentropy, mse]"
)
FLAT, PICTURE = "inputs: {x: [4]}\nmodel: [%s]\n", "inputs: {x: [4, 4, 3]}\nmodel: [flatten, %s]\n"
WORDS = "inputs: {x: {shape: [4], dtype: int32}}\nmodel: [embedding: {input_dim: 20, output_dim: 2}, flatten, %s]\n"


def arrays(folder: Path) -> str:
    np.savez(folder / "d.npz", x=np.zeros((18, 4), "float32"), y=NUMBERS)
    return FLAT + "data: {source: arrays, train: d.npz}\n"


def table(folder: Path) -> str:
    rows = [f"{number},1,2,3,{name}" for number, name in enumerate(NAMES)]
    (folder / "t.csv").write_text("\n".join(["a,b,c,d,kind", *rows]) + "\n")
    return FLAT + "data: {source: table, train: t.csv, columns: [a, b, c, d], label: {column: kind}}\n"


def text_lines(folder: Path) -> str:
    (folder / "t.txt").write_text("".join(f"{name}\tone two three\n" for name in NAMES))
    return WORDS + "data: {source: text_lines, train: t.txt}\n"


def image_folder(folder: Path) -> str:
    for number, name in enumerate(NAMES):
        (folder / "photos" / name).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (number, 0, 0)).save(folder / "photos" / name / f"{number}.png")
    return PICTURE + "data: {source: image_folder, train: photos}\n"


def synthetic(folder: Path) -> str:
    return FLAT + "data: {source: synthetic, train: 24}\n"


def digits(folder: Path) -> str:
    model = (
        "inputs: {x: [8, 8, 1]}\nmodel:\n  flat: [flatten]\n  last: [%s]\n  head: [dense: {units: 2, from: flat}]\n"
        "outputs: {last: last, features: head}\n"
    )
    return model + "data: {source: digits}\n"


@pytest.mark.parametrize("source", [arrays, table, text_lines, image_folder, synthetic, digits])
def test_rows_are_made_of_class_numbers(tmp_path: Path, source: Callable[[Path], str]) -> None:
    """Both losses give the same on a first batch, and every metric a number; of digits beside an unlearnt output.

    A third loss of rows reads the rows that the second does.
    """
    costs = []
    for loss in LOSSES[: {digits: 1, arrays: 3}.get(source, 2)]:
        units, wanted = (10, f"{{last: {loss}, features: none}}") if source is digits else (3, loss)
        training = f"training: {{loss: {wanted}, metrics: {METRICS}, class_weight: balanced, seed: 1}}\n"
        text = source(tmp_path) % f"dense: {{units: {units}, activation: softmax}}" + training
        text = text.replace("one_hot_mean_iou: 3", f"one_hot_mean_iou: {units}")
        ready = get_ready(*written_spec(tmp_path, text))
        batch = ready.trainee.train.gather(np.arange(6))
        cost = ready.trainee.learner.criterion.cost(batch[1], ready.trainee.learner(batch[0]), [])
        costs.append(float(cost.total))
        assert np.isfinite(costs[-1])
    assert costs[:2] == pytest.approx([costs[0]] * len(costs[:2]), rel=1e-5)


def test_labels_that_several_sigmoids_learn_stay_zeros_and_ones(tmp_path: Path) -> None:
    """And columns of a table are their classes."""
    rows = [f"{number},1,2,3,{number % 2},{number % 3 % 2}" for number in range(12)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,c,d,ant,bee", *rows]) + "\n")
    text = (
        FLAT % "dense: 2"
        + "data: {source: table, train: t.csv, columns: [a, b, c, d], label: {columns: [ant, bee]}}\n"
        + "training: {loss: {binary_crossentropy: {from_logits: true}}, metrics: [accuracy, f1_score], class_weight:"
        + " {bee: 3}, seed: 1}\n"
    )
    job: Any = prepare(*written_spec(tmp_path, text))
    assert job.objective.forms == {"output": "labels"} and job.classes == {"output": ("ant", "bee")}
    labels = job.dataset.train.labels["output"]
    assert np.array_equal(job.weights["output"], np.where(labels == 1, [1, 3], 1))
