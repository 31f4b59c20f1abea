"""An evaluation of a run: its own classes, its own data, and figures that are Keras' and scikit-learn's."""

import os
import zipfile
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

import cnnspec
from cnnspec.backend.data.fingerprint import fingerprint
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.export import verify
from cnnspec.backend.scores.judging import as_trained
from cnnspec.backend.train import train
from cnnspec.language.location import locate
from cnnspec.results.evaluation import Evaluation
from cnnspec.runs.folder import RunFolder, open_run
from cnnspec.runs.metrics import write_json
from cnnspec.source.diagnostic import Rejected
from tests.support.script import run_trial
from tests.support.small_runs import copied, examples, small_spec, two_outputs, written_spec
from tests.support.spec_texts import read


def trained(folder: Path) -> RunFolder:
    """A small run of three classes, whose folder keeps marks of its data."""
    spec, graph = small_spec(folder)
    run = open_run(Path(train(spec, graph, runs_dir=folder / "runs").run))
    assert spec.data is not None
    write_json(run.data, fingerprint(spec.data, DataFolder(folder)))
    return run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return trained(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def run(finished: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy of a finished run and its data, to be changed at will."""
    return copied(finished, tmp_path)


def scored(folder: RunFolder, split: str = "test", changed_data: bool = False) -> Evaluation:
    return evaluate(folder, *read(locate(str(folder.spec), print)), split=split, changed_data=changed_data)


def test_classes_are_judged_as_scikit_learn_judges_the_predictions_of_keras(run: RunFolder, tmp_path: Path) -> None:
    """Names come from the run's classes.json."""
    run.classes.write_text('["low", "middle", "high"]')
    held = np.load(tmp_path / "test.npz")
    guesses = keras.models.load_model(run.best)(held["x"]).numpy().argmax(axis=-1)
    evaluation = scored(run)
    (found,) = evaluation.outputs
    theirs = precision_recall_fscore_support(held["y"], guesses, zero_division=0)
    assert np.array_equal([row.f1 for row in found.classes], theirs[2])
    assert found.matrix == tuple(map(tuple, confusion_matrix(held["y"], guesses).tolist()))
    assert [row.name for row in found.classes] == ["low", "middle", "high"]
    assert found.accuracy == pytest.approx(evaluation.metrics["accuracy"], abs=1e-6)
    assert evaluation.weights == "best.keras"


def test_without_best_weights_the_last_are_scored_and_said_to_be(run: RunFolder) -> None:
    run.best.unlink()
    assert scored(run).weights == "last.keras"
    run.last.unlink()
    with pytest.raises(Rejected, match=r"neither best\.keras nor last\.keras"):
        scored(run)


def test_data_that_changed_since_training_is_refused_and_named(run: RunFolder, tmp_path: Path) -> None:
    """What it was and what it is; allowed to, the evaluation goes on with what there is."""
    size = (tmp_path / "test.npz").stat().st_size
    pictures, labels = examples(30, seed=9)
    np.savez(tmp_path / "test.npz", x=pictures, y=labels)
    with pytest.raises(Rejected) as refusal:
        scored(run)
    (diagnostic,) = refusal.value.diagnostics
    assert diagnostic.code == "changed-data" and str(tmp_path / "test.npz") in diagnostic.message
    assert f"{size:,} bytes" in diagnostic.message and "--changed-data" in diagnostic.help
    assert scored(run, changed_data=True).count == 30


def test_a_run_without_marks_of_its_data_is_evaluated(run: RunFolder) -> None:
    run.data.unlink()
    assert scored(run, "validation").count == 20


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("classes.json", b"[1, 2]", r"classes\.json is damaged"),
        ("classes.json", b"[" * 100_000, r"classes\.json is damaged"),
        ("data.json", b'{"train.npz": {"size": "x"}}', r"data\.json is damaged"),
        ("data.json", b"\xff", r"data\.json is damaged"),
        ("data.json", b'{"train.npz": {"size": -1, "sha256": ""}}', r"data\.json is damaged"),
        ("environment.json", b'{"data_folder": "a\\u0000b"}', "does not say where the data lies"),
        ("environment.json", b'{"data_folder": "a\\ud800b"}', "does not say where the data lies"),
        ("environment.json", b"[]", "does not say where the data lies"),
        ("environment.json", b'{"data_folder": "~nobody-of-this-name/x"}', "does not say where the data lies"),
    ],
)
def test_damaged_records_of_a_run_are_named(run: RunFolder, name: str, content: bytes, message: str) -> None:
    (run.path / name).write_bytes(content)
    with pytest.raises(Rejected, match=message):
        scored(run)


@pytest.mark.parametrize("name", ["classes.json", "data.json", "environment.json"])
def test_a_record_that_is_a_pipe_is_refused_and_not_waited_for(run: RunFolder, name: str) -> None:
    (run.path / name).unlink()
    os.mkfifo(run.path / name)
    with pytest.raises(Rejected, match=f"{name} is no regular file"):
        scored(run)


def test_a_model_of_another_shape_than_the_spec_says_is_refused(run: RunFolder) -> None:
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save(run.best)
    with pytest.raises(Rejected, match=r"best\.keras has nothing as the weights of conv1, which are 3×3×1×4"):
        scored(run)


def test_a_model_that_would_run_code_is_refused(run: RunFolder) -> None:
    inputs = keras.Input((6, 6, 1))
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: x[:, :3, 0, 0])(inputs))
    model.save(run.best)
    with pytest.raises(Rejected, match="has nothing as the weights of conv1"):
        scored(run)


def test_a_model_file_that_unpacks_to_a_thousandfold_is_refused(run: RunFolder) -> None:
    with zipfile.ZipFile(run.best, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(2**26))
    with pytest.raises(Rejected, match="is damaged: it unpacks to 67,108,866 bytes"):
        scored(run)


def test_yes_or_no_and_numbers_have_their_figures_by_name(tmp_path: Path) -> None:
    pictures, labels = examples(60)
    np.savez(tmp_path / "two.npz", image=pictures, bright=(labels > 1), size=pictures.mean(axis=(1, 2, 3)))
    text = """
inputs: {image: [6, 6, 1]}
model:
  see: [flatten]
  bright: [{dense: {units: 1, activation: sigmoid, from: see}}]
  size: [{dense: {units: 1, from: see}}]
outputs: {bright: bright, size: size}
data: {source: arrays, train: two.npz, test: two.npz}
training: {epochs: 1, batch_size: 8, loss: auto, seed: 1}
"""
    run = open_run(Path(train(*written_spec(tmp_path, text), runs_dir=tmp_path / "runs").run))
    bright, size = scored(run).outputs
    assert [row.name for row in bright.classes] == ["0", "1"] and bright.matrix is not None
    assert set(size.values) == {"mean_absolute_error", "r2_score"}


def test_labels_are_numbered_by_the_classes_of_the_run() -> None:
    """Where the data has others now, or the same in another order; one that the run does not know is refused."""
    known = ("cat", "dog", "emu")
    assert as_trained(np.array([0, 1, 1]), ("emu", "dog"), known).tolist() == [2, 1, 1]
    assert as_trained(np.array([[0], [1]]), ("emu", "dog"), known).tolist() == [[2], [1]]
    assert as_trained(np.array([[1, 0], [0, 1]]), ("emu", "dog"), known).tolist() == [[0, 0, 1], [0, 1, 0]]
    assert as_trained(np.array([2]), known, known).tolist() == as_trained(np.array([2]), None, known).tolist() == [2]
    with pytest.raises(Rejected, match="a class fox; expected the classes of the run: cat, dog, emu"):
        as_trained(np.array([0]), ("fox", "cat"), known)


LINES = """
inputs: {words: {shape: [4], dtype: int32}}
model: [{embedding: {input_dim: 30, output_dim: 4}}, flatten, {dense: {units: 2, activation: softmax}}]
data: {source: text_lines, train: train.txt%s, text: {max_tokens: 30, output_sequence_length: 4}}
training: {epochs: 1, batch_size: 2, loss: auto, seed: 1}
"""


def test_texts_are_scored_with_the_words_of_the_run(tmp_path: Path) -> None:
    """Though the training split has other words by now."""
    (tmp_path / "train.txt").write_text("good a fine day\nbad a rotten day\ngood such fun\nbad no fun\n")
    (tmp_path / "test.txt").write_text("good fine fun\nbad a rotten fun\n")
    result = train(*written_spec(tmp_path, LINES % ", test: test.txt"), runs_dir=tmp_path / "runs")
    (tmp_path / "train.txt").write_text("good entirely other words\nbad rotten rotten rotten\n")
    evaluation = scored(open_run(Path(result.run)), changed_data=True)
    assert evaluation.loss == pytest.approx(result.metrics["test_loss"], abs=1e-6)


def test_a_part_of_a_cross_validation_is_scored_on_its_own_part(tmp_path: Path) -> None:
    lines = [f"{('good', 'bad')[number % 2]} word{number} word{number // 2}" for number in range(12)]
    (tmp_path / "train.txt").write_text("\n".join(lines) + "\n")
    result = train(*written_spec(tmp_path, LINES % ""), runs_dir=tmp_path / "runs", fold=(2, 3))
    evaluation = scored(open_run(Path(result.run)))
    assert evaluation.count == 4 and evaluation.loss == pytest.approx(result.metrics["test_loss"], abs=1e-6)


def test_training_and_evaluation_tell_the_same_of_a_split_and_it_is_true_of_all_its_examples(tmp_path: Path) -> None:
    """Of 36 examples in batches of 32 and 4, each counts once: in the loss of each output, in the sum, in metrics."""
    measured = "metrics: {kind: [accuracy], size: [root_mean_squared_error]}"
    learnt = f"batch_size: 32, epochs: 2, loss: auto, loss_weights: {{size: 0.5}}, {measured}"
    spec, graph = two_outputs(tmp_path, learnt, train=40, validation=36)
    result = train(spec, graph, runs_dir=tmp_path / "runs")
    trained = {name.removeprefix("val_"): value for name, value in result.metrics.items() if name.startswith("val_")}
    run = open_run(Path(result.run))
    evaluation = scored(run, "validation")
    assert {"loss": evaluation.loss, **evaluation.metrics} == pytest.approx(trained, rel=1e-5)
    model, held = keras.models.load_model(run.best), np.load(tmp_path / "validation.npz")
    found = {name: np.asarray(value, "float64") for name, value in model(held["image"]).items()}
    kernel = next(weight for weight in model.get_weights() if weight.shape == (36, 6)).astype("float64")
    errors = held["size"] - found["size"][:, 0]
    expected = {
        "kind_loss": -np.log(found["kind"][np.arange(36), held["kind"]]).mean(),
        "size_loss": (errors**2).mean(),
        "kind_accuracy": (found["kind"].argmax(-1) == held["kind"]).mean(),
        "size_root_mean_squared_error": np.sqrt((errors**2).mean()),
    }
    expected["loss"] = expected["kind_loss"] + 0.5 * expected["size_loss"] + 0.01 * (kernel**2).sum()
    assert trained == pytest.approx(expected, rel=1e-4)


TAGS = """
inputs: {words: {shape: [6], dtype: int32}}
model: [embedding: {input_dim: 9, output_dim: 4, mask_zero: true}, dense: {units: 3, activation: softmax}]
data: {source: arrays, train: train.npz, test: test.npz}
training: {epochs: 2, batch_size: 8, loss: auto, metrics: [accuracy], seed: 1}
"""


def test_padding_counts_in_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in loss and accuracy nor in precision, recall and support of the classes; they agree with each other."""
    random = np.random.default_rng(2)
    for name, count in (("train", 40), ("test", 21)):
        words = random.integers(0, 9, (count, 6))
        np.savez(tmp_path / f"{name}.npz", x=words, y=words % 3)
    run = open_run(Path(train(*written_spec(tmp_path, TAGS), runs_dir=tmp_path / "runs").run))
    evaluation, held = scored(run), np.load(tmp_path / "test.npz")
    there = held["x"] > 0
    guesses = np.asarray(keras.models.load_model(run.best)(held["x"])).argmax(-1)[there]
    (found,) = evaluation.outputs
    theirs = precision_recall_fscore_support(held["y"][there], guesses, zero_division=0)
    assert [row.support for row in found.classes] == theirs[3].tolist()
    assert np.array_equal([row.f1 for row in found.classes], theirs[2])
    assert found.accuracy == pytest.approx((guesses == held["y"][there]).mean())
    assert found.accuracy == pytest.approx(evaluation.metrics["accuracy"], abs=1e-6)
    monkeypatch.setattr(verify, "subprocess", SimpleNamespace(run=run_trial))
    (exported,) = cnnspec.open_run(run.path).export(tmp_path / "tags.keras").told.outputs
    assert exported.own == exported.accuracy == pytest.approx(found.accuracy, abs=1e-9)


TABLE = """
inputs: {x: [2]}
model: [dense: {units: 1, activation: sigmoid}]
data: {source: table, train: train.csv, columns: [a, b], label: {column: ill}}
training: {epochs: 1, batch_size: 8, loss: auto, metrics: [accuracy], seed: 1}
"""


def written_table(path: Path, count: int, seed: int, classes: tuple[str, str] = ("no", "yes")) -> list[list[str]]:
    """A table of numbers, a class, a site and a patient; the rows that it has."""
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(count, 2)).round(3)
    rows = [
        [str(a), str(b), classes[int(a + b > 0)], ("north", "south", "")[row % 3], f"p{row // 4}", str(20 + row)]
        for row, (a, b) in enumerate(numbers.tolist())
    ]
    path.write_text("\n".join(",".join(row) for row in [["a", "b", "ill", "site", "patient", "age"], *rows]) + "\n")
    return rows


def test_new_examples_are_scored_and_told_apart_by_a_column(tmp_path: Path) -> None:
    """Each part by what scikit-learn makes of it; intervals of groups; what is wrong with a column or class is said."""
    written_table(tmp_path / "train.csv", 60, 1)
    run = open_run(Path(train(*written_spec(tmp_path, TABLE), runs_dir=tmp_path / "runs").run))
    (tmp_path / "train.csv").unlink()  # what is scored needs none of it
    rows = written_table(tmp_path / "new.csv", 50, 2)
    spec = read(locate(str(run.spec), print))
    new = tmp_path / "new.csv"
    found = evaluate(run, *spec, data=new, by="site", groups="patient")
    assert (found.count, found.split, found.data) == (50, "", str(new))
    inputs = np.array([[float(cell) for cell in row[:2]] for row in rows])
    true = np.array([row[2] == "yes" for row in rows])
    said = np.asarray(keras.models.load_model(run.best)(inputs))[:, 0] > 0.5
    (output,) = found.outputs
    assert output.groups is not None and output.intervals is not None
    assert (output.intervals.units, output.intervals.groups) == (13, "patient")
    assert [(group.name, group.count) for group in output.groups.rows] == [
        ("north", 17),
        ("south", 17),
        ("(empty)", 16),
    ]
    for group in output.groups.rows:
        of = np.array([(row[3] or "(empty)") == group.name for row in rows])
        assert group.figures["accuracy"] == pytest.approx((true[of] == said[of]).mean(), abs=1e-9)
        assert group.figures["macro_f1"] == pytest.approx(
            f1_score(true[of], said[of], average="macro", zero_division=0), abs=1e-9
        )
    at_sites = evaluate(run, *spec, data=new, groups="site").outputs[0].intervals
    assert at_sites is not None and (at_sites.units, at_sites.lone) == (2 + 16, 16)
    by_age = evaluate(run, *spec, data=new, by="age").outputs[0].groups
    assert by_age is not None and [row.name for row in by_age.rows][::4] == ["20 to 29", "60 to 69"]
    with pytest.raises(Rejected, match="has no column sit") as refusal:
        evaluate(run, *spec, data=new, by="sit")
    assert refusal.value.diagnostics[0].help == "write site"
    written_table(new, 9, 3, ("no", "perhaps"))
    with pytest.raises(
        Rejected, match=r"new\.csv, row .*: column ill is perhaps; expected a class of training: no, yes"
    ):
        evaluate(run, *spec, data=new)
    with pytest.raises(Rejected, match=r"there is no .*nothing"):
        evaluate(run, *spec, data=tmp_path / "nothing.csv")


def test_a_part_of_an_npz_is_told_apart_by_an_array_beside_it(run: RunFolder, tmp_path: Path) -> None:
    """Three examples are a split, too; digits that are in memory have no columns."""
    pictures, labels = examples(3, seed=4)
    np.savez(tmp_path / "few.npz", x=pictures, y=labels, site=np.array([1, 2, 1]), ward=np.array(["é", "", "é"]))
    spec = read(locate(str(run.spec), print))
    (output,) = evaluate(run, *spec, data=tmp_path / "few.npz", by="site").outputs
    assert output.groups is not None and [(row.name, row.count) for row in output.groups.rows] == [("1", 2), ("2", 1)]
    assert output.intervals is not None and set(output.intervals.of) >= {"accuracy"}
    (output,) = evaluate(run, *spec, data=tmp_path / "few.npz", by="ward").outputs
    assert output.groups is not None and [(row.name, row.count) for row in output.groups.rows] == [
        ("é", 2),
        ("(empty)", 1),
    ]
    with pytest.raises(Rejected, match=r"the test split \(arrays\) has no column site"):
        evaluate(run, *spec, by="site")
