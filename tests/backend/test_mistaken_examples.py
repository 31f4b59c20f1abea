"""The examples that `evaluate` names as mistaken, of every source: as Keras' own predictions of what lies there say."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.train import train
from cnnspec.results.mistaken import Mistakes, Residual, WrongClass, WrongLabels
from cnnspec.runs.folder import RunFolder, open_run
from tests.support.small_runs import written_spec

TRAINING = "training: {epochs: 1, batch_size: 8, loss: auto, seed: 5}\n"
Oracle = Callable[[Any, RunFolder, Path], list[tuple[str, Any, np.ndarray]]]
"""From a trained model: of each example of the test split its place, its label, and what the model says of it."""


def rows(seed: int, count: int = 40) -> list[dict[str, str]]:
    """Rows of a table, of numbers, words, classes, labels and a target that have a little to do with each other."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        a, b = random.normal(size=2)
        kind = "high" if a + random.normal() > 0 else "low"
        words = " ".join(random.choice(["good", "bad", "=film", "plain"], 3))
        target = f"{a - b + random.normal():.3f}"
        made.append({"a": f"{a:.3f}", "b": f"{b:.3f}", "kind": kind, "text": words, "target": target})
    return made


def write_table(folder: Path) -> None:
    """train.csv and test.csv."""
    for seed, name in enumerate(("train", "test")):
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, ["a", "b", "kind", "text", "target"])
            writer.writeheader()
            writer.writerows(rows(seed))


def predicted(model: Any, inputs: Any) -> np.ndarray:
    return np.asarray(model.predict(inputs, verbose=0))


def of_columns(label: str) -> Oracle:
    """Two columns of numbers, and what stands in that of the label."""

    def oracle(model: Any, run: RunFolder, folder: Path) -> list[tuple[str, Any, np.ndarray]]:
        held = rows(1)
        said = predicted(model, np.array([[float(row["a"]), float(row["b"])] for row in held], "float32"))
        places = [f"test.csv, row {at + 1} (line {at + 2})" for at in range(len(held))]
        return list(zip(places, (row[label] for row in held), said, strict=True))

    return oracle


def of_words(model: Any, run: RunFolder, folder: Path) -> list[tuple[str, Any, np.ndarray]]:
    """The words by their lines in the run's vocabulary."""
    lines = run.vocabulary().read_text().splitlines()
    held = rows(1)
    ids = [[lines.index(word) for word in row["text"].replace("=", "").split()] for row in held]
    places = [f"test.csv, row {at + 1} (line {at + 2})" for at in range(len(held))]
    return list(zip(places, (row["kind"] for row in held), predicted(model, np.array(ids, "int32")), strict=True))


def write_pictures(folder: Path) -> None:
    """Bright and dark pictures in train and test, of which some lie in the wrong folder."""
    for seed, split in enumerate(("train", "test")):
        random = np.random.default_rng(seed)
        for name, grey in (("dark", 90), ("bright", 160)):
            (folder / split / name).mkdir(parents=True)
            for number in range(12):
                pixels = np.clip(random.normal(grey, 60, (4, 4, 3)), 0, 255).astype("uint8")
                Image.fromarray(pixels).save(folder / split / name / f"{number}.png")


def of_files(model: Any, run: RunFolder, folder: Path) -> list[tuple[str, Any, np.ndarray]]:
    paths = sorted((folder / "test").glob("*/*.png"))
    names = [str(path.relative_to(folder)) for path in paths]
    pictures = np.stack([np.asarray(Image.open(path), "float32") for path in paths])
    return list(zip(names, (path.parent.name for path in paths), predicted(model, pictures), strict=True))


def write_arrays(folder: Path) -> None:
    """Three labels that go together, each hidden in the numbers."""
    for seed, name in enumerate(("train", "test")):
        random = np.random.default_rng(seed)
        x = random.normal(size=(40, 3)).astype("float32")
        np.savez(folder / f"{name}.npz", x=x, y=(x + random.normal(size=x.shape) > 0).astype("int64"))


def of_arrays(model: Any, run: RunFolder, folder: Path) -> list[tuple[str, Any, np.ndarray]]:
    held = np.load(folder / "test.npz")
    places = [f"test.npz[x], index {at}" for at in range(len(held["x"]))]
    return list(zip(places, held["y"], predicted(model, held["x"]), strict=True))


def of_digits(model: Any, run: RunFolder, folder: Path) -> list[tuple[str, Any, np.ndarray]]:
    """All 1,797 by their number in scikit-learn's set: which of them are tested, the run decides."""
    bunch = load_digits()
    said = predicted(model, bunch.images[..., None].astype("float32"))
    return [(f"digits, index {at}", str(label), said[at]) for at, label in enumerate(bunch.target)]


def nothing(folder: Path) -> None:
    """Data that is there already."""


NUMBERS = "inputs: {x: [2]}\nmodel: [dense: {units: 4, activation: relu}, dense: %s]\n"
TABLE = "data: {source: table, train: train.csv, test: test.csv, %s}\n"
CASES: dict[str, tuple[str, Callable[[Path], None], Oracle]] = {
    "numbers in a table": (
        NUMBERS % "{units: 2, activation: softmax}" + TABLE % "columns: [a, b], label: {column: kind}",
        write_table,
        of_columns("kind"),
    ),
    "yes or no of one unit": (
        NUMBERS % "{units: 1, activation: sigmoid}" + TABLE % "columns: [a, b], label: {column: kind}",
        write_table,
        of_columns("kind"),
    ),
    "a target in a table": (
        NUMBERS % "1" + TABLE % "columns: [a, b], label: {column: target}",
        write_table,
        of_columns("target"),
    ),
    "texts in a table": (
        "inputs: {tokens: {shape: [3], dtype: int32}}\n"
        "model: [embedding: {input_dim: 9, output_dim: 3}, flatten, dense: {units: 2, activation: softmax}]\n"
        + TABLE
        % "text: {column: text}, label: {column: kind}",
        write_table,
        of_words,
    ),
    "folders of pictures": (
        "inputs: {image: [4, 4, 3]}\nmodel: [rescaling: 0.004, flatten, dense: {units: 2, activation: softmax}]\n"
        "data: {source: image_folder, train: train, test: test}\n",
        write_pictures,
        of_files,
    ),
    "several labels": (
        "inputs: {x: [3]}\nmodel: [dense: {units: 3, activation: sigmoid}]\n"
        "data: {source: arrays, train: train.npz, test: test.npz}\n",
        write_arrays,
        of_arrays,
    ),
    "digits": (
        "inputs: {image: [8, 8, 1]}\nmodel: [rescaling: 0.06, flatten, dense: {units: 10, activation: softmax}]\n"
        "data: {source: digits}\n",
        nothing,
        of_digits,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_mistakes_are_those_of_keras_own_predictions(case: str, tmp_path: Path) -> None:
    """With the place, the label and what was said of each, the worst first; all others are answered rightly."""
    spec_text, write, oracle = CASES[case]
    write(tmp_path)
    spec, graph = written_spec(tmp_path, spec_text + TRAINING)
    run = open_run(Path(train(spec, graph, runs_dir=tmp_path / "runs").run))
    (output,) = evaluate(run, spec, graph, data_root=tmp_path, most=None).outputs
    assert output.mistakes is not None
    examples = oracle(keras.models.load_model(run.best, compile=False), run, tmp_path)
    checks[output.form](output.mistakes, examples, json.loads(run.classes.read_text()))


def _check_classes(found: Mistakes, examples: list[tuple[str, Any, np.ndarray]], classes: list[str]) -> None:
    said = {
        place: (label, np.array([1 - chances[0], chances[0]]) if len(chances) == 1 else chances)
        for place, label, chances in examples
    }
    wrong = {place: each for place, each in said.items() if classes[each[1].argmax()] != each[0]}
    if found.count == len(said):
        assert {mistake.example.place for mistake in found.worst} == set(wrong)
    assert found.wrong == len(found.worst) > 0
    for mistake in found.worst:
        assert isinstance(mistake, WrongClass)
        label, chances = wrong[mistake.example.place]
        assert (mistake.true, mistake.said) == (label, classes[chances.argmax()])
        of_true = chances[classes.index(label)]
        assert (mistake.probability, mistake.of_true) == pytest.approx((chances.max(), of_true), abs=1e-5)
    sure = [mistake.probability for mistake in found.worst if isinstance(mistake, WrongClass)]
    assert sure == sorted(sure, reverse=True)


def _check_labels(found: Mistakes, examples: list[tuple[str, Any, np.ndarray]], classes: list[str]) -> None:
    wrong = {place: (truth, said) for place, truth, said in examples if ((said > 0.5) != truth.astype(bool)).any()}
    assert {mistake.example.place for mistake in found.worst} == set(wrong) and found.count == len(examples)
    for mistake in found.worst:
        assert isinstance(mistake, WrongLabels)
        truth, said = wrong[mistake.example.place]
        names = [classes[at] if classes else str(at) for at in range(len(truth))]
        assert mistake.true == tuple(name for name, holds in zip(names, truth, strict=True) if holds)
        assert mistake.said == tuple(name for name, chance in zip(names, said, strict=True) if chance > 0.5)
        off = np.abs(said - truth)  # of those that are wrong it is how sure the network was, more than a half
        assert mistake.surest == names[int(off.argmax())] and mistake.probability == pytest.approx(off.max(), abs=1e-5)


def _check_values(found: Mistakes, examples: list[tuple[str, Any, np.ndarray]], classes: list[str]) -> None:
    off = {place: said[0] - float(label) for place, label, said in examples}
    assert found.count == found.wrong == len(found.worst) == len(off)
    sizes = [abs(mistake.error) for mistake in found.worst if isinstance(mistake, Residual)]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) == len(off)
    for mistake in found.worst:
        assert isinstance(mistake, Residual)
        assert mistake.error == pytest.approx(off[mistake.example.place], abs=1e-5)


checks = {"class": _check_classes, "labels": _check_labels, "values": _check_values}


def test_a_part_of_one_set_is_named_by_its_places_in_the_whole(tmp_path: Path) -> None:
    """A validation split and a fold keep the numbers that their examples have in the file; texts are shown."""
    write_table(tmp_path)
    text = CASES["texts in a table"][0].replace("test: test.csv", "validation_split: 0.25") + TRAINING
    spec, graph = written_spec(tmp_path, text)
    run = open_run(Path(train(spec, graph, runs_dir=tmp_path / "runs", fold=(2, 4)).run))
    held = rows(0)
    for split in ("validation", "test"):
        (output,) = evaluate(run, spec, graph, split=split, data_root=tmp_path, most=3).outputs
        assert output.mistakes is not None and 0 < len(output.mistakes.worst) <= 3
        for mistake in output.mistakes.worst:
            assert isinstance(mistake, WrongClass)
            number = int(mistake.example.place.removeprefix("train.csv, row ").partition(" ")[0])
            assert (mistake.example.text, mistake.true) == (held[number - 1]["text"], held[number - 1]["kind"])
