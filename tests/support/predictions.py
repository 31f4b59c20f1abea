"""Small runs, and what they predict."""

import io
import itertools
from pathlib import Path

from cnnspec.backend.predict import Predictor
from cnnspec.backend.train import train
from cnnspec.graph.nodes import Graph
from cnnspec.language.location import locate
from cnnspec.language.spec import Spec
from cnnspec.results.prediction import Prediction
from cnnspec.runs.folder import RunFolder, open_run
from tests.support.spec_texts import read


def run_of(folder: Path, spec: Spec, graph: Graph) -> RunFolder:
    return open_run(Path(train(spec, graph, runs_dir=folder / "runs").run))


def predictor(run: RunFolder, top: int = 3) -> Predictor:
    return Predictor(run, *read(locate(str(run.spec), print)), top)


def predicted(
    run: RunFolder, *paths: Path | str, texts: tuple[str, ...] = (), stdin: bytes = b"", encoding: str = "utf-8"
) -> list[Prediction]:
    """All predictions for what is given."""
    ready = predictor(run)
    given = ready.examples([str(path) for path in paths], texts, encoding, io.BytesIO(stdin))
    return list(itertools.chain(*ready.predict(given)))


ARRAYS = "model: [flatten, dense: 3]\ndata: {source: arrays, train: train.npz}\ntraining: {loss: auto}\n"
