"""What a training is about to do: shown once, before its first step."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from cnnspec.graph.memory import Memory, training_memory
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.counts import label_sheets
from cnnspec.reports.diagnostics.as_json import diagnostic_facts
from cnnspec.reports.numbers import count, memory, plural
from cnnspec.reports.rates import optimizer_words, rate_words
from cnnspec.reports.safe import json_text, shown
from cnnspec.reports.skipped import MOST_SKIPPED_TOLD, skipped_lines
from cnnspec.reports.table import Sheet
from cnnspec.reports.transfer import transfer_sheet
from cnnspec.results.events import Resumed
from cnnspec.results.plan import LabelFacts, PhaseFacts, Plan, SplitFacts
from cnnspec.runs.transfer import transfer_facts

if TYPE_CHECKING:
    from cnnspec.language.training import Training

_COUNTS = 0.01
"""The share of the memory from which a part of it is shown."""


def planned_sheets(title: str, plan: Plan, spec: Spec, graph: Graph, width: int) -> tuple[Sheet, ...]:
    """The sheets of the plan of a spec's training; `title` is the run's folder or the spec."""
    return plan_sheets(title, plan, _need(spec, graph, plan), _trainings(spec, plan), width)


def planned_json(plan: Plan, spec: Spec, graph: Graph, resumed: Resumed | None = None) -> str:
    """The same as JSON, with where a run goes on."""
    transfer = None if plan.transfer is None else transfer_facts(plan.transfer)
    there = None if resumed is None else _resumed_facts(resumed, plan)
    return plan_json(spec.shown, plan, _need(spec, graph, plan), _trainings(spec, plan), transfer, there)


def _trainings(spec: Spec, plan: Plan) -> "tuple[Training, ...]":
    """The training section, in each phase, with what was left to the program."""
    found = [each.training for each in spec.each_phase() if each.training is not None]
    return tuple(training.model_copy(update={"precision": plan.precision}) for training in found)


def _need(spec: Spec, graph: Graph, plan: Plan) -> Memory:
    """The memory of the phase that needs most."""
    each = zip(graph.each_phase(), _trainings(spec, plan), strict=True)
    return max((training_memory(*one) for one in each), key=lambda need: need.total or 0)


def plan_sheets(title: str, plan: Plan, need: Memory, trainings: "Sequence[Training]", width: int) -> tuple[Sheet, ...]:
    """Its course, the examples by split and class, its learning rate, its memory, and what was chosen by itself.

    `title` is the run's folder or the spec; `need` is memory beside that for the data.
    """
    heading = (title, course(plan), f"{count(plan.params)} parameters")
    remarks = (
        *([(fold_words(plan.fold),)] if plan.fold else []),
        *([(f"devices  {plan.over}",)] if plan.over else []),
        *((f"note  {note}",) for note in plan.notes),
        *((line,) for line in skipped_lines(plan.skipped)),
        *((line,) for line in _course_lines(plan, trainings)),
        _memory(plan, need),
        *((f"auto  {key}: {choice}",) for key, choice in plan.auto.items()),
        *([(f"auto  seed: {'drawn when it runs' if plan.seed is None else plan.seed}",)] if plan.seed_drawn else []),
    )
    moved = (transfer_sheet(plan.transfer),) if plan.transfer is not None else ()
    return (*label_sheets(plan.splits, heading, remarks, width), *moved)


def _course_lines(plan: Plan, trainings: "Sequence[Training]") -> Iterator[str]:
    """The optimizer; of a training in phases how long each is, what it changes and how."""
    if not plan.phases:
        yield f"optimizer  {', '.join(_ways(trainings[0]))}"
    for number, (phase, training) in enumerate(zip(plan.phases, trainings, strict=False), 1):
        named = f" {shown(phase.name)}" if phase.name != str(number) else ""
        length = f"{plural(phase.epochs, 'epoch')} of {plural(phase.steps_per_epoch, 'step')}"
        share = "all" if phase.changes == plan.params else count(phase.changes)
        yield f"phase {number}{named}  {length}, batch size {count(phase.batch_size)}, {share} parameters learn"
        yield f"  {', '.join(_ways(training))}"


def _ways(training: "Training") -> Iterator[str]:
    """How a network learns: the optimizer, and by how much its rate differs."""
    yield optimizer_words(training)
    if training.rates:
        yield f"times {', '.join(f'{rate:g} in {shown(name)}' for name, rate in training.rates.items())}"


def course(plan: Plan) -> str:
    """`20 epochs of 41 steps, batch size 32`; `13 epochs in 2 phases, 533 steps`."""
    if plan.phases:
        return f"{plural(plan.epochs, 'epoch')} in {plural(len(plan.phases), 'phase')}, {plural(plan.steps, 'step')}"
    return (
        f"{plural(plan.epochs, 'epoch')} of {plural(plan.steps_per_epoch, 'step')}, batch size {count(plan.batch_size)}"
    )


def fold_words(fold: tuple[int, int]) -> str:
    """What a fold stands for."""
    return f"fold  {fold[0]} of {fold[1]}: this part of the training data is the test split"


def _memory(plan: Plan, need: Memory) -> tuple[str, ...]:
    """The estimate and the parts that count, the largest first."""
    sizes = {name: size for name, size in memory_parts(plan, need).items() if size}
    counting = [name for name, size in sizes.items() if size >= _COUNTS * sum(sizes.values())]
    known = sorted(counting, key=sizes.__getitem__, reverse=True)
    unknown = [] if need.activations is not None else ["activations unknown, since a length is"]
    about = f"{'at least' if unknown else 'about'} {memory(sum(sizes.values()), 2)} beside TensorFlow's own"
    return (f"memory  {about}: {', '.join([*unknown, *(f'{name} {memory(sizes[name], 2)}' for name in known)])}",)


def memory_parts(plan: Plan, need: Memory) -> dict[str, int | None]:
    """Bytes by what they are for; None where an unknown length decides."""
    return {
        "weights": need.weights,
        "optimizer": need.optimizer,
        "gradients": need.gradients,
        "activations": need.activations,
        "compiled step": need.program,
        "data": plan.held,
    }


def plan_json(
    name: str,
    plan: Plan,
    need: Memory,
    trainings: "Sequence[Training]",
    transfer: Mapping[str, object] | None = None,
    resume: Mapping[str, object] | None = None,
) -> str:
    """The same facts as one JSON object; memory is in bytes, `transfer` as transfer.json has it.

    `resume` says from where a run goes on.
    """
    sizes = memory_parts(plan, need)
    return json_text(
        {
            "spec": name,
            "epochs": plan.epochs,
            "steps_per_epoch": plan.steps_per_epoch,
            "batch_size": plan.batch_size,
            "params": plan.params,
            "seed": plan.seed,
            "devices": plan.over or None,
            "notes": list(plan.notes),
            "skipped": [asdict(each) for each in plan.skipped[:MOST_SKIPPED_TOLD]],
            "skipped_count": len(plan.skipped),
            "warnings": [diagnostic_facts(each) for each in plan.doubts],
            "fold": None if plan.fold is None else list(plan.fold),
            "splits": {split.name: _split(split) for split in plan.splits},
            "optimizer": trainings[0].optimizer.kind,
            "learning_rate": rate_words(trainings[0]),
            **({"phases": list(map(_phase_facts, plan.phases, trainings))} if plan.phases else {}),
            "start_from": transfer,
            "auto": {**plan.auto, **({"seed": plan.seed} if plan.seed_drawn else {})},
            "memory": {
                **{name.replace(" ", "_"): size for name, size in sizes.items()},
                "total": None if None in sizes.values() else sum(size or 0 for size in sizes.values()),
            },
            **({} if resume is None else {"resume": resume}),
        }
    )


def _phase_facts(phase: PhaseFacts, training: "Training") -> dict[str, object]:
    how = {"optimizer": training.optimizer.kind, "learning_rate": rate_words(training), "rates": training.rates or {}}
    return {**asdict(phase), **how}


def _split(split: SplitFacts) -> dict[str, object]:
    return {"examples": split.count, "labels": {name: _labels(facts) for name, facts in split.labels.items()}}


def _labels(facts: LabelFacts) -> dict[str, object]:
    if facts.span is None:
        return {"classes": dict(facts.counts)}
    return dict(zip(("least", "mean", "largest"), facts.span, strict=True))


def going_on_lines(plan: Plan, event: Resumed) -> tuple[str, ...]:
    """How a run would go on: from where, how much is left, and what is not as it was."""
    return (*resumed_lines(event), _left_words(plan, event), *event.changes)


def resumed_lines(event: Resumed) -> tuple[str, ...]:
    """What is to be said of a run that goes on, and from where it does."""
    damaged = (f"damaged, and left aside: {damage}" for damage in event.damaged)
    return (*damaged, *(f"note: {note}" for note in event.notes), _place_words(event))


def _place_words(event: Resumed) -> str:
    """Where a training goes on."""
    if not event.checkpoint:
        return "no checkpoint yet: the training starts from the start"
    if event.step:
        return f"goes on after step {event.step:,} of epoch {event.epoch + 1}"
    return f"goes on after epoch {event.epoch}"


def _left_words(plan: Plan, event: Resumed) -> str:
    source = f", from {event.checkpoint}" if event.checkpoint else ""
    return f"left are {_left(plan, event):,} of {plural(plan.steps, 'step')}{source}"


def _left(plan: Plan, event: Resumed) -> int:
    done = event.epoch * plan.steps_per_epoch + event.step
    return plan.steps - done if event.left is None else event.left


def _resumed_facts(event: Resumed, plan: Plan) -> dict[str, object]:
    return {
        "checkpoint": event.checkpoint or None,
        "epoch": event.epoch,
        "step": event.step,
        "steps_left": _left(plan, event),
        "changes": list(event.changes),
        "damaged": list(event.damaged),
        "notes": list(event.notes),
    }
