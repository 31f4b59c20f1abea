"""What a training is going to do, before it does: as it begins, and alone where nothing is to be done."""

from typing import TYPE_CHECKING

from rich.console import Console

from cnnspec.cli.screen import flowing, output, page, say
from cnnspec.graph.memory import training_memory
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.numbers import plural
from cnnspec.reports.page import put
from cnnspec.reports.plan import plan_json, plan_sheets
from cnnspec.reports.safe import shown
from cnnspec.reports.terminal import lay_out
from cnnspec.results.events import Resumed
from cnnspec.results.plan import Plan
from cnnspec.runs.transfer import transfer_facts

if TYPE_CHECKING:
    from cnnspec.language.training import Training


def show_plan(console: Console, title: str, plan: Plan, spec: Spec, graph: Graph) -> None:
    """Print what a training will do, once and briefly."""
    there = page(console)
    training = _settled(spec, plan)
    sheets = plan_sheets(title, plan, training_memory(graph, training), training, there.width)
    put(console, lay_out(sheets, there))


def planned_json(plan: Plan, spec: Spec, graph: Graph, resumed: Resumed | None = None) -> str:
    """The same as JSON, with where a run goes on."""
    training = _settled(spec, plan)
    transfer = None if plan.transfer is None else transfer_facts(plan.transfer)
    there = None if resumed is None else _resumed_facts(resumed, plan)
    return plan_json(spec.shown, plan, training_memory(graph, training), training, transfer, there)


def show_resumption(run: str, plan: Plan, resumed: Resumed, spec: Spec, graph: Graph) -> None:
    """Print how a run would go on: from where, how much is left, and what is not as it was."""
    show_plan(output(), run, plan, spec, graph)
    for line in (*remarks(resumed), _left_words(plan, resumed), *resumed.changes):
        say(flowing(shown(line)))


def remarks(event: Resumed) -> tuple[str, ...]:
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
    done = event.epoch * plan.steps_per_epoch + event.step
    whole = plan.epochs * plan.steps_per_epoch
    source = f", from {event.checkpoint}" if event.checkpoint else ""
    return f"left are {whole - done:,} of {plural(whole, 'step')}{source}"


def _resumed_facts(event: Resumed, plan: Plan) -> dict[str, object]:
    done = event.epoch * plan.steps_per_epoch + event.step
    return {
        "checkpoint": event.checkpoint or None,
        "epoch": event.epoch,
        "step": event.step,
        "steps_left": plan.epochs * plan.steps_per_epoch - done,
        "changes": list(event.changes),
        "damaged": list(event.damaged),
        "notes": list(event.notes),
    }


def _settled(spec: Spec, plan: Plan) -> "Training":
    """The training section with what was left to the program."""
    assert spec.training is not None
    return spec.training.model_copy(update={"precision": plan.precision})
