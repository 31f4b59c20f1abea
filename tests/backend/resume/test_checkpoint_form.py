"""A checkpoint that is whole but made up is refused with a message, whatever it says."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import model_validator

from cnnspec.backend.resume import checkpoint_form
from cnnspec.backend.resume.checkpoint_form import CheckpointForm
from cnnspec.backend.train import plan_resumption, resume, train
from cnnspec.language.location import locate
from cnnspec.runs.checkpoint import Checkpoint, Piece, write_checkpoint
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Rejected
from tests.support.run_endings import newest
from tests.support.small_runs import small_spec
from tests.support.spec_texts import read

TRAINING = """
training:
  {epochs: 2, batch_size: 8, loss: auto, seed: 5, early_stopping: {monitor: val_loss, restore_best_weights: true}}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that ended after two epochs."""
    place = tmp_path_factory.mktemp("made-up")
    spec, graph = small_spec(place, TRAINING)
    return RunFolder(Path(train(spec, graph, runs_dir=place / "runs").run))


def changed(name: str, change: Callable[[Piece], Piece]) -> Callable[[Checkpoint], Checkpoint]:
    """The checkpoint with its arrays under a name changed."""

    def make(checkpoint: Checkpoint) -> Checkpoint:
        pieces = (change(piece) if piece.name.startswith(name) else piece for piece in checkpoint.pieces)
        return replace(checkpoint, pieces=tuple(pieces))

    return make


def saying(*path: Any, value: Any) -> Callable[[Checkpoint], Checkpoint]:
    """The checkpoint with one of its facts replaced."""

    def make(checkpoint: Checkpoint) -> Checkpoint:
        facts: Any = dict(checkpoint.facts)
        inner = facts
        for key in path[:-1]:
            inner[key] = inner[key].copy()
            inner = inner[key]
        inner[path[-1]] = value
        return replace(checkpoint, facts=facts)

    return make


MADE_UP = {
    "no facts": lambda checkpoint: replace(checkpoint, facts={}),
    "a place in words": saying("place", value="here"),
    "an epoch that never was": saying("place", 0, value=7),
    "a best epoch to come": saying("training", "best", "epoch", value=9),
    "a method in place of a number": saying("training", "callbacks", "EarlyStopping", "on_epoch_end", value=[]),
    "nothing of a callback": saying("training", "callbacks", value={}),
    "no weights but objects": changed("model.", lambda piece: replace(piece, dtype="O")),
    "a shape without its numbers": changed("model.", lambda piece: replace(piece, data=piece.data[:4])),
    "best weights of another network": changed("best.", lambda piece: replace(piece, shape=(2,), data=bytes(8))),
    "a type that is none": changed("best.", lambda piece: replace(piece, dtype="no type")),
    "more best weights than memory": changed("EarlyStopping.", lambda piece: replace(piece, shape=(2**40,))),
}


@pytest.mark.parametrize("name", MADE_UP)
def test_what_is_made_up_is_refused(run: RunFolder, tmp_path: Path, name: str) -> None:
    folder = RunFolder(tmp_path / "run")
    shutil.copytree(run.path, folder.path)
    checkpoint = newest(folder).checkpoint
    shutil.rmtree(folder.checkpoints)
    write_checkpoint(folder, MADE_UP[name](checkpoint), keep=2)
    location = locate(str(folder.spec), print)
    with pytest.raises(Rejected) as raised:
        resume(folder, *read(location, settings=("training.epochs=3",)), data_root=run.path.parent.parent)
    assert {diagnostic.code for diagnostic in raised.value.diagnostics} == {"bad-checkpoint"}


@pytest.mark.parametrize("what", [resume, plan_resumption], ids=["resumed", "planned"])
def test_a_checkpoint_is_checked_once_in_a_resumption(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: Callable[..., object]
) -> None:
    """However many look at it, from the settings to the callbacks; here one more epoch is asked for."""
    folder = RunFolder(tmp_path / "run")
    shutil.copytree(run.path, folder.path)
    checked: list[object] = []

    class Counted(CheckpointForm):
        @model_validator(mode="before")
        @classmethod
        def note(cls, facts: object) -> object:
            """Every check begins here, by whatever name it is asked for."""
            checked.append(facts)
            return facts

    monkeypatch.setattr(checkpoint_form, "CheckpointForm", Counted)
    what(folder, *read(locate(str(folder.spec), print), settings=("training.epochs=3",)), data_root=run.path.parents[1])
    assert len(checked) == 1
