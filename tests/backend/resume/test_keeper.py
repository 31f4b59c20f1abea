"""What is saved beside the training: best.keras as the network would write it, and refusals that the run survives."""

import json
import zipfile
from concurrent.futures import wait
from pathlib import Path

import keras
import pytest

from cnnspec.backend.model.build import connect, model_of, save_model
from cnnspec.backend.model.faster import FASTER
from cnnspec.backend.resume.keeper import BestModelWriter
from cnnspec.backend.train import resume, train
from cnnspec.language.location import locate
from cnnspec.results.events import EpochStarted, Event, NotSaved
from cnnspec.results.failure import RunFailed
from cnnspec.runs.checkpoint import Checkpoint
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.history import read_run
from cnnspec.runs.writer import CheckpointWriter
from tests.support.run_endings import ending
from tests.support.small_runs import small_spec
from tests.support.spec_texts import read

TRAINING = """
training:
  {epochs: 5, batch_size: 8, loss: auto, metrics: [accuracy], seed: 5, ema: {momentum: 0.9}, checkpoint: {keep: 99}}
"""
STEPS = 8


@pytest.fixture
def in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The training waits for every save, so that none is passed over for a later one."""
    real = CheckpointWriter.write

    def write(writer: CheckpointWriter, checkpoint: Checkpoint) -> None:
        real(writer, checkpoint)
        wait(writer._begun)

    monkeypatch.setattr(CheckpointWriter, "write", write)


class Disk:
    """Something lies where a file is to be written, until an epoch begins; the events that say so are kept."""

    def __init__(self, folder: RunFolder, *names: str, until: int = 99) -> None:
        self._paths, self._until, self.told = [folder.path / name for name in names], until, list[NotSaved]()

    def take(self, event: Event) -> None:
        if isinstance(event, EpochStarted) and event.epoch == 0:
            for path in self._paths:
                (path / "in the way").mkdir(parents=True)
        if isinstance(event, EpochStarted) and event.epoch == self._until:
            self.clear()
        if isinstance(event, NotSaved):
            self.told.append(event)

    def clear(self) -> None:
        for path in self._paths:
            (path / "in the way").rmdir()
            path.rmdir()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that nothing disturbs."""
    place = tmp_path_factory.mktemp("whole")
    return RunFolder(Path(train(*small_spec(place, TRAINING), runs_dir=place / "runs").run))


def disturbed(place: Path, *names: str, until: int = 99) -> tuple[RunFolder, Disk]:
    """The folder of a run that the disk will disturb."""
    run = RunFolder(place / "runs" / "small-1")
    return run, Disk(run, *names, until=until)


def checkpoint_after(epoch: int) -> str:
    return f"checkpoints/{epoch * STEPS:012}.checkpoint"


@pytest.mark.usefixtures("in_step")
def test_a_run_goes_on_where_saves_fail_and_tells_each_of_them_once(whole: RunFolder, tmp_path: Path) -> None:
    """After epochs 2 and 3; it ends as the run whose disk took everything, and its folder says what was not saved."""
    run, disk = disturbed(tmp_path, *map(checkpoint_after, (2, 3)))
    train(*small_spec(tmp_path, TRAINING), runs_dir=tmp_path / "runs", on_event=disk.take)
    first, rest = disk.told
    assert first.places == ((2, 0),) and checkpoint_after(2) in first.reason and not first.repeated
    assert rest.places == ((3, 0),) and rest.repeated and rest.saved_again == (4, 0)
    assert ending(run) == ending(whole)
    (told,) = json.loads(run.result.read_text())["not_saved"]
    assert told["times"] == 2 and told["after"] == [{"epochs": 2, "steps": 0}, {"epochs": 3, "steps": 0}]
    assert read_run(run).problems == (f"the state was not saved 2 times: {told['reason']}",)


@pytest.mark.usefixtures("in_step")
def test_while_best_keras_cannot_be_written_no_checkpoint_speaks_of_it(whole: RunFolder, tmp_path: Path) -> None:
    """Until epoch 4 something lies in its place; then both are written, and the run ends as if nothing had been."""
    run, disk = disturbed(tmp_path, "best.keras", until=3)
    train(*small_spec(tmp_path, TRAINING), runs_dir=tmp_path / "runs", on_event=disk.take)
    assert {path.name for path in run.checkpoints.iterdir()} == {Path(checkpoint_after(n)).name for n in (4, 5)}
    assert "best.keras" in disk.told[0].reason and disk.told[-1].saved_again == (4, 0)
    assert ending(run) == ending(whole)


@pytest.mark.parametrize("name", ["best.keras", checkpoint_after(5)])
def test_a_run_whose_last_state_cannot_be_written_fails_and_goes_on_later(
    whole: RunFolder, tmp_path: Path, name: str
) -> None:
    """It says so once, as the error; what was written before is whole, and it then ends as if nothing had been."""
    run, disk = disturbed(tmp_path, name)
    spec, graph = small_spec(tmp_path, TRAINING)
    with pytest.raises(RunFailed, match=rf"cannot write .*{Path(name).name}"):
        train(spec, graph, runs_dir=tmp_path / "runs", on_event=disk.take)
    places = [place for event in disk.told for place in event.places]
    assert len(places) == len(set(places)) and ("best" in name or not places)
    result = json.loads(run.result.read_text())
    assert result["status"] == "failed" and result["reason"].startswith("cannot write")
    disk.clear()
    resume(run, *read(locate(str(run.spec), print)), data_root=tmp_path)
    assert ending(run) == ending(whole)


PARTS = """
inputs: {image: [8, 8, 4]}
model:
  stem:
    - conv: {filters: 8, kernel_size: 3, padding: same, norm: batch, activation: relu}
    - conv: {filters: 8, kernel_size: 3, groups: 2, padding: 1, trainable: false}
    - spatial_dropout: 0.2
  body:
    - residual: {layers: [conv: {filters: 8, kernel_size: 3, padding: same, norm: {group: {groups: 2}}}]}
  again: [reuse: body]
  head: [global_avg_pool, dropout: 0.2, dense: {units: 3, activation: softmax}]
"""


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("name", ["", "resnet-cifar@20", "textcnn"])
def test_best_keras_is_what_the_trained_network_would_write(tmp_path: Path, name: str, precision: str) -> None:
    """Configuration and weights, to the byte; with weights that are not those it was made with."""
    (tmp_path / "parts.yaml").write_text(f"cnnspec: 1\nname: parts\n{PARTS}")
    spec, graph = read(locate(name or str(tmp_path / "parts.yaml"), print))
    keras.utils.set_random_seed(3)
    trained = model_of(graph, spec.name, connect(graph, precision, FASTER))
    file = BestModelWriter(tmp_path / "best.keras", graph, spec.name, precision)
    for weights in ([weight + 1 for weight in trained.get_weights()], [weight * 2 for weight in trained.get_weights()]):
        file.write(weights)
        trained.set_weights(weights)
        save_model(trained, tmp_path / "trained.keras")
        assert held(tmp_path / "best.keras") == held(tmp_path / "trained.keras")


def held(path: Path) -> dict[str, bytes]:
    """What a model's file holds, but for the day on which it was written."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "metadata.json"}
