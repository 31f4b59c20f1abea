"""What a prepared training is going to do: its examples counted, its steps, what it keeps in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from cnnspec.backend.data.splits import Array, Column, Split
from cnnspec.backend.objective.output_reading import Answer, answer_of, counted
from cnnspec.backend.prepared import Prepared
from cnnspec.graph.facts import totals
from cnnspec.results.plan import LabelFacts, PhaseFacts, Plan, SplitFacts

_COPIES = 2
"""Data stands in memory as NumPy's array and as TensorFlow's tensor."""


def plan_of(job: Prepared) -> Plan:
    """The plan of a job; its steps in an epoch count a last, smaller batch."""
    training, dataset, phases = job.training, job.dataset, tuple(_phases(job))
    first = phases[0] if phases else _of(job, "")
    return Plan(
        epochs=sum(phase.epochs for phase in phases) if phases else training.epochs,
        steps_per_epoch=first.steps_per_epoch,
        batch_size=first.batch_size,
        seed=job.seed,
        seed_drawn=training.seed is None,
        auto=job.objective.auto,
        params=totals(job.graph.nodes).params,
        splits=tuple(_facts(split, job) for split in dataset.splits),
        precision=training.precision,
        held=_COPIES * sum(_size(column) for split in dataset.splits for column in _columns(split)),
        fold=job.fold,
        transfer=job.transfer,
        over=job.layout.words(first.batch_size),
        notes=job.layout.notes,
        doubts=job.doubts,
        skipped=dataset.skipped,
        phases=phases,
    )


def _phases(job: Prepared) -> Iterator[PhaseFacts]:
    for phase, graph in zip(job.spec.phases, job.graph.each_phase(), strict=False):
        yield _of(replace(job, training=phase.training, graph=graph), phase.name)


def _of(job: Prepared, name: str) -> PhaseFacts:
    training, count = job.training, job.dataset.train.count
    steps, changes = -(-count // training.batch_size), totals(job.graph.nodes).trainable_params
    return PhaseFacts(name, training.epochs, steps, training.batch_size, changes)


def _columns(split: Split) -> Sequence[Column]:
    return (*split.inputs.values(), *split.labels.values())


def _size(column: Column) -> int:
    """The bytes of what is held as an array; pictures that stay in their files take none."""
    return column.nbytes if isinstance(column, np.ndarray) else 0


def _facts(split: Split, job: Prepared) -> SplitFacts:
    labels = {
        head.name: label_facts(
            split.labels[head.name],
            answer_of(head, job.classes.get(head.name, ()), job.objective.forms[head.name]),
        )
        for head in job.objective.heads
    }
    return SplitFacts(split.name, split.count, labels)


def label_facts(labels: Array, answer: Answer) -> LabelFacts:
    """Labels as their output will be judged by them: counted by class, each with its name; numbers by their range."""
    if answer.form == "values":
        return LabelFacts({}, (float(labels.min()), float(labels.mean()), float(labels.max())))
    truth = answer.truth(labels)
    if answer.form == "labels":
        rows = truth.reshape(-1, answer.head.units)
        return LabelFacts(_named(answer, rows.sum(axis=0)), shared=bool((rows.sum(axis=1) != 1).any()))
    return LabelFacts(_named(answer, np.bincount(counted(truth, answer))), shared=truth.size > len(truth))


def _named(answer: Answer, counts: Array) -> dict[str, int]:
    """Each class with its labels, those without any too."""
    numbers = range(max(len(counts), len(answer.classes)))
    titles = [*answer.classes, *(str(number) for number in numbers[len(answer.classes) :])]
    return {titles[number]: int(counts[number]) if number < len(counts) else 0 for number in numbers}
