"""Every key below `training` does something: with another value a small training leaves something else behind.

Whether it is the right thing is held against Keras elsewhere; here nothing may be read and then forgotten.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.backend.objective.callbacks import build_early_stopping, build_reduce_on_plateau
from cnnspec.backend.steps import stepper
from cnnspec.backend.train import plan, train
from cnnspec.language.training import EarlyStopping, ReduceOnPlateau, Training
from cnnspec.layers.model import Fields
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Rejected
from tests.support.each_written import each_written
from tests.support.small_runs import written_spec

MODEL = """
inputs: {x: [4]}
model:
  body: [dense: {units: 8, activation: relu}, dropout: 0.2]
  HEAD: [dense: {units: 3, activation: softmax}]
outputs: {kind: HEAD}
data: {source: arrays, train: train.npz}
"""
BASE: dict[str, Any] = {
    "epochs": 2, "batch_size": 8, "seed": 5, "optimizer": {"sgd": 0.5}, "loss": "auto", "metrics": ["accuracy"]
}  # fmt: skip
OFTEN = {"checkpoint": {"every": 0.34}}
CHANGES: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "epochs": ({}, {"epochs": 3}),
    "batch_size": ({}, {"batch_size": 6}),
    "optimizer": ({}, {"optimizer": "adam"}),
    "loss": ({}, {"loss": "categorical_generalized_cross_entropy"}),
    "loss_weights": ({}, {"loss_weights": {"kind": 0.1}}),
    "metrics": ({}, {"metrics": []}),
    "early_stopping": ({"epochs": 3}, {"early_stopping": {"monitor": "loss", "min_delta": 100}}),
    "reduce_on_plateau": ({"epochs": 3}, {"reduce_on_plateau": {"monitor": "loss", "min_delta": 100, "patience": 0}}),
    "checkpoint.every": ({}, OFTEN),
    "checkpoint.keep": (OFTEN, {"checkpoint": {"every": 0.34, "keep": 4}}),
    "checkpoint.best": ({"epochs": 4, "optimizer": {"sgd": 6.0}}, {"checkpoint": {"best": "accuracy"}}),
    "class_weight": ({}, {"class_weight": {"0": 9.0, "1": 1.0, "2": 0.5}}),
    "label_smoothing": ({}, {"label_smoothing": 0.3}),
    "gradient_clip.global_norm": ({}, {"gradient_clip": {"global_norm": 0.01}}),
    "gradient_clip.norm": ({}, {"gradient_clip": {"norm": 0.01}}),
    "gradient_clip.value": ({}, {"gradient_clip": {"value": 0.001}}),
    "gradient_accumulation": ({}, {"gradient_accumulation": 2}),
    "ema.momentum": ({"ema": {"momentum": 0.5}}, {"ema": {"momentum": 0.9}}),
    "ema.overwrite_frequency": ({"ema": {"momentum": 0.5}}, {"ema": {"momentum": 0.5, "overwrite_frequency": 2}}),
    "precision": ({}, {"precision": "mixed_bfloat16"}),
    "seed": ({}, {"seed": 6}),
    "start_from.weights": ({}, {"start_from": "runs/small-1"}),
    "freeze": ({"start_from": "runs/small-1"}, {"freeze": ["body"]}),
    "rates": ({}, {"rates": {"body": 0.1}}),
    "phases": ({}, {"phases": [{"epochs": 1}, {"epochs": 1, "label_smoothing": 0.3}]}),
    "watch": ({}, {"watch": ["gradients"]}),
}
"""By key, what is written beside it, and then with it."""
ELSEWHERE = {
    "xla": "below: the figures are the same",
    "distribute": "below: here is one device",
    "start_from.strict": "below: it refuses",
    "start_from.new": "below: it refuses",
    **{f"early_stopping.{name}": "below: of the callback" for name in EarlyStopping.model_fields},
    **{f"reduce_on_plateau.{name}": "below: of the callback" for name in ReduceOnPlateau.model_fields},
}
SECTIONS = {"early_stopping", "reduce_on_plateau", "checkpoint", "gradient_clip", "ema", "start_from"}


def keys() -> Iterator[str]:
    """Every key, those of the maps inside by their paths."""
    for name in Training.model_fields:
        inner = next((cls for cls in Fields.__subclasses__() if cls.__name__ == _title(name)), None)
        if name in SECTIONS and inner is not None:
            yield from (f"{name}.{key}" for key in inner.model_fields)
        else:
            yield name


def _title(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def test_every_key_is_tried() -> None:
    maps = {"early_stopping", "reduce_on_plateau"}
    assert set(keys()) == (set(CHANGES) | set(ELSEWHERE)) - maps


@dataclass
class Left:
    """What a run left behind, but for what it was told and how long it took."""

    figures: list[str]
    weights: list[np.ndarray]
    files: list[str]
    watched: list[Any] = field(default_factory=list)

    def differs(self, other: "Left") -> bool:
        """Whether anything can be told apart."""
        plain = (self.figures, self.files, self.watched) != (other.figures, other.files, other.watched)
        return plain or not all(map(np.array_equal, self.weights, other.weights))


class Runs:
    """Trainings in one folder, of which the first is the plain one; each that was done is known from then on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._known = folder, dict[str, Left]()

    def of(self, training: dict[str, Any]) -> Left:
        """What the training with these keys left."""
        written = json.dumps(training, sort_keys=True)
        if written not in self._known:
            self._known[written] = ran(self.folder, training)
        return self._known[written]


def ran(folder: Path, training: dict[str, Any]) -> Left:
    """A training in this folder, on labels that are drawn: what it learns of them is no help for others."""
    random = np.random.default_rng(0)
    np.savez(folder / "train.npz", x=random.normal(size=(24, 4)).astype("float32"), kind=random.integers(0, 3, 24))
    spec, graph = written_spec(folder, f"{MODEL}training: {json.dumps({**BASE, **training})}\n")
    with each_written():
        run = RunFolder(Path(train(spec, graph, runs_dir=folder / "runs").run))
    weights = [
        weight for path in (run.best, run.last) for weight in keras.models.load_model(path, compile=False).get_weights()
    ]
    lines = [json.loads(line) for line in run.log.read_text().splitlines()]
    files = sorted(path.name for path in run.checkpoints.iterdir())
    watched = [line.pop("watch", None) for line in lines]
    return Left([str({**line, "seconds": 0}) for line in lines], weights, files, watched)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The training without any of it, and those that are asked for."""
    known = Runs(tmp_path_factory.mktemp("plain"))
    known.of({})
    return known


@pytest.mark.parametrize("key", CHANGES)
def test_another_value_of_a_key_leaves_something_else(key: str, runs: Runs) -> None:
    beside, with_it = CHANGES[key]
    assert runs.of(beside).differs(runs.of({**beside, **with_it}))


def test_the_same_training_twice_leaves_the_same_and_a_step_is_compiled_where_the_spec_says_so(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[Any] = []
    real = stepper._Function

    def noted(step: Any, **options: Any) -> Any:
        compiled.extend([step] if options.get("jit_compile") else [])
        return real(step, **options)

    monkeypatch.setattr(stepper, "_Function", noted)
    assert not runs.of({}).differs(ran(runs.folder, {})) and compiled == []
    ran(runs.folder, {"xla": True})
    assert compiled


def test_devices_that_are_not_there_are_missed(runs: Runs) -> None:
    notes = []
    for kind in ("none", "mirrored"):
        text = f"{MODEL}training: {json.dumps({**BASE, 'distribute': kind})}\n"
        notes.append(plan(*written_spec(runs.folder, text)).notes)
    assert notes[0] == () and any("mirrored finds" in note for note in notes[1])


def test_weights_that_do_not_fit_are_refused_unless_some_may_be_new(runs: Runs) -> None:
    text = MODEL.replace("HEAD", "other")
    for more in ({}, {"strict": False}, {"new": ["other"]}):
        start = {"weights": "runs/small-1", **more}
        spec, graph = written_spec(runs.folder, f"{text}training: {json.dumps({**BASE, 'start_from': start})}\n")
        if not more:
            with pytest.raises(Rejected, match="not in"):
                plan(spec, graph)
        else:
            assert plan(spec, graph).transfer is not None


class Watched:
    """What a callback does to a model in the course of some figures."""

    stop_training = False

    def __init__(self, rate: float = 1.0) -> None:
        self.optimizer = keras.optimizers.SGD(rate)
        self.weights, self.epoch = "at the start", 0

    def get_weights(self) -> str:
        """Those after this epoch."""
        return f"after {self.epoch}"

    def set_weights(self, weights: str) -> None:
        """Go back to others."""
        self.weights = weights


COURSE = {"loss": [5.0, 4.0, 3.9, 3.9, 3.9, 3.5, 3.0, 3.0], "val_loss": [1.0, 2.0, 3.0, 4.0, 0.5, 0.4, 0.3, 0.2]}


def course(callback: Any) -> tuple[Any, ...]:
    """The rate after each epoch, the one that was the last, and the weights that are left."""
    model, rates = Watched(), []
    callback.set_model(model)
    callback.on_train_begin()
    for model.epoch in range(len(COURSE["loss"])):
        callback.on_epoch_end(model.epoch, {name: values[model.epoch] for name, values in COURSE.items()})
        rates.append(float(model.optimizer.learning_rate))
        if model.stop_training:
            break
    callback.on_train_end()
    return tuple(rates), model.epoch, model.weights


STOPPING = {"monitor": "loss", "patience": 2}
PLATEAU = {"monitor": "loss", "patience": 1, "min_delta": 0}
OTHER: Mapping[str, Mapping[str, tuple[dict[str, Any], Any]]] = {
    "early_stopping": {
        "monitor": ({"patience": 0}, "val_loss"),
        "min_delta": ({}, 0.5),
        "patience": ({}, 1),
        "mode": ({"monitor": "loss"}, "max"),
        "baseline": ({}, 1.0),
        "restore_best_weights": ({}, True),
        "start_from_epoch": ({}, 3),
    },
    "reduce_on_plateau": {
        "monitor": ({}, "val_loss"),
        "factor": ({}, 0.5),
        "patience": ({}, 2),
        "mode": ({}, "max"),
        "min_delta": ({}, 0.5),
        "cooldown": ({}, 2),
        "min_lr": ({}, 0.3),
    },
}
"""By key of a callback, what stands beside it, and another value."""
CALLBACKS = [(name, key) for name, keys in OTHER.items() for key in keys]


@pytest.mark.parametrize(("name", "key"), CALLBACKS, ids=str)
def test_another_value_of_a_callbacks_key_ends_or_slows_the_training_elsewhere(name: str, key: str) -> None:
    beside, value = OTHER[name][key]
    if name == "early_stopping":
        results = [
            course(build_early_stopping(EarlyStopping(**written), {"loss": "min"}))
            for written in ({**STOPPING, **beside}, {**STOPPING, **beside, key: value})
        ]
    else:
        results = [
            course(build_reduce_on_plateau(ReduceOnPlateau(**written), {"loss": "min"}))
            for written in ({**PLATEAU, **beside}, {**PLATEAU, **beside, key: value})
        ]
    assert results[0] != results[1]


def test_every_key_of_a_callback_is_tried() -> None:
    assert set(OTHER["early_stopping"]) == set(EarlyStopping.model_fields)
    assert set(OTHER["reduce_on_plateau"]) == set(ReduceOnPlateau.model_fields)
