"""A training that goes on from any of its checkpoints ends as the one that was never interrupted, to the last bit."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from small_runs import examples, small_spec
from spec_texts import read

from cnnspec.backend.train import resume, train
from cnnspec.language.location import locate
from cnnspec.runs.checkpoint import Found, read_newest
from cnnspec.runs.events import Event, Resumed
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Rejected

PLAIN = """
training: {epochs: 3, batch_size: 8, loss: auto, metrics: [accuracy], seed: 5, checkpoint: {every: 0.375, keep: 99}}
"""
FULL = """
training:
  epochs: 6
  batch_size: 8
  loss: auto
  metrics: [accuracy]
  optimizer: {adamw: {learning_rate: 0.03}}
  ema: {momentum: 0.9}
  gradient_accumulation: 2
  early_stopping: {monitor: val_loss, patience: 2, min_delta: 0.3, restore_best_weights: true}
  reduce_on_plateau: {monitor: val_loss, patience: 1, factor: 0.5, min_delta: 0.3}
  checkpoint: {every: 0.375, keep: 99}
  seed: 5
"""
"""Eight steps an epoch, a checkpoint every third one: the sixth falls on the end of epoch 3."""


def trained(place: Path, training: str) -> RunFolder:
    """A run that nobody interrupted."""
    spec, graph = small_spec(place, training)
    return RunFolder(Path(train(spec, graph, runs_dir=place / "runs").run))


def resumed(folder: RunFolder, place: Path, *settings: str) -> list[Event]:
    """What happens while a run goes on; its data lies at `place`."""
    events: list[Event] = []
    location = locate(str(folder.spec), print)
    resume(folder, *read(location, settings=settings), data_root=place, on_event=events.append)
    return events


def newest(folder: RunFolder) -> Found:
    """Its newest checkpoint."""
    found = read_newest(folder)
    assert found is not None
    return found


def ending(folder: RunFolder) -> dict[str, object]:
    """Everything a run ends with but times: the whole state, its logs, its result and its models' weights."""
    checkpoint = newest(folder).checkpoint
    facts = json.loads(json.dumps(checkpoint.facts))
    for epoch in facts["run"]["epochs"]:
        epoch[1] = None
    rows = [json.loads(line) for line in folder.log.read_text().splitlines()]
    result = json.loads(folder.result.read_text())
    return {
        "step": checkpoint.step,
        "state": hashlib.sha256(b"".join(piece.data for piece in checkpoint.pieces)).hexdigest(),
        "pieces": [(piece.name, piece.dtype, piece.shape) for piece in checkpoint.pieces],
        "facts": (facts["training"], facts["run"]["epochs"], facts["place"]),
        "table": folder.table.read_text(),
        "log": [{key: value for key, value in row.items() if key != "seconds"} for row in rows],
        "result": {key: value for key, value in result.items() if key != "seconds"},
        "models": [hashlib.sha256(weights(path)).hexdigest() for path in (folder.best, folder.last)],
    }


def weights(path: Path) -> bytes:
    """The weights in a model's file."""
    with zipfile.ZipFile(path) as archive:
        return archive.read("model.weights.h5")


def cut_back(run: RunFolder, name: str, left: int) -> RunFolder:
    """A copy of a run that was killed when it had so many checkpoints."""
    copy = RunFolder(run.path.parent / name)
    shutil.copytree(run.path, copy.path)
    for path in sorted(copy.checkpoints.iterdir())[left:]:
        path.unlink()
    return copy


@pytest.mark.parametrize("training", [PLAIN, FULL], ids=["dropout", "everything"])
def test_from_every_kind_of_checkpoint_a_run_ends_as_if_it_had_never_been_interrupted(
    tmp_path: Path, training: str
) -> None:
    """In the middle of an epoch, at its end, before the first checkpoint; with averages, callbacks and all."""
    run = trained(tmp_path, training)
    whole, places = ending(run), []
    for left in (0, 2, 8):
        copy = cut_back(run, f"small-{left + 10}", left)
        (event,) = [event for event in resumed(copy, tmp_path) if isinstance(event, Resumed)]
        places.append((event.epoch, event.step))
        assert ending(copy) == whole, places
    assert places == [(0, 0), (0, 6), (3, 0)]


def test_more_epochs_go_on_where_the_run_ended(tmp_path: Path) -> None:
    """As if they had been asked for at once; another interval of checkpoints changes nothing."""
    run = trained(tmp_path, PLAIN)
    longer = trained(tmp_path, PLAIN.replace("epochs: 3", "epochs: 4"))
    resumed(run, tmp_path, "training.epochs=4", "training.checkpoint.every=1")
    one, other = ending(run), ending(longer)
    assert {key: one[key] for key in one} == {key: other[key] for key in one}
    assert json.loads(run.environment.read_text())["resumed"][0]["epoch"] == 3
    assert "epochs: 4" in run.spec.read_text()


def test_what_would_be_another_training_is_refused(tmp_path: Path) -> None:
    """Another setting, fewer epochs, other data: each with both values, and nothing has changed."""
    run = trained(tmp_path, PLAIN)
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file() and path != run.lock}
    with pytest.raises(Rejected, match=r"training\.batch_size is 4; expected 8, which the run was trained with"):
        resumed(run, tmp_path, "training.batch_size=4")
    with pytest.raises(Rejected, match=r"training\.epochs: 2, where the training is in epoch 3; expected at least 3"):
        resumed(run, tmp_path, "training.epochs=2")
    pictures, labels = examples(60, 9)
    np.savez(tmp_path / "train.npz", x=pictures, y=labels)
    with pytest.raises(Rejected, match=r"train\.npz has changed since the run began: now .* bytes .*; expected "):
        resumed(run, tmp_path)
    assert {path: path.read_bytes() for path in before} == before
