"""A training that goes on from any of its checkpoints ends as the one that was never interrupted, to the last bit."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnspec.backend.train import plan_resumption, resume, train
from cnnspec.language.location import locate
from cnnspec.results.events import Event, NothingLeft, Resumed
from cnnspec.results.failure import RunFailed
from cnnspec.results.plan import Plan
from cnnspec.runs.checkpoint import write_checkpoint
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.history import read_run
from cnnspec.runs.lock import owned
from cnnspec.source.diagnostic import Rejected
from tests.support.each_written import each_written
from tests.support.run_endings import ending, newest
from tests.support.small_runs import MODEL, copied, examples, small_spec
from tests.support.spec_texts import read

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
  watch: [gradients, activations]
  seed: 5
"""
"""Eight steps an epoch, a checkpoint every third one: the sixth falls on the end of epoch 3."""


LEARNING = MODEL.replace("rescaling: 0.1", "normalization")


def trained(place: Path, training: str, model: str = MODEL) -> RunFolder:
    """A run that nobody interrupted."""
    spec, graph = small_spec(place, training, model)
    with each_written():
        return RunFolder(Path(train(spec, graph, runs_dir=place / "runs").run))


Trained = Callable[..., RunFolder]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A copy in a folder of a run of this training that nobody interrupted, with its data; each is trained once."""
    known: dict[tuple[str, str], RunFolder] = {}

    def copy(place: Path, training: str, model: str = MODEL) -> RunFolder:
        if (training, model) not in known:
            known[training, model] = trained(tmp_path_factory.mktemp("whole"), training, model)
        return copied(known[training, model], place)

    return copy


@pytest.fixture
def plain(tmp_path: Path, whole: Trained) -> RunFolder:
    """One of PLAIN."""
    return whole(tmp_path, PLAIN)


def resumed(folder: RunFolder, place: Path, *settings: str) -> list[Event]:
    """What happens while a run goes on; its data lies at `place`."""
    events: list[Event] = []
    location = locate(str(folder.spec), print)
    resume(folder, *read(location, settings=settings), data_root=place, on_event=events.append)
    return events


def cut_back(run: RunFolder, name: str, left: int) -> RunFolder:
    """A copy of a run that was killed when it had so many checkpoints."""
    copy = RunFolder(run.path.parent / name)
    shutil.copytree(run.path, copy.path)
    copy.result.unlink()
    for path in sorted(copy.checkpoints.iterdir())[left:]:
        path.unlink()
    return copy


@pytest.mark.parametrize(
    ("training", "model"),
    [(PLAIN, MODEL), (FULL, LEARNING)],
    ids=["dropout", "everything, and statistics of the data"],
)
def test_from_every_kind_of_checkpoint_a_run_ends_as_if_it_had_never_been_interrupted(
    whole: Trained, tmp_path: Path, training: str, model: str
) -> None:
    """In the middle of an epoch, at its end, before the first checkpoint; with averages, callbacks and all."""
    run = whole(tmp_path, training, model)
    wanted, places = ending(run), []
    for left in (0, 2, 8):
        copy = cut_back(run, f"small-{left + 10}", left)
        (event,) = [event for event in resumed(copy, tmp_path) if isinstance(event, Resumed)]
        places.append((event.epoch, event.step))
        assert ending(copy) == wanted, places
    assert places == [(0, 0), (0, 6), (3, 0)]


def test_more_epochs_go_on_where_the_run_ended(tmp_path: Path, plain: RunFolder) -> None:
    """As if they had been asked for at once; another interval of checkpoints changes nothing."""
    run = plain
    longer = trained(tmp_path, PLAIN.replace("epochs: 3", "epochs: 4"))
    resumed(run, tmp_path, "training.epochs=4", "training.checkpoint.every=1")
    one, other = ending(run), ending(longer)
    assert {key: one[key] for key in one} == {key: other[key] for key in one}
    (again,) = read_run(run).environment.resumed
    assert (again.epoch, again.step) == (3, 0) and again.machine.versions == read_run(run).environment.versions
    assert "epochs: 4" in run.spec.read_text()


def test_what_would_be_another_training_is_refused(tmp_path: Path, plain: RunFolder) -> None:
    """Another setting, fewer epochs, other data: each with both values, and nothing has changed."""
    run = plain
    before = held(run)
    with pytest.raises(Rejected, match=r"training\.batch_size is 4; expected 8, which the run was trained with"):
        resumed(run, tmp_path, "training.batch_size=4")
    with pytest.raises(
        Rejected, match=r"label_smoothing is 0\.5; expected 0\.0, the default, which the run was trained"
    ):
        resumed(run, tmp_path, "training.label_smoothing=0.5")
    with pytest.raises(Rejected, match=r"ema is {momentum: 0\.9}; expected nothing, since the run was trained without"):
        resumed(run, tmp_path, "training.ema={momentum: 0.9}")
    with pytest.raises(Rejected, match=r"training\.epochs: 2, where the training is in epoch 3; expected at least 3"):
        resumed(run, tmp_path, "training.epochs=2")
    pictures, labels = examples(60, 9)
    np.savez(tmp_path / "train.npz", x=pictures, y=labels)
    with pytest.raises(Rejected, match=r"train\.npz has changed since the run began: now .* bytes .*; expected "):
        resumed(run, tmp_path, "training.epochs=4")
    assert held(run) == before


def held(run: RunFolder) -> dict[Path, bytes]:
    """Every file of a run but its lock."""
    return {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file() and path != run.lock}


def foreseen(folder: RunFolder, place: Path, *settings: str) -> tuple[Plan, Resumed] | NothingLeft:
    """What would happen if a run went on; nothing is written."""
    before = sorted(folder.path.rglob("*")), held(folder), folder.lock.read_bytes()
    spec = read(locate(str(folder.spec), print), settings=settings)
    found: tuple[Plan, Resumed] | NothingLeft = plan_resumption(folder, *spec, data_root=place)
    assert (sorted(folder.path.rglob("*")), held(folder), folder.lock.read_bytes()) == before
    return found


def test_what_would_be_resumed_can_be_looked_at(tmp_path: Path, plain: RunFolder) -> None:
    """Its place, what is left and what changes are those of the resumption; so are a damaged checkpoint and a note."""
    run = cut_back(plain, "small-9", 3)
    last = max(run.checkpoints.iterdir())
    last.write_bytes(last.read_bytes()[:-1])
    settings = ("training.epochs=4", "training.checkpoint.every=1")
    found = foreseen(run, tmp_path, *settings)
    assert not isinstance(found, NothingLeft)
    plan, looked = found
    assert (plan.epochs, plan.steps_per_epoch, looked.epoch, looked.step) == (4, 8, 0, 6)
    assert looked.changes == ("training.epochs is 4, and was 3", "training.checkpoint.every is 1, and was 0.375")
    assert looked.damaged[0].startswith(f"{last}: it holds ")
    (event,) = [event for event in resumed(run, tmp_path, *settings) if isinstance(event, Resumed)]
    assert event == looked


def test_a_look_refuses_what_a_resumption_would(tmp_path: Path, plain: RunFolder) -> None:
    """Another setting, a checkpoint of another network, a run of another process; a finished run is named as such."""
    run = plain
    assert foreseen(run, tmp_path) == resumed(run, tmp_path)[0]
    with pytest.raises(Rejected, match="batch_size is 4; expected 8"):
        foreseen(run, tmp_path, "training.batch_size=4")
    with owned(run), pytest.raises(RunFailed, match="trains"):
        plan_resumption(run, *read(locate(str(run.spec), print)))
    kept = newest(run).checkpoint
    first, *others = kept.pieces
    strange = replace(kept, pieces=(replace(first, shape=(9, 9)), *others), step=kept.step + 1)
    write_checkpoint(run, strange, 99)
    with pytest.raises(Rejected, match=r"the checkpoint holds .* of shape \(9, 9\)"):
        foreseen(run, tmp_path, "training.epochs=4")


def test_epochs_that_no_checkpoint_holds_are_named_before_they_are_trained_again(
    tmp_path: Path, plain: RunFolder
) -> None:
    run = cut_back(plain, "small-9", 0)
    found = foreseen(run, tmp_path)
    assert not isinstance(found, NothingLeft)
    assert found[1].notes == ("3 epochs had ended, and there is no checkpoint: they are trained again",)


def test_data_that_lies_elsewhere_now_is_found_there_again(tmp_path: Path, plain: RunFolder) -> None:
    """A run that was copied is told once where its data is."""
    run = cut_back(plain, "small-9", 2)
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in tmp_path.glob("*.npz"):
        path.rename(moved / path.name)
    with pytest.raises(Rejected, match=r"train\.npz"):
        resume(run, *read(locate(str(run.spec), print)))
    resumed(run, moved)
    resume(run, *read(locate(str(run.spec), print), settings=("training.epochs=4",)))


def test_a_finished_run_stays_as_it_is(whole: Trained, tmp_path: Path, plain: RunFolder) -> None:
    """Also one that early stopping ended, whatever epochs it is given, and one whose checkpoints are gone."""
    run = plain
    before = held(run)
    figures = json.loads(run.result.read_text())["metrics"]
    assert resumed(run, tmp_path) == [NothingLeft(str(run.path), 3, False, figures)]
    assert held(run) == before
    shutil.rmtree(run.checkpoints)
    (event,) = resumed(run, tmp_path)
    assert isinstance(event, NothingLeft)
    with pytest.raises(Rejected, match=r"is finished, and its checkpoints are gone; expected one to go on from"):
        resumed(run, tmp_path, "training.epochs=4")
    stopped = whole(tmp_path / "stopped", FULL, LEARNING)
    (event,) = resumed(stopped, tmp_path / "stopped", "training.epochs=9")
    assert (
        isinstance(event, NothingLeft) and event.stopped and event.epochs == len(stopped.log.read_text().splitlines())
    )


def test_a_run_that_diverged_is_refused_since_it_would_again(tmp_path: Path) -> None:
    with pytest.raises(RunFailed):
        trained(tmp_path, PLAIN.replace("seed: 5", "seed: 5, optimizer: {sgd: {learning_rate: 1e30}}"))
    run = RunFolder(tmp_path / "runs" / "small-1")
    before = held(run)
    with pytest.raises(Rejected, match=r"failed: the loss is no finite number .*; going on would end there again"):
        resumed(run, tmp_path)
    assert held(run) == before


def test_more_epochs_stretch_a_rate_that_falls_over_all_of_them_and_that_is_said(tmp_path: Path) -> None:
    """One that says how long it falls is not stretched."""
    for length, notes in (
        ("", ["the learning rate was to fall over 3 epochs, and from here on does over 4"]),
        (", epochs: 2", []),
    ):
        rate = f"seed: 5, optimizer: {{sgd: {{learning_rate: {{cosine: {{peak: 0.1{length}}}}}}}}}"
        run = trained(tmp_path, PLAIN.replace("seed: 5", rate))
        (event,) = [event for event in resumed(run, tmp_path, "training.epochs=4") if isinstance(event, Resumed)]
        assert [note.partition(":")[0] for note in event.notes] == notes


def test_other_versions_than_those_of_the_run_are_noted(tmp_path: Path, plain: RunFolder) -> None:
    run = plain
    told = json.loads(run.environment.read_text())
    was = told["packages"]["keras"]
    told["packages"]["keras"] = "3.0.1"
    run.environment.write_text(json.dumps(told))
    (event,) = [event for event in resumed(run, tmp_path, "training.epochs=4") if isinstance(event, Resumed)]
    said = f"keras is {was}, and was 3.0.1 when the run began: figures may differ in their last digits"
    assert event.notes == (said,)


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path, plain: RunFolder) -> None:
    """It lies in the run's folder, and its network would fit."""
    run, other = plain, trained(tmp_path, PLAIN.replace("seed: 5", "seed: 6"))
    last = max(other.checkpoints.iterdir())
    shutil.copy(last, run.checkpoints)
    run.result.unlink()
    said = rf"{run.checkpoints / last.name} is of another training: training\.seed is 6 in it, and 5 in {run.spec}"
    with pytest.raises(Rejected, match=said):
        resumed(run, tmp_path)
