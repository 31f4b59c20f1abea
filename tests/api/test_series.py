"""Several trainings of one spec from Python and from the command line: each as it is alone, and all of them told."""

import json
import statistics
from pathlib import Path

import keras
import numpy as np
import pytest

import cnnspec
from cnnspec import TrainedRuns
from cnnspec.cli.app import carried_out
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.series import read_membership
from tests.support.small_runs import ALONE, SMALLEST, TESTED, small_spec

DRAWING = """
inputs: {image: [6, 6, 1]}
model: [flatten, batch_norm, dropout: 0.2, dense: {units: 3, activation: softmax}]
"""
"""A network that draws while it trains, and keeps statistics."""
SEEDED = "training: {epochs: 2, batch_size: 20, loss: auto, metrics: [accuracy], seed: 5}\n"


class Interrupts(keras.callbacks.Callback):
    """As somebody does who has seen so many epochs."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.left = epochs

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def weights(run: Path) -> list[np.ndarray]:
    return list(keras.saving.load_model(run / "last.keras").get_weights())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seeds 5 and 6 of a small spec, interrupted in the second and gone on with for a third."""
    folder = tmp_path_factory.mktemp("series")
    small_spec(folder, SEEDED, DRAWING, TESTED)
    network = cnnspec.load(folder / "small.yaml")
    with pytest.raises(KeyboardInterrupt, match=r"resume_series\('.*small-2', seeds=2\)"):
        network.train(seeds=2, runs=folder / "runs", callbacks=[Interrupts(3)])
    cnnspec.resume_series(folder / "runs" / "small-2", seeds=3)
    network.train(runs=folder / "alone")
    cnnspec.load(folder / "small.yaml", {"training.seed": 6}).train(runs=folder / "alone")
    return folder


def test_each_training_is_to_the_bit_what_it_is_alone(folder: Path) -> None:
    """The first one, and the second, which was interrupted and gone on with after others in the same process."""
    for number in (1, 2):
        ones, others = weights(folder / "runs" / f"small-{number}"), weights(folder / "alone" / f"small-{number}")
        assert all(np.array_equal(one, other) for one, other in zip(ones, others, strict=True))


def test_a_series_that_is_gone_on_with_trains_nothing_twice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three runs are there, one a seed, of which a further command tells the mean, and trains none."""
    runs = sorted(path for path in (folder / "runs").iterdir())
    found = [read_membership(RunFolder(path)) for path in runs]
    assert [each.member for each in found if each] == ["seed 5", "seed 6", "seed 7"]
    assert len({each.series for each in found if each}) == 1
    done = carried_out(["train", "--resume", str(runs[0]), "--seeds", "3", "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert done == 0 and [each["run"] for each in told["runs"]] == list(map(str, runs))
    losses = [each["metrics"]["test_loss"] for each in told["runs"]]
    assert told["figures"]["test_loss"]["mean"] == pytest.approx(statistics.fmean(losses))
    assert sorted(path for path in (folder / "runs").iterdir()) == runs


def test_folds_hold_out_each_example_once(tmp_path: Path) -> None:
    small_spec(
        tmp_path,
        "training: {epochs: 1, batch_size: 30, optimizer: sgd, loss: auto}\n",
        SMALLEST,
        ALONE,
    )
    found = cnnspec.load(tmp_path / "small.yaml").train(folds=2, runs=tmp_path / "runs")
    assert isinstance(found, TrainedRuns)
    assert [each.told.environment.fold for each in found.runs] == ["1/2", "2/2"]
    assert found.figures["test_loss"].count == 2
    assert "fold" in str(found) and "2 folds" in str(found)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--seeds", "1"], "neither deviation nor interval"),
        (["--seeds", "0"], "neither deviation nor interval"),
        (["--folds", "1"], "neither deviation nor interval"),
        (["--seeds", "3", "--folds", "3"], "seeds together with folds"),
        (["--folds", "3", "--fold", "1/3"], "folds together with fold"),
        (["--seeds", "3", "--workers", "2"], "--workers 2"),
        (["--seeds", "3", "--set", "training.distribute=multi_worker"], "multi_worker"),
    ],
)
def test_what_makes_no_sense_is_refused(
    folder: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is trained, and as a misuse of the command."""
    with pytest.raises(SystemExit) as ended:
        carried_out(["train", str(folder / "small.yaml"), *words])
    shown = capsys.readouterr().err
    assert ended.value.code == 2 and said in shown and "help" in shown


def test_only_a_run_of_the_series_goes_on_with_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that was trained alone is none of several, and one of several seeds is no fold."""
    for words, said in (
        (["--resume", str(folder / "alone" / "small-1"), "--seeds", "3"], "was trained alone"),
        (["--resume", str(folder / "runs" / "small-1"), "--folds", "3"], "is seed 5"),
    ):
        with pytest.raises(SystemExit) as ended:
            carried_out(["train", *words])
        assert ended.value.code == 2 and said in capsys.readouterr().err
