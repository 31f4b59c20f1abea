"""Write a run's network for another runtime: nothing is there before it was loaded in that and said the same."""

import importlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, cast

import tensorflow as tf

from cnnspec.backend.data.vocabulary import read_vocabularies
from cnnspec.backend.export.about import about
from cnnspec.backend.export.network import Examples, Network, quietly, size_of
from cnnspec.backend.export.samples import Samples, Where, one_by_one, read_samples
from cnnspec.backend.export.script import predict_script
from cnnspec.backend.export.verify import Tried, compared, own_answers, tried
from cnnspec.backend.model.adapt import refresh
from cnnspec.backend.model.build import build_model
from cnnspec.backend.model.load_model import load_model
from cnnspec.backend.objective.output_reading import Answer, answers
from cnnspec.backend.predict_inputs.inputs import takes
from cnnspec.backend.prepared import sections
from cnnspec.backend.startup import memory_errors, whole_float32
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.results.exported import KINDS, SCRIPT, Asked, Compared, Exported, Format, Precision
from cnnspec.results.failure import RunFailed
from cnnspec.runs.files import AlreadyThere, disk_errors, write_text, write_with
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_classes, read_ranges
from cnnspec.runs.unfinished import unfinished_folder
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_SINGLE = ("auto", "float32")


class _Format(Protocol):
    """A module of `formats`."""

    def write(self, network: Network, path: Path) -> tuple[str, ...]:
        """Write it, and say what is not as in the run; raises Rejected where the format cannot hold it."""


def export(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    asked: Asked,
    where: Where | None = None,
    say: Callable[[str], None] = lambda words: None,
) -> Exported:
    """Export the best weights (the last, if no epoch ended), verified; `spec` and `graph` are the run's own.

    `say` is told what goes on. Raises Rejected where there are no weights or no data, or where the format lacks
    something; RunFailed where the file does not say what the run's model says, and where it cannot be written;
    AlreadyThere where something would be replaced that is not to be.
    """
    script = predict_script()
    _check_places(asked, script)
    training, section = sections(spec)
    model = _in_single_precision(load_model(folder, spec, graph), graph)
    words = read_vocabularies(folder, section, graph)
    read = answers(graph, read_classes(folder, tuple(graph.outputs)))
    told = about(spec.name, graph, takes(section, graph, read_ranges(folder)), words, read)
    say("reading the run's data ...")
    samples = read_samples(folder, spec, graph, where or Where(), asked.samples)
    held = {answer.output: answer for answer in (*read, *samples.answers)}
    trained = () if training.precision in _SINGLE else (f"trained in {training.precision}, written in float32",)
    job = _Job(folder, asked, script, samples, held, trained, say)
    with memory_errors(), whole_float32():
        return job.carry_out(Network(model, graph, told, asked.precision, _calibration(samples, graph)))


def _in_single_precision(model: Any, graph: Graph) -> Any:
    """The network as formats hold it: computing in float32, whatever it was trained in."""
    if {layer.compute_dtype for layer in model.layers} <= {"float32"}:
        return model
    single = build_model(graph, model.name)
    single.set_weights(model.get_weights())
    refresh(single)
    return single


def _calibration(samples: Samples, graph: Graph) -> Examples:
    return lambda: one_by_one(samples.calibration, graph)


@dataclass(frozen=True, slots=True)
class _Job:
    """What is to be written and compared; `answers` say how each output is read."""

    folder: RunFolder
    asked: Asked
    script: str
    samples: Samples
    answers: Mapping[str, Answer]
    notes: tuple[str, ...]
    say: Callable[[str], None]

    def carry_out(self, network: Network) -> Exported:
        """Write beside the place, try and compare, and only then put it there."""
        asked, path = self.asked, self.asked.path
        with _disk_errors(path), unfinished_folder(path) as folder:
            written = folder / path.name
            self.say(f"writing {asked.format} ...")
            notes = _format(asked.format).write(network, written)
            self.say(f"loading it in {KINDS[asked.format].runtime} and comparing {self.samples.count:,} examples ...")
            found = tried(written, self.script, network.graph, self.samples)
            outputs = self._compared(network, found)
            size = sum(map(size_of, folder.iterdir()))
            files = (*_put(folder, path, asked.force), *self._put_script())
        return Exported(
            str(self.folder.path), str(path), files, asked.format, asked.precision, size, outputs, self.samples.split,
            self.samples.count, found.batches, found.alone, found.together, found.at_once,
            self.asked.tolerance, (*self.notes, *notes),
        )  # fmt: skip

    def _compared(self, network: Network, found: Tried) -> tuple[Compared, ...]:
        """All outputs; raises RunFailed where one is further off than is let pass."""
        with memory_errors():  # before it is taken for a refusal of the disk
            own = own_answers(network.model, network.graph, self.samples)
        outputs = tuple(
            compared(self.answers[name], own[name], found.said[name], self.samples.labels.get(name)) for name in own
        )
        for each in outputs:
            if not each.passes(self.asked.precision, self.asked.tolerance):
                raise RunFailed("export-differs", _off(each, self.asked), _otherwise(self.asked))
        return outputs

    def _put_script(self) -> tuple[str, ...]:
        path = self.asked.path.parent / SCRIPT
        if not _same(path, self.script):
            write_text(path, self.script)
        return (str(path),)


def _off(output: Compared, asked: Asked) -> str:
    """What is said of an output that does not pass."""
    most = output.most(asked.precision, asked.tolerance)
    what = f"{asked.path.name} is not what the run's model is: output {output.output}"
    if asked.precision is Precision.int8 and output.lost is not None:
        return f"{what} loses {output.lost:.2f} points of accuracy, more than {most:g}; nothing was written"
    return f"{what} differs by {output.difference:.2g} of its scale, more than {most:g}; nothing was written"


def _otherwise(asked: Asked) -> str:
    milder = {Precision.int8: "write --precision float16, or ", Precision.float16: "leave --precision out, or "}
    return f"{milder.get(asked.precision, '')}allow more by --tolerance"


def _format(format: Format) -> _Format:
    """The module of a format, with the converter that it needs."""
    with quietly():
        return cast(_Format, importlib.import_module(f"cnnspec.backend.export.formats.{format}"))


def _check_places(asked: Asked, script: str) -> None:
    """Raise AlreadyThere for what would be replaced and is not to be."""
    beside = [asked.path.with_suffix(".bin")] if asked.format is Format.openvino else []
    for path in (asked.path, *beside):
        if path.exists() and not asked.force:
            raise AlreadyThere(path)
    if asked.path.is_dir() and not (asked.format is Format.saved_model and (asked.path / "saved_model.pb").is_file()):
        raise rejected("cannot-write", f"{asked.path} is a folder with other things", help=_ELSEWHERE, at=NOWHERE)
    other = asked.path.parent / SCRIPT
    if other.exists() and not asked.force and not _same(other, script):
        raise AlreadyThere(other)


_ELSEWHERE = "give another name"


def _same(path: Path, script: str) -> bool:
    return path.is_file() and path.read_bytes() == script.encode()


def _put(folder: Path, path: Path, force: bool) -> tuple[str, ...]:
    """Move what lies in the folder to the place of `path`; weights before the graph that names them."""
    placed = []
    for each in sorted(folder.iterdir()):
        there = path.parent / each.name
        placed.append(str(there))
        if each.is_dir():
            if force and there.exists():
                shutil.rmtree(there)
            each.rename(there)
        else:
            write_with(there, partial(_move, each), force)
    return tuple(sorted(placed, key=lambda name: name != str(path)))


def _move(path: Path, there: Path) -> None:
    path.replace(there)


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    """Turn refusals of the disk, be they told by the system or by TensorFlow, into RunFailed."""
    try:
        with disk_errors(path):
            yield
    except tf.errors.OpError as error:
        why = error.message.rpartition("; ")[2].strip() or "TensorFlow could not write it"
        raise RunFailed(
            "cannot-write", f"cannot write {path}: {why}", "free some space or choose another folder"
        ) from error
