"""Which weights a run keeps: averages where they are asked for, and sound ones where the loss is lost."""

import contextlib
import json
from pathlib import Path

import keras
import numpy as np
import pytest

from cnnspec.backend import use_seed
from cnnspec.backend.model.build import build_model
from cnnspec.backend.train import train
from cnnspec.results.events import EpochEnded, EpochStarted, Event, StopAsked
from cnnspec.results.failure import RunFailed
from cnnspec.runs.folder import open_run
from cnnspec.stopping import Stopping
from tests.support.small_runs import DATA, TRAINING, small_spec


@pytest.mark.parametrize("interrupted", [False, True])
def test_kept_models_are_the_averages_that_were_validated(tmp_path: Path, interrupted: bool) -> None:
    """With ema, best.keras and last.keras score on the validation split what their epochs did, Ctrl-C or not."""
    losses: list[float] = []

    def take(event: Event) -> None:
        if isinstance(event, EpochEnded):
            losses.append(event.figures["val_loss"])
        if interrupted and isinstance(event, EpochStarted) and event.epoch == 3:
            raise KeyboardInterrupt

    training = TRAINING.replace("epochs: 2", "epochs: 4, ema: {momentum: 0.8}, optimizer: {adam: 0.02}")
    with pytest.raises(KeyboardInterrupt) if interrupted else contextlib.nullcontext():
        train(*small_spec(tmp_path, training), runs_dir=tmp_path / "runs", on_event=take)
    folder, held = open_run(tmp_path / "runs" / "small-1"), np.load(tmp_path / "validation.npz")
    for path, wanted in ((folder.best, min(losses)), (folder.last, losses[-1])):
        model = keras.models.load_model(path)
        model.compile(loss="sparse_categorical_crossentropy")
        assert model.evaluate(held["x"], held["y"], batch_size=8, verbose=0) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("by", ["Ctrl-C", ""])
def test_who_asked_to_stop_is_told_by_whoever_sees_it_first(tmp_path: Path, by: str) -> None:
    """The steps may see that a signal came before the thread that heard it speaks; nobody by name, another process."""
    stopping, told = Stopping(), list[str]()

    def take(event: Event) -> None:
        if isinstance(event, EpochStarted):
            stopping.by, stopping.asked = by, True
        if isinstance(event, StopAsked):
            told.append(event.by)

    with pytest.raises(KeyboardInterrupt):
        train(*small_spec(tmp_path, TRAINING), runs_dir=tmp_path / "runs", on_event=take, stopping=stopping)
    assert told == [by]


GROWING = "inputs: {image: [6, 6, 1]}\nmodel: [flatten, dense: 1]\n"


@pytest.mark.parametrize(
    ("data", "where"), [(DATA, "the end"), (DATA.replace("validation: validation.npz, ", ""), r"step \d")]
)
@pytest.mark.parametrize("ema", ["", ", ema: {momentum: 0.5}"])
def test_a_diverging_run_fails_and_keeps_its_last_sound_weights(
    tmp_path: Path, ema: str, data: str, where: str
) -> None:
    """A line whose error grows with every step: step and rate are named, last.keras holds finite weights of before."""
    training = f"training: {{epochs: 30, batch_size: 8, loss: mse, optimizer: {{sgd: 0.2}}, seed: 5{ema}}}\n"
    message = rf"any more at {where} of epoch \d \((nan|inf), at a learning rate of 0\.2\)"
    with pytest.raises(RunFailed, match=message) as failure:
        train(*small_spec(tmp_path, training, GROWING, data), runs_dir=tmp_path / "runs")
    folder = open_run(tmp_path / "runs" / "small-1")
    result = json.loads(folder.result.read_text())
    assert result["status"] == "failed" and result["reason"].startswith("the ") and result["epochs"] >= 1
    assert result["last"] == {"epoch": result["epochs"] - 1, "step": 8}
    assert all(np.isfinite(weight).all() for weight in keras.models.load_model(folder.last).get_weights())
    assert f"the weights of step 8 of epoch {result['epochs']}" in failure.value.diagnostics[0].help
    assert result["best"]["epoch"] == 0 and keras.models.load_model(folder.best).count_params() == 37


def test_a_first_step_that_diverges_keeps_the_initial_weights(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match=r"any more at step [2-8] of epoch 1 "):
        train(*small_spec(tmp_path, TRAINING.replace("2", "3, optimizer: {sgd: 1e30}", 1)), runs_dir=tmp_path / "runs")
    folder = open_run(tmp_path / "runs" / "small-1")
    assert json.loads(folder.result.read_text())["last"] == {"epoch": 0, "step": 0} and not folder.best.exists()
    made = keras.models.load_model(folder.last).get_weights()
    use_seed(5)
    for mine, other in zip(made, build_model(small_spec(tmp_path)[1], "small").get_weights(), strict=True):
        assert np.array_equal(mine, other)
