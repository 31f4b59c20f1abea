"""Score a run's best weights on one of its splits."""

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.wrong import rejected
from cnnspec.backend.job import prepare
from cnnspec.backend.learner import compile_model, make_ready
from cnnspec.backend.placing import placed
from cnnspec.backend.startup import memory_errors
from cnnspec.backend.steps import Stepper
from cnnspec.backend.trial import first_line, step_errors
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.runs.folder import RunFolder


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Loss and metrics of a run on a split of `count` examples."""

    run: str
    split: str
    count: int
    loss: float
    metrics: Mapping[str, float]


def evaluate(
    folder: RunFolder, spec: Spec, graph: Graph, *, split: str = "test", data_root: Path | None = None
) -> Evaluation:
    """Evaluate the best weights (the last, if no epoch ended) as Keras' `evaluate` does.

    `spec` and `graph` are the run's own, read from its spec.yaml. The data is looked for where it was
    during training, or under `data_root`. Raises Rejected or RunFailed.
    """
    beside = replace(spec, folder=data_folder(folder))
    with placed(beside, graph):
        job = prepare(beside, graph, data_root)
    examples = job.dataset.split(split)
    if examples is None:
        there = [name for name in ("train", "validation", "test") if job.dataset.split(name) is not None]
        raise rejected("no-split", f"the data of {folder.name} has no {split} split", f"one of {', '.join(there)}")
    model = load_model(folder)
    learner = compile_model(model, job.training, job.objective, job.dataset.train, graph.named_outputs)
    dtypes = {name: graph.dtypes.get(name, "float32") for name in graph.inputs}
    batches = Batches(examples, dtypes, graph.named_outputs)
    make_ready(learner, batches.gather(np.arange(1)))
    with memory_errors(), step_errors():
        figures = score(learner, batches, job.training.batch_size)
    loss = figures.pop("loss")
    return Evaluation(str(folder.path), split, examples.count, loss, figures)


def load_model(folder: RunFolder) -> Any:
    """The run's best model, or its last; raises Rejected if there is none that opens."""
    path = next((path for path in (folder.best, folder.last) if path.is_file()), None)
    if path is None:
        raise rejected("no-model", f"{folder.path} has neither best.keras nor last.keras", "a run with a trained model")
    expected, help = "a model as train saves it", _OTHER if path == folder.best and folder.last.is_file() else ""
    if damage := _damage(path):
        raise rejected("bad-model", f"{path} is damaged: {damage}", expected, help)
    try:
        return keras.models.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        received = f"{path} does not open ({first_line(error)})"
        raise rejected("bad-model", received, expected, help) from error


def score(learner: Any, batches: Batches, batch_size: int) -> dict[str, float]:
    """Loss and metrics of a compiled model over all batches."""
    stepper = Stepper(learner)
    for _ in stepper.test(batches.over(np.arange(batches.count), batch_size), -(-batches.count // batch_size)):
        pass
    return stepper.figures()


def _damage(path: Path) -> str:
    """What is wrong with a model's file, of which Keras reads parts without looking at their checksums."""
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        return f"its {path.stat().st_size:,} bytes are no whole zip archive"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return "" if broken is None else f"{broken} in it has another checksum than when it was written"


_OTHER = "delete best.keras to evaluate last.keras, or train again"


def data_folder(folder: RunFolder) -> Path:
    """Where the run's data paths start from."""
    try:
        written = json.loads(folder.environment.read_text(encoding="utf-8"))["data_folder"]
        return Path(written).expanduser()
    except (OSError, ValueError, KeyError, TypeError) as error:
        received = f"{folder.environment} does not say where the data lies"
        raise rejected("no-run", received, "the file that train wrote", "give --data-root") from error
