"""Arrays, frames, texts and datasets of a Python program in place of a spec's data."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import cnnspec
from tests.support.small_runs import DATA, HEADER, SMALLEST, TWO_OUTPUTS, examples

TRAINING = "training: {epochs: 2, batch_size: 8, optimizer: sgd, loss: auto, metrics: [accuracy], seed: 5}\n"
ARCHITECTURE = HEADER + SMALLEST + TRAINING
COLUMNS = (
    HEADER
    + "inputs: {record: [2]}\nmodel: [dense: {units: 8, activation: relu}, dense: {units: 2, activation: softmax}]\n"
    + "data: {source: table, train: rows.csv, columns: [a, b], label: {column: kind}, validation_split: 0.25}\n"
    + TRAINING
)
TEXTS = (
    HEADER
    + "inputs: {words: {shape: [4], dtype: int32}}\n"
    + "model: [embedding: {input_dim: 20, output_dim: 3}, global_avg_pool, dense: {units: 1, activation: sigmoid}]\n"
    + TRAINING
)
SENTENCES = ["a good film", "a bad film", "good, good", "nothing good but bad"] * 8
TELLS = ["yes", "no", "yes", "no"] * 8


def spec(folder: Path, text: str) -> Path:
    path = folder / "small.yaml"
    path.write_text(text)
    return path


def frame(count: int = 40) -> pd.DataFrame:
    """Two columns whose sum tells the kind; a third that nobody reads."""
    random = np.random.default_rng(3)
    held = pd.DataFrame({"a": random.normal(size=count), "b": random.normal(size=count), "note": "aside"})
    held["kind"] = np.where(held.a + held.b > 0, "plus", "minus")
    return held


@pytest.fixture(scope="module")
def from_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[cnnspec.Run, dict[str, Any]]:
    """A run on arrays in files, and the same arrays."""
    folder, held = tmp_path_factory.mktemp("files"), {}
    for seed, (name, count) in enumerate({"train": 60, "validation": 20, "test": 21}.items()):
        held[name] = examples(count, seed)
        np.savez(folder / f"{name}.npz", x=held[name][0], y=held[name][1])
    watches = TRAINING.replace("}", ", checkpoint: {best: val_accuracy}}")
    return cnnspec.load(spec(folder, HEADER + SMALLEST + DATA + watches)).train(runs=folder / "runs"), held


def as_batches(pair: tuple[Any, Any]) -> Any:
    return tf.data.Dataset.from_tensor_slices(pair).batch(7)


FORMS: dict[str, Callable[[tuple[Any, Any]], Any]] = {
    "arrays": lambda pair: pair,
    "lists": lambda pair: (pair[0].tolist(), pair[1].tolist()),
    "maps by name": lambda pair: {"x": pair[0], "y": pair[1]},
    "a map for each side": lambda pair: ({"image": pair[0]}, {"output": pair[1]}),
    "tensors": lambda pair: (tf.constant(pair[0]), tf.constant(pair[1])),
    "a series of labels": lambda pair: (pair[0], pd.Series(pair[1])),
    "a dataset of batches": as_batches,
    "a dataset of examples": tf.data.Dataset.from_tensor_slices,
}


@pytest.mark.parametrize("form", ["a dataset of batches"])
def test_a_training_on_data_in_memory_is_that_on_the_same_data_in_files(
    tmp_path: Path, from_files: tuple[cnnspec.Run, dict[str, Any]], form: str
) -> None:
    run, held = from_files
    given = {name: FORMS[form](pair) for name, pair in held.items()}
    mine = cnnspec.load(spec(tmp_path, ARCHITECTURE)).train(given, runs=tmp_path / "runs")
    assert mine.metrics == run.metrics and mine.history["loss"] == run.history["loss"]
    assert mine.evaluate().metrics == run.evaluate().metrics


@pytest.mark.parametrize("form", FORMS)
def test_whatever_the_form_the_network_sees_the_same(tmp_path: Path, form: str) -> None:
    network, pair = cnnspec.load(spec(tmp_path, ARCHITECTURE)), examples(30)
    told = str(network.data(FORMS[form](pair)))
    assert told.replace("float64", "float32") == str(network.data(pair))  # which numbers of Python are


def test_examples_that_are_given_alone_are_no_split(from_files: tuple[cnnspec.Run, dict[str, Any]]) -> None:
    """Of a run that learnt from files, and watches what its own source validates with, too."""
    run, held = from_files
    some = cnnspec.open_run(run.path).evaluate(data=(held["test"][0][:9], held["test"][1][:9]))
    assert "9 examples that were given" in str(some) and "split" not in str(some).splitlines()[0]
    assert json.loads(some.to_json())["split"] is None and "on 9 examples (given)" in repr(some)
    with pytest.raises(cnnspec.Rejected, match=r"what was given \(memory\) has no column"):
        run.evaluate(data={"x": held["test"][0], "y": held["test"][1], "site": held["test"][1]}, by="ward")


def test_a_frame_is_read_as_a_table_with_its_rows(tmp_path: Path) -> None:
    """By the columns that the spec's own section names: the same network as of the file."""
    path, held = spec(tmp_path, COLUMNS), frame()
    held.to_csv(tmp_path / "rows.csv", index=False, quoting=csv.QUOTE_MINIMAL)
    network = cnnspec.load(path)
    of_file, of_frame = network.train(runs=tmp_path / "runs"), network.train(held, runs=tmp_path / "runs")
    assert of_frame.metrics == of_file.metrics
    assert of_frame.predict(held[["a", "b"]]).table == of_frame.predict(held).table
    assert set(of_frame.predict(held).table["class"]) == {"minus", "plus"}
    assert of_frame.evaluate(data=held).count == 40


def test_a_frame_of_inputs_and_a_series_of_names_need_no_word_in_the_spec(tmp_path: Path) -> None:
    network, held = cnnspec.load(spec(tmp_path, COLUMNS.replace(COLUMNS.splitlines()[4] + "\n", ""))), frame()
    run = network.train((held[["a", "b"]], held["kind"]), runs=tmp_path / "runs")
    told = run.predict(held[["a", "b"]])
    assert told.classes == ("minus", "plus") and told.array.shape == (40, 2)
    best = [told.classes[at] for at in np.argmax(told.array, axis=1)]
    assert told.table["class"] == best
    some = run.evaluate(data=(held[["a", "b"]][:9], held["kind"][:9].astype("category")))
    assert some.metrics["accuracy"] == pytest.approx(np.mean(np.array(best[:9]) == held["kind"][:9]))


def test_texts_become_ids_by_a_vocabulary_that_the_run_keeps(tmp_path: Path) -> None:
    run = cnnspec.load(spec(tmp_path, TEXTS)).train((SENTENCES, TELLS), runs=tmp_path / "runs")
    words = (run.path / "vocabulary.txt").read_text().splitlines()
    assert {"good", "bad", "film"} < set(words)
    opened = cnnspec.open_run(run.path)
    told = opened.predict(["good film", "nobody knows these"])
    assert told.table["text"] == ["good film", "nobody knows these"] and told.array.shape == (2, 1)
    assert opened.predict("good film").array[0, 0] == pytest.approx(float(told.array[0, 0]))
    assert opened.evaluate(data=(pd.Series(SENTENCES[:4]), TELLS[:4])).count == 4


def test_several_inputs_and_outputs_are_given_by_name(tmp_path: Path) -> None:
    network = cnnspec.load(spec(tmp_path, HEADER + TWO_OUTPUTS + TRAINING.replace("metrics: [accuracy], ", "")))
    pictures, kinds = examples(24)
    labels = {"kind": kinds, "size": pictures.mean(axis=(1, 2, 3))}
    run = network.train(({"image": pictures}, labels), runs=tmp_path / "runs")
    told = run.predict({"image": pictures[:3]})
    assert told.arrays["kind"].shape == (3, 3) and told.arrays["size"].shape == (3, 1)
    assert list(told.table) == ["example", "kind_class", "kind_probability", "size_value"]
    with pytest.raises(ValueError, match="there are outputs kind, size"):
        print(told.array)


def test_a_run_keeps_checksums_and_wants_the_very_same_data_again(tmp_path: Path) -> None:
    pair = examples(30)
    run = cnnspec.load(spec(tmp_path, ARCHITECTURE)).train({"train": pair, "test": pair}, runs=tmp_path / "runs")
    assert run.resume({"training.epochs": 3}).history["epoch"] == [0, 1, 2]
    opened = cnnspec.open_run(run.path)
    for call in (opened.evaluate, lambda: opened.resume({"training.epochs": 4})):
        with pytest.raises(cnnspec.Rejected, match=r"source: memory, whose data a Python program holds") as rejected:
            call()
        assert "data=..." in rejected.value.diagnostics[0].help
    other = {"train": pair, "test": (pair[0] + 1, pair[1])}
    with pytest.raises(cnnspec.Rejected, match=r"^test in memory has changed since training: now 4,560 bytes"):
        opened.evaluate(data=other)
    with pytest.raises(cnnspec.Rejected, match=r"^test in memory has changed since the run began"):
        opened.resume({"training.epochs": 4}, other)
    assert opened.evaluate(data=other, changed_data=True).count == 30
    assert opened.resume({"training.epochs": 4}, {"train": pair, "test": pair}).history["epoch"] == [0, 1, 2, 3]


def nothing(held: pd.DataFrame) -> pd.DataFrame:
    return held.assign(a=[None, *held["a"][1:]])


WRONG: list[tuple[str, Any, str]] = [
    ("columns", frame()[["a"]], r"train has no column b"),
    ("columns", nothing(frame()), r"train, index 0: column a is empty"),
    ("columns", frame().assign(a="x"), r"column a is x, which is no number"),
    ("columns", frame()[:0], "the frame for train has no rows"),
    ("columns", (frame(), frame()["kind"][:3]), r"40 examples in train\[record\], 3 examples in train\[output\]"),
    ("pictures", 3, "data for train is int; expected a pair"),
    ("pictures", {"test": examples(9)}, "data for test; expected a train split"),
    ("pictures", (examples(9)[0][:, :5], examples(9)[1]), r"each example in train\[image\] has shape \(5, 6, 1\)"),
    ("pictures", (examples(9)[0], ["a"] * 8 + [None]), r"train\[output\], index 8: nothing is there"),
    ("pictures", (examples(9)[0] * np.nan, examples(9)[1]), r"example 0 in train\[image\] holds a value that is no"),
    ("pictures", ({"picture": 3}, examples(9)[1]), "data for train names picture; expected an input"),
    ("pictures", {"x": examples(9)[0]}, "data for train has no output or y, but x"),
    ("pictures", ([[1, 2], [3]], [0, 1]), "holds examples of different shapes"),
    ("pictures", (np.array(["2020-01-01"], "datetime64"), [0]), "holds datetime64"),
    ("pictures", ("picture.png", [0]), "is a single text"),
    ("pictures", lambda: tf.data.Dataset.from_tensors(3).repeat(), "the tf.data.Dataset for train never ends"),
    ("pictures", lambda: tf.data.Dataset.range(3), "gives no pairs; expected pairs"),
    ("pictures", (SENTENCES, [0] * 32), r"input image has shape \(6, 6, 1\); expected one axis"),
    ("pictures", frame(), "nothing under data that says which of its columns input image reads"),
]


@pytest.mark.parametrize(("network", "data", "said"), WRONG)
def test_what_is_wrong_with_data_is_said_without_a_place_that_nobody_wrote(
    tmp_path: Path, network: str, data: Any, said: str
) -> None:
    text = {"columns": COLUMNS, "pictures": ARCHITECTURE}[network]
    with pytest.raises(cnnspec.Rejected, match=said) as rejected:
        cnnspec.load(spec(tmp_path, text)).plan(data() if callable(data) else data)
    assert all(each.span is None or each.span.file.endswith("small.yaml") for each in rejected.value.diagnostics)


def test_what_cannot_be_predicted_says_so_in_its_place_or_is_refused(
    tmp_path: Path, from_files: tuple[cnnspec.Run, dict[str, Any]]
) -> None:
    run, held = from_files
    assert np.allclose(run.predict(held["test"][0]).array, run.model().predict(held["test"][0], verbose=0), atol=1e-6)
    assert len(run.predict(held["test"][0][0])) == 1
    for x, said in ((["text"], "texts for input image"), (np.zeros((3, 5, 6, 1)), r"has shape \(5, 6, 1\)")):
        with pytest.raises(cnnspec.Rejected, match=said):
            run.predict(x)
    with pytest.raises(cnnspec.Rejected, match="nothing is given to predict"):
        run.predict()
