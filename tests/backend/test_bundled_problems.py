"""The bundled specs of regression, several labels and two inputs learn more than what is simpler, as headers say."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, mean_absolute_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cnnspec.backend.data.load import load_dataset
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.sources.tones import NOTES
from cnnspec.backend.train import train
from cnnspec.language.location import locate
from cnnspec.runs.folder import open_run
from tests.support.places import SPECS
from tests.support.predictions import predicted
from tests.support.spec_texts import read

Columns = Mapping[str, Any]


@cache
def examples(name: str) -> tuple[Columns, Columns]:
    """The columns of a bundled spec's training and test split; Fourier coefficients' sizes beside the samples."""
    spec, graph = read(locate(name, print))
    assert spec.data is not None and spec.training is not None and spec.training.seed is not None
    dataset = load_dataset(spec.data, graph, DataFolder(Path()), spec.training.seed)
    assert dataset.test is not None
    both = ({**split.inputs, **split.labels} for split in (dataset.train, dataset.test))
    train, test = ({**each, "sizes": np.abs(np.fft.rfft(each["recording"][..., 0]))} for each in both)
    return train, test


def scaled(model: Any) -> Any:
    return make_pipeline(StandardScaler(), model)


def trained(name: str, folder: Path) -> Mapping[str, float]:
    """A bundled spec's figures after two epochs."""
    spec, graph = read(locate(name, print), settings=("training.epochs=2",))
    return train(spec, graph, runs_dir=folder).metrics


def header_of(name: str) -> str:
    return (SPECS / f"{name}.yaml").read_text().partition("\ncnnspec:")[0]


def regressed(name: str) -> tuple[Any, np.ndarray]:
    """The frequencies of the test split, and what a ridge regression on Fourier coefficients says of them."""
    train, test = examples(name)
    return test["output"], scaled(Ridge()).fit(train["sizes"], train["output"]).predict(test["sizes"])


def test_regression_is_nearer_than_what_is_simpler(tmp_path: Path) -> None:
    """After two epochs of its twenty already; and the header has scikit-learn's figures."""
    (train, test), (true, ridge), header = examples("regression"), regressed("regression"), header_of("regression")
    mean = np.full_like(true, train["output"].mean())
    hertz = np.abs(np.fft.rfftfreq(256, 1 / 2000))
    among = np.flatnonzero((hertz >= 100) & (hertz <= 400))
    peak = hertz[among[test["sizes"][:, among].argmax(axis=1)]][:, None]
    for said in (mean, ridge, peak):
        assert f"{mean_absolute_error(true, said):.1f} Hz, {abs(r2_score(true, said)):.2f}: " in header
    figures = trained("regression", tmp_path)
    assert figures["test_mean_absolute_error"] < mean_absolute_error(true, ridge) and figures["test_r2_score"] > 0.8


def test_multilabel_finds_the_labels_that_go_together(tmp_path: Path) -> None:
    """After two of fifteen epochs nearly all are right; what is predicted names those that hold, however many."""
    (_, test), header = examples("multilabel"), header_of("multilabel")
    silent = test["output"] == 0
    assert f"{silent.mean():.1%} of labels, and all of {silent.all(axis=1).mean():.1%}".replace("%", " %") in header
    assert trained("multilabel", tmp_path)["test_accuracy"] > 0.93
    run = open_run(tmp_path / "multilabel-1")
    np.save(tmp_path / "new.npy", test["recording"][:20])
    for said, labels in zip(predicted(run, tmp_path / "new.npy"), test["output"], strict=False):
        holding = {guess.name for guess in said.outputs[0].guesses if guess.holds}
        sounding = {note for note, label in zip(NOTES, labels, strict=True) if label}
        assert holding <= set(NOTES) and len(holding ^ sounding) < 4


def test_two_inputs_tell_what_neither_tells_alone(tmp_path: Path) -> None:
    (train, test), header = examples("two-inputs"), header_of("two-inputs")
    both = [np.hstack([each["sizes"], each["rate"]]) for each in (train, test)]
    linear = scaled(LogisticRegression(max_iter=1000)).fit(both[0], train["output"]).predict(both[1])
    score = accuracy_score(test["output"], linear)
    assert f"{score:.1%}".replace("%", " %") in header
    assert trained("two-inputs", tmp_path)["test_accuracy"] > 1.4 * score
