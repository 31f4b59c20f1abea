"""Every bundled spec with data, and some without, in every format: what is trained in an epoch, exported and compared.

    python -m tests.support.exported_specs [SPEC ...] [--single] [--data DIR] [--seconds 1200]

The data is drawn, but for what specs make themselves. Prints a row for each spec: of each format the largest difference
from the run's own model, or what the format lacks; of fewer digits (not with --single) the points of accuracy, before,
after and lost; each as it comes on the error output, too. With --data the specs are trained for two epochs, as they are
written, on the files of this folder. Each of several is tried in a process of its own, for so many seconds at most.
Exits with 1 where a training or an export failed; what a format lacks is none.
"""

import argparse
import gzip
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow

import cnnspec
from cnnspec.language.bundled import bundled_names
from cnnspec.language.sources.text_lines import TextLines
from cnnspec.language.spec import Spec
from cnnspec.results.exported import KINDS, Compared, Format, Precision
from tests.support.problem_data import put_data

COLUMNS = [(each, precision) for each in Format for precision in KINDS[each].precisions]
FAILURES = (
    cnnspec.Rejected,
    cnnspec.RunFailed,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RuntimeError,
    AssertionError,
    tensorflow.errors.OpError,
)
"""What a spec or a runtime may end with; the others follow all the same."""
_SMALL = {"training.epochs": 1, "training.batch_size": 8, "training.optimizer": "adam"}
_LARGE = 10_000
"""Numbers of an input from which on few examples are drawn."""


def columns(single: bool) -> list[tuple[Format, Precision]]:
    """What each spec is written as."""
    return [each for each in COLUMNS if each[1] == "float32" or not single]


def row(name: str, data: Path | None, single: bool) -> tuple[str, bool]:
    """What is told of one, and whether all went well."""
    wanted = columns(single)
    with tempfile.TemporaryDirectory() as folder:
        try:
            run = trained(name, Path(folder)) if data is None else really_trained(name, Path(folder), data)
        except FAILURES as failure:
            return f"| {name} | **not trained: {reason(failure)}** |{' |' * (len(wanted) - 1)}", False
        samples = 200 if data is None else 10_000
        cells = []
        for format, precision in wanted:
            cells.append(cell(run, Path(folder), format, precision, samples))
            print(name, format, precision, cells[-1][0], file=sys.stderr, flush=True)
    return f"| {name} | {' | '.join(told for told, _ in cells)} |", all(well for _, well in cells)


def cell(run: cnnspec.Run, folder: Path, format: Format, precision: Precision, samples: int) -> tuple[str, bool]:
    """The difference, and of fewer digits the points that are lost; and whether it went well."""
    keras.backend.clear_session()
    path = folder / f"{precision}{KINDS[format].ending}"
    try:
        export = run.export(
            path, format, precision, tolerance=1e-5 if precision == "float32" else 100.0, samples=samples
        )
    except cnnspec.Rejected as mistakes:
        return reason(mistakes).partition("; ")[0].partition(", which")[0], True
    except FAILURES as failure:
        return f"**{reason(failure)}**", False
    scores = [each for each in export.told.outputs if each.lost is not None and precision != "float32"]
    return f"{export.difference:.0e}" + "".join(f", {_points(each)}" for each in scores), True


def _points(output: Compared) -> str:
    """Accuracy before and after, and the points between."""
    return f"{100 * (output.own or 0):.2f} % to {100 * (output.accuracy or 0):.2f} %, {output.lost or 0:+.2f} points"


def reason(failure: BaseException) -> str:
    """One line of it that a cell holds."""
    if isinstance(failure, cnnspec.Rejected):
        return failure.diagnostics[0].message
    return " ".join(f"{type(failure).__name__}: {failure}".split()).replace("|", "/")[:160]


def really_trained(name: str, folder: Path, data: Path) -> cnnspec.Run:
    """A run of two epochs on what there is."""
    return cnnspec.load(name, set={"training.epochs": 2}).train(runs=folder / "runs", data_root=data)


def trained(name: str, folder: Path) -> cnnspec.Run:
    """A run of one epoch on few examples."""
    spec, graph = (network := cnnspec.load(name)).spec, network.graph
    if spec.data is None:
        count = 8 if largest(graph) > _LARGE else 48
        return cnnspec.load(name, set=settings(graph, count // 4)).train(drawn(graph, count), runs=folder / "runs")
    changed: dict[str, Any] = dict(_SMALL)
    if isinstance(getattr(spec.data, "train", None), int):
        changed |= {"data.train": 256, "data.validation": 64, "data.test": 64}
    if isinstance(spec.data, TextLines):
        put_lines(folder, spec)
    elif spec.data.kind == "arrays":
        put_idx(folder, spec)
    elif next(iter(spec.data.files()), None) is not None:
        put_data(folder, spec, graph)
    if spec.training is not None and spec.training.start_from is not None:
        changed["training.start_from"] = None
    if spec.phases:
        changed |= {"training.phases": None, "expect": {}}
    return cnnspec.load(name, set=changed).train(runs=folder / "runs", data_root=folder)


def largest(graph: Any) -> int:
    """The numbers of the largest input."""
    shapes = [graph.nodes[at].output for at in graph.inputs.values()]
    return max(math.prod(size for size in shape if isinstance(size, int)) for shape in shapes)


def settings(graph: Any, batch: int) -> dict[str, Any]:
    """A training for a spec that has none."""
    shape = graph.nodes[next(iter(graph.outputs.values()))].output
    loss = "mse" if graph.nodes[next(iter(graph.inputs.values()))].output == shape else "auto"
    return {"training": {"epochs": 1, "batch_size": batch, "loss": loss, "seed": 1}}


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
    """IDX files of drawn pictures and labels, packed: of each class some to validate with."""
    random = np.random.default_rng(0)
    assert spec.data is not None
    for file in spec.data.files():
        array = np.arange(200) % 10 if "labels" in file else random.integers(0, 256, (200, 28, 28))
        head = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
        (folder / file).write_bytes(gzip.compress(head + array.astype(np.uint8).tobytes()))


def specs() -> list[str]:
    """Those with data, then those without."""
    return sorted(bundled_names(), key=lambda name: cnnspec.load(name).spec.data is None)


def alone(name: str, arguments: list[str], seconds: float) -> tuple[str, bool]:
    """The row of one, made in a process of its own."""
    command = [sys.executable, "-m", "tests.support.exported_specs", name, *arguments]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"| {name} | **not done within {seconds:g} s** |", False
    told = [line for line in done.stdout.splitlines() if line.startswith(f"| {name} |")]
    return told[-1] if told else f"| {name} | **ended with {done.returncode}** |", done.returncode == 0


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("specs", nargs="*")
    parser.add_argument("--single", action="store_true")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seconds", type=float, default=1200)
    asked = parser.parse_args()
    heads = [each if precision == "float32" else f"{each} {precision}" for each, precision in columns(asked.single)]
    print(f"| spec | {' | '.join(heads)} |\n| --- |{' ---: |' * len(heads)}", flush=True)
    passed_on = [*(["--single"] if asked.single else []), *(["--data", str(asked.data)] if asked.data else [])]
    names, all_well = asked.specs or specs(), True
    for each in names:
        if len(names) == 1:
            line, well = row(each, asked.data, asked.single)
        else:
            line, well = alone(each, passed_on, asked.seconds)
        print(line, flush=True)
        all_well = all_well and well
    return 0 if all_well else 1


if __name__ == "__main__":
    sys.exit(main())
