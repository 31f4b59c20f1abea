"""A run's own data, or other data that is read as it, and what its network says of it."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.changed_data import refuse_changes, refuse_other_skipped
from cnnspec.backend.data.given import Given
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.splits import Array, Split
from cnnspec.backend.data.vocabulary import read_vocabularies
from cnnspec.backend.keras_errors import step_errors
from cnnspec.backend.objective.compile import compile_model
from cnnspec.backend.objective.criterion import MASK
from cnnspec.backend.objective.mistaken import Said, joined, said_of
from cnnspec.backend.objective.output_reading import Answer, answer_of
from cnnspec.backend.prepared import Prepared, in_phase, prepare, sections
from cnnspec.backend.startup import memory_errors
from cnnspec.backend.steps.stepper import Stepper, make_ready
from cnnspec.graph.nodes import Graph
from cnnspec.language.sources.section import DataSection
from cnnspec.language.spec import Spec
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_classes, read_fold
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE


def own_data(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    changed: bool = False,
    given: Given | None = None,
    beside: tuple[str, ...] = (),
) -> Prepared:
    """The data of a run (`given` where it was in memory), with columns `beside`; it must be as it was.

    Unless it may have `changed`. Raises Rejected.
    """
    section = sections(spec)[1]
    if not changed:
        check_unchanged(folder, section, DataFolder(spec.folder or Path(), given))
    words, known = read_vocabularies(folder, section, graph), read_classes(folder, tuple(graph.outputs))
    job = prepare(
        spec,
        graph,
        fold=read_fold(folder),
        vocabularies=words or None,
        keep=True,
        given=given,
        known=known,
        beside=beside,
    )
    if not changed:
        refuse_other_skipped(folder, job.dataset.skipped, "bring back the old data, or give --changed-data")
    return job


def new_data(
    folder: RunFolder, spec: Spec, graph: Graph, path: Path, root: Path | None = None, beside: tuple[str, ...] = ()
) -> Prepared:
    """Examples that lie at a path, read as the run's source reads them; they are the training split of what comes back.

    What they name themselves starts at the `root`, else where they lie. Raises Rejected where the source reads nothing
    of the kind, or where an example is of no class of the run.
    """
    section = sections(spec)[1]
    if not path.exists():
        raise rejected("no-file", f"there is no {path}", "a file or folder of examples", at=NOWHERE)
    real = path.resolve()
    root = real.parent if root is None else root.resolve()
    other = section.elsewhere(os.path.relpath(real, root), _files_in(real))
    if other is None:
        received = f"--data for a run whose data is {section.kind}, which names no files"
        raise rejected("bad-data", received, "a run of pictures, tables, texts or arrays in files", at=NOWHERE)
    words, known = read_vocabularies(folder, section, graph), read_classes(folder, tuple(graph.outputs))
    try:
        return prepare(
            replace(spec, data=other),
            graph,
            root,
            vocabularies=words or None,
            keep=True,
            known=known,
            beside=beside,
            alone=True,
        )
    except Rejected as mistakes:  # the run's spec does not name what was read
        raise Rejected(replace(each, at=NOWHERE) for each in mistakes.diagnostics) from None


def _files_in(path: Path) -> tuple[str, ...]:
    """The names of the files that lie in a folder; none of anything else."""
    if not path.is_dir():
        return ()
    with os.scandir(path) as entries:
        return tuple(sorted(entry.name for entry in entries if entry.is_file()))


def read_answers(job: Prepared, folder: RunFolder) -> tuple[Answer, ...]:
    """How the outputs that are learnt are read, by the names of their classes that the run kept."""
    names = read_classes(folder, tuple(job.graph.outputs)) or job.classes
    return tuple(
        answer_of(head, names.get(head.name, ()), job.objective.forms[head.name]) for head in job.objective.heads
    )


def check_unchanged(folder: RunFolder, section: DataSection, place: DataFolder) -> None:
    """Raise Rejected for each data file that is not what it was when the run was trained."""
    help = "bring back the old data, or give --changed-data to score the run on what there is"
    refuse_changes(folder, section, place, "training", help)


def as_trained(labels: Array, now: tuple[str, ...] | None, known: tuple[str, ...] | None) -> Array:
    """Class numbers, or a column for each class, by the run's classes (`known`) where the data has others `now`.

    Raises Rejected if the run knows one of them not.
    """
    if now is None or known is None or now == known:
        return labels
    if unknown := [name for name in now if name not in known]:
        received = f"the data has a class {unknown[0]}"
        raise rejected("unknown-class", received, f"the classes of the run: {', '.join(known[:12])}", at=("data",))
    places = np.array([known.index(name) for name in now])
    if labels.ndim == 1 or labels.shape[-1] != len(now):
        return np.asarray(places[labels.astype(np.int64)], labels.dtype)
    ordered = np.zeros((*labels.shape[:-1], len(known)), labels.dtype)
    ordered[..., places] = labels
    return ordered


def split_of(job: Prepared, folder: RunFolder, split: str) -> Split:
    """The examples of a split, their labels by the run's classes; raises Rejected where there is no such split."""
    examples = job.dataset.split(split)
    if examples is None:
        there = [name for name in ("train", "validation", "test") if job.dataset.split(name) is not None]
        received = f"the data of {folder.name} has no {split} split"
        raise rejected("no-split", received, f"one of {', '.join(there)}", f"write --split {there[-1]}", at=NOWHERE)
    now, known = job.dataset.classes, read_classes(folder, tuple(job.graph.outputs))
    labels = {name: as_trained(array, now.get(name), known.get(name)) for name, array in examples.labels.items()}
    return examples.with_labels(labels)


def judge(
    model: Any, job: Prepared, examples: Split, read: tuple[Answer, ...]
) -> tuple[dict[str, float], dict[str, Said]]:
    """Loss and metrics, and what each output says of each example; raises Rejected or RunFailed."""
    job = in_phase(job, len(job.spec.phases) - 1)  # whose loss a run's last figures are
    with memory_errors(), step_errors():
        return _judged(model, job, examples, read)


def _judged(
    model: Any, job: Prepared, examples: Split, read: tuple[Answer, ...]
) -> tuple[dict[str, float], dict[str, Said]]:
    graph, size = job.graph, job.training.batch_size
    learner = compile_model(model, job.training, job.objective, job.dataset.train, graph.named_outputs)
    dtypes = {name: graph.dtypes.get(name, "float32") for name in graph.inputs}
    batches = Batches(examples, dtypes, graph.named_outputs)
    make_ready(learner, batches.gather(np.arange(1)))
    stepper = Stepper(learner)
    said: dict[str, list[Said]] = {answer.output: [] for answer in read}
    done = 0
    with batches.in_use():
        for _, outputs in stepper.judge(batches.over(np.arange(batches.count), size)):
            for answer in read:
                numbers = outputs[answer.output] if graph.named_outputs else outputs
                mask = getattr(numbers, MASK, None)
                labels = examples.labels[answer.output][done : done + len(numbers)]
                found = None if mask is None else np.asarray(mask)
                said[answer.output].append(said_of(answer, np.asarray(numbers, np.float32), labels, found))
            done += size
    return stepper.figures(), {output: joined(parts) for output, parts in said.items()}
