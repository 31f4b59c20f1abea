"""Every bundled spec with data, and some without, in every format: what is trained in an epoch, exported and compared.

    python -m tests.support.exported_specs [SPEC ...]

The data is drawn, but for what specs make themselves. Prints a row for each spec: of each format the largest difference
from the run's own model, or what the format lacks.
"""

import gzip
import sys
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

import cnnspec
from cnnspec.language.bundled import bundled_names
from cnnspec.language.sources.text_lines import TextLines
from cnnspec.language.spec import Spec
from cnnspec.results.exported import KINDS, Format, Precision
from tests.support.problem_data import put_data

WITHOUT = ("lenet", "textcnn", "efficientnet-lite", "lstm-text", "charcnn", "autoencoder", "unet", "kim-multichannel")
"""Specs without data that are exported, too, from drawn arrays."""
COLUMNS = [(each, precision) for each in Format for precision in KINDS[each].precisions]
_SMALL = {"training.epochs": 1, "training.batch_size": 8, "training.optimizer": "adam"}


def row(name: str) -> str:
    """What is told of one."""
    with tempfile.TemporaryDirectory() as folder:
        run = trained(name, Path(folder))
        cells = [cell(run, Path(folder), format, precision) for format, precision in COLUMNS]
    return f"| {name} | {' | '.join(cells)} |"


def cell(run: cnnspec.Run, folder: Path, format: Format, precision: Precision) -> str:
    """The difference, and of fewer digits the points that are lost."""
    keras.backend.clear_session()
    path = folder / f"{precision}{KINDS[format].ending}"
    try:
        export = run.export(path, format, precision, tolerance=1e-5 if precision == "float32" else 100.0, samples=200)
    except cnnspec.Rejected as mistakes:
        return mistakes.diagnostics[0].message.partition("; ")[0].partition(", which")[0]
    except cnnspec.RunFailed as failure:
        return f"**{failure}**"
    lost = [each.lost for each in export.told.outputs if each.lost is not None and precision != "float32"]
    return f"{export.difference:.0e}" + (f", {max(lost):+.1f} points" if lost else "")


def trained(name: str, folder: Path) -> cnnspec.Run:
    """A run of one epoch on few examples."""
    spec, graph = (network := cnnspec.load(name)).spec, network.graph
    if spec.data is None:
        return cnnspec.load(name, set=settings(graph)).train(drawn(graph, 48), runs=folder / "runs")
    changed: dict[str, Any] = dict(_SMALL)
    if isinstance(spec.data, TextLines):
        put_lines(folder, spec)
    elif spec.data.kind == "arrays":
        put_idx(folder, spec)
    elif next(iter(spec.data.files()), None) is not None:
        put_data(folder, spec, graph)
    if spec.training is not None and spec.training.start_from is not None:
        changed["training.start_from"] = None
    return cnnspec.load(name, set=changed).train(runs=folder / "runs", data_root=folder)


def settings(graph: Any) -> dict[str, Any]:
    """A training for a spec that has none."""
    shape = graph.nodes[next(iter(graph.outputs.values()))].output
    loss = "mse" if graph.nodes[next(iter(graph.inputs.values()))].output == shape else "auto"
    return {"training": {"epochs": 1, "batch_size": 8, "loss": loss, "seed": 1}}


def drawn(graph: Any, count: int) -> Any:
    """Arrays that the inputs read and the outputs learn."""
    random = np.random.default_rng(0)
    inputs = {
        name: _drawn(random, graph.nodes[at].output, graph.dtypes.get(name, ""), count)
        for name, at in graph.inputs.items()
    }
    outputs = {}
    for name, at in graph.outputs.items():
        shape = graph.nodes[at].output
        alike = [array for array in inputs.values() if array.shape[1:] == shape]
        outputs[name] = alike[0] if alike else random.integers(0, max(2, int(shape[-1])), (count, *shape[:-1]))
    only = len(inputs) == len(outputs) == 1
    return (next(iter(inputs.values())), next(iter(outputs.values()))) if only else (inputs, outputs)


def _drawn(random: np.random.Generator, shape: Any, dtype: str, count: int) -> Any:
    sizes = (count, *(size if isinstance(size, int) else 20 for size in shape))
    return (
        random.integers(0, 60, sizes).astype("int32")
        if "int" in dtype
        else random.integers(0, 256, sizes).astype("float32")
    )


def put_lines(folder: Path, spec: Spec) -> None:
    """A file of texts with the number of their class before them."""
    random, words = np.random.default_rng(0), ["good", "bad", "film", "why", "who", "is", "a", "the", "not", "?"]
    assert isinstance(spec.data, TextLines)
    for file in spec.data.files():
        lines = [
            f"{number % 2 if 'rt' in file else number % 6} {' '.join(random.choice(words, 8))}" for number in range(60)
        ]
        (folder / file).write_text("\n".join(lines) + "\n")


def put_idx(folder: Path, spec: Spec) -> None:
    """IDX files of drawn pictures and labels, packed."""
    random = np.random.default_rng(0)
    assert spec.data is not None
    for file in spec.data.files():
        array = np.arange(60) % 10 if "labels" in file else random.integers(0, 256, (60, 28, 28))
        head = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
        (folder / file).write_bytes(gzip.compress(head + array.astype(np.uint8).tobytes()))


def specs() -> list[str]:
    """Those with data, then those without."""
    with_data = [name for name in bundled_names() if cnnspec.load(name).spec.data is not None]
    return [*with_data, *WITHOUT]


if __name__ == "__main__":
    heads = [each if precision == "float32" else f"{each} {precision}" for each, precision in COLUMNS]
    print(f"| spec | {' | '.join(heads)} |\n| --- |{' ---: |' * len(heads)}", flush=True)
    for each in sys.argv[1:] or specs():
        print(row(each), flush=True)
