"""A training, its evaluation and its predictions read all outputs alike: as probabilities, whatever losses read."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.metrics import accuracy_score, f1_score, log_loss, precision_score, roc_auc_score

from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.predict import Predictor
from cnnspec.backend.train import train
from cnnspec.runs.folder import RunFolder, open_run
from cnnspec.source.diagnostic import Rejected
from tests.support.small_runs import written_spec

COUNT, KINDS = 36, 3
MODEL = """
inputs: {x: [4]}
model:
  body: [dense: {units: 8, activation: tanh}]
  sold: [dense: {units: 1, from: body}]
  kind: [dense: {units: 3, from: body}]
  tags: [dense: {units: 2, from: body}]
  price: [dense: {units: 1, from: body}]
outputs: {sold: sold, kind: kind, tags: tags, price: price, features: body}
data: {source: arrays, train: train.npz, validation: test.npz}
training:
  epochs: 2
  batch_size: 8
  seed: 1
  optimizer: {sgd: 0.5}
  class_weight: {kind: {"0": 2.0}, tags: balanced}
  loss:
    sold: {binary_crossentropy: {from_logits: true}}
    kind: {categorical_focal_crossentropy: {from_logits: true}}
    tags: {binary_crossentropy: {from_logits: true}}
    price: mse
    features: none
  loss_weights: {price: 0.5}
  metrics:
    sold: [accuracy, {auc: {num_thresholds: 2000}}, precision, f1_score]
    kind: [accuracy, crossentropy, {f1_score: macro}, categorical_accuracy]
    tags: [accuracy, f1_score]
    price: [mae]
  checkpoint: {best: val_kind_f1_score}
"""


def examples(count: int, seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    x = random.normal(0, 1, (count, 4)).astype("float32")
    return {
        "x": x,
        "sold": (x[:, 0] + random.normal(0, 0.5, count) > 0.4).astype("int32"),
        "kind": (np.digitize(x[:, 1] + random.normal(0, 0.5, count), [-0.5, 0.5])).astype("int32"),
        "tags": (x[:, 2:] + random.normal(0, 0.5, (count, 2)) > 0.3).astype("int32"),
        "price": x.sum(axis=1),
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Path, RunFolder, dict[str, float]]:
    """A training of five outputs, one of which is not learnt: spec, graph, its folder, that of the run, its figures."""
    folder = tmp_path_factory.mktemp("meaning")
    for name, seed in (("train", 0), ("test", 1)):
        np.savez(folder / f"{name}.npz", **examples(COUNT, seed))
    spec, graph = written_spec(folder, MODEL)
    result = train(spec, graph, runs_dir=folder / "runs")
    return spec, graph, folder, open_run(Path(result.run)), dict(result.metrics)


def test_evaluation_gives_scikit_learns_figures_on_the_probabilities(run: Any) -> None:
    """Of every output, and those of the table by class are the same."""
    spec, graph, folder, made, _ = run
    found = evaluate(made, spec, graph, split="validation", data_root=folder)
    test = examples(COUNT, 1)
    said = {name: np.asarray(out) for name, out in keras.models.load_model(made.best)(test["x"]).items()}
    sold, kind, tags = expit(said["sold"][:, 0]), softmax(said["kind"], axis=1), expit(said["tags"])
    wanted = {
        "sold_accuracy": accuracy_score(test["sold"], sold > 0.5),
        "sold_auc": roc_auc_score(test["sold"], sold),
        "sold_precision": precision_score(test["sold"], sold > 0.5),
        "sold_f1_score_0": f1_score(test["sold"], sold > 0.5),
        "kind_accuracy": accuracy_score(test["kind"], kind.argmax(1)),
        "kind_categorical_accuracy": accuracy_score(test["kind"], kind.argmax(1)),
        "kind_crossentropy": log_loss(test["kind"], kind, labels=range(KINDS)),
        "kind_f1_score": f1_score(test["kind"], kind.argmax(1), average="macro"),
        "tags_accuracy": (test["tags"] == (tags > 0.5)).mean(),
        **{f"tags_f1_score_{at}": f1_score(test["tags"][:, at], tags[:, at] > 0.5) for at in range(2)},
        "price_mae": np.abs(test["price"] - said["price"][:, 0]).mean(),
    }
    assert {name: found.metrics[name] for name in wanted} == pytest.approx(wanted, abs=2e-3)
    by_class = {figures.output: figures for figures in found.outputs}
    assert set(by_class) == {"sold", "kind", "tags", "price"} and by_class["price"].form == "values"
    for output in ("sold", "kind"):
        assert by_class[output].accuracy == pytest.approx(found.metrics[f"{output}_accuracy"])
    macro = next(row for row in by_class["kind"].averages if row.name == "macro")
    assert macro.f1 == pytest.approx(found.metrics["kind_f1_score"], abs=1e-5)


def test_the_best_epoch_is_told_by_the_same_figures(run: Any) -> None:
    """And the weighted losses add up: 1 for what loss_weights does not name."""
    spec, graph, folder, made, figures = run
    found = evaluate(made, spec, graph, split="validation", data_root=folder)
    assert found.metrics["kind_f1_score"] >= figures["val_kind_f1_score"] - 1e-6
    losses = {name: found.metrics[f"{name}_loss"] for name in ("sold", "kind", "tags", "price")}
    assert found.loss == pytest.approx(sum(losses.values()) - 0.5 * losses["price"], rel=1e-5)
    assert "features_loss" not in found.metrics


def test_a_prediction_tells_probabilities_of_each_output_and_the_numbers_of_what_is_not_learnt(run: Any) -> None:
    spec, graph, folder, made, _ = run
    predictor = Predictor(made, spec, graph)
    np.save(folder / "new.npy", examples(2, 5)["x"])
    (batch,) = predictor.predict(predictor.examples([str(folder / "new.npy")], [], "utf-8", None))
    said = keras.models.load_model(made.best)(examples(2, 5)["x"])
    told = {each.output: each for each in batch[0].outputs}
    assert {name: each.form for name, each in told.items()} == {
        "sold": "class", "kind": "class", "tags": "labels", "price": "values", "features": "values",
    }  # fmt: skip
    kind = softmax(np.asarray(said["kind"]), axis=1)[0]
    assert told["kind"].guesses[0].probability == pytest.approx(kind.max(), abs=1e-5)
    assert np.allclose(told["features"].values, np.asarray(said["features"])[0], atol=1e-5)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("price: [mae]", "price: [mae, accuracy]", "metric-mismatch"),
        ("kind: [accuracy,", "kind: [accuracy, {top_k_categorical_accuracy: 3},", "metric-mismatch"),
        ('kind: {"0": 2.0}', 'kind: {"9": 2.0}', "class-weight"),
        ("features: none", "features: auto", "no-array"),
    ],
)
def test_what_does_not_fit_an_output_is_told_before_the_first_step(run: Any, old: str, new: str, code: str) -> None:
    *_, folder, _, _ = run
    assert old in MODEL
    with pytest.raises(Rejected) as refusal:
        train(*written_spec(folder, MODEL.replace(old, new)), runs_dir=folder / "none")
    (diagnostic,) = refusal.value.diagnostics
    assert diagnostic.code == code and diagnostic.span is not None and not (folder / "none").exists()
