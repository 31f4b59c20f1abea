"""Score a run's best weights on one of its splits."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.changed_data import refuse_changes, refuse_other_skipped
from cnnspec.backend.data.example_places import place_of, text_of
from cnnspec.backend.data.given import Given
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.splits import Array, Split
from cnnspec.backend.data.vocabulary import read_vocabularies
from cnnspec.backend.keras_errors import step_errors
from cnnspec.backend.model.load_model import load_model
from cnnspec.backend.objective.compile import compile_model
from cnnspec.backend.objective.criterion import MASK
from cnnspec.backend.objective.figures import figures
from cnnspec.backend.objective.mistaken import Said, joined, mistakes, said_of
from cnnspec.backend.objective.output_reading import Answer, answer_of
from cnnspec.backend.prepared import Prepared, in_phase, prepare, sections
from cnnspec.backend.scores.intervals import units_of
from cnnspec.backend.scores.scored import scored
from cnnspec.backend.startup import memory_errors
from cnnspec.backend.steps.stepper import Stepper, make_ready
from cnnspec.graph.locate import placed
from cnnspec.graph.nodes import Graph
from cnnspec.language.sources.section import DataSection
from cnnspec.language.spec import Spec
from cnnspec.results.evaluation import MOST_MISTAKES, Evaluation, OutputFigures
from cnnspec.results.mistaken import Example
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_classes, read_data_folder, read_fold
from cnnspec.runs.weights import weights_file
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE


def evaluate(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    *,
    split: str = "test",
    data_root: Path | None = None,
    changed_data: bool = False,
    most: int | None = MOST_MISTAKES,
    given: Given | None = None,
) -> Evaluation:
    """Evaluate the best weights (the last, if no epoch ended) as Keras' `evaluate` does.

    `spec` and `graph` are the run's own, read from its spec.yaml. The data is looked for where it was
    during training, or under `data_root`; it must be what it was, unless `changed_data` allows another. Of the examples
    that an output is wrong about up to `most` are named, None for all. Data in memory is `given`; examples that are
    given alone are no split of the run's, and may be any. Raises Rejected or RunFailed.
    """
    beside = replace(spec, folder=data_root or read_data_folder(folder))
    with placed(beside, graph):
        any_data = changed_data or (given is not None and given.alone)
        return _evaluation(folder, beside, graph, split, any_data, most, given)


def _evaluation(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    split: str,
    changed_data: bool,
    most: int | None,
    given: Given | None,
) -> Evaluation:
    section = sections(spec)[1]
    known = read_classes(folder, tuple(graph.outputs))
    weights = weights_file(folder).name
    if not changed_data:
        check_unchanged(folder, section, DataFolder(spec.folder or Path(), given))
    words = read_vocabularies(folder, section, graph)
    job = prepare(spec, graph, fold=read_fold(folder), vocabularies=words or None, keep=True, given=given, known=known)
    if not changed_data:
        refuse_other_skipped(folder, job.dataset.skipped, "bring back the old data, or give --changed-data")
    examples = _examples(job, folder, split)
    now = job.dataset.classes
    labels = {name: as_trained(array, now.get(name), known.get(name)) for name, array in examples.labels.items()}
    examples = examples.with_labels(labels)
    model = load_model(folder, spec, graph)
    with memory_errors(), step_errors():
        last = in_phase(job, len(spec.phases) - 1)  # whose loss its last figures are
        metrics, said = _judge(model, last, examples, read := _answers(job, known))
    loss = metrics.pop("loss")
    judged = tuple(
        _judged(answer, examples.labels[answer.output], said[answer.output], _named(job, split), most)
        for answer in read
    )
    return Evaluation(folder.shown, split, examples.count, loss, metrics, weights, judged)


def _judged(
    answer: Answer, labels: Array, said: Said, example: Callable[[int], Example], most: int | None
) -> OutputFigures:
    """How well an output answers, and which examples it is wrong about."""
    wrong = mistakes(answer, labels, said, example, most)
    found = replace(figures(answer, labels, said.decided, said.mask), mistakes=wrong)
    return scored(found, answer, labels, said, units_of(len(labels)))


def _named(job: Prepared, split: str) -> Callable[[int], Example]:
    """What names an example of a split by its row: files as the spec names them, wherever they lie."""
    unread, below = next(each for each in job.dataset.unread if each.name == split), f"{job.folder.path}/"
    return lambda row: Example(place_of(unread, row).removeprefix(below), text_of(unread, row))


def _answers(job: Prepared, known: Mapping[str, tuple[str, ...]]) -> tuple[Answer, ...]:
    """How the outputs that are learnt are read, by the names of their classes that the run kept."""
    names = known or job.classes
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


def _examples(job: Prepared, folder: RunFolder, split: str) -> Split:
    examples = job.dataset.split(split)
    if examples is None:
        there = [name for name in ("train", "validation", "test") if job.dataset.split(name) is not None]
        received = f"the data of {folder.name} has no {split} split"
        raise rejected("no-split", received, f"one of {', '.join(there)}", f"write --split {there[-1]}", at=NOWHERE)
    return examples


def _judge(
    model: Any, job: Prepared, examples: Split, read: tuple[Answer, ...]
) -> tuple[dict[str, float], dict[str, Said]]:
    """Loss and metrics, and what each output says of each example."""
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
