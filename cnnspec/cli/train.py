"""`cnnspec train`: the main job."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cnnspec.cli.boundary import backend, ends_here, shown_with, understood
from cnnspec.cli.options import DataRootOption, Format, FormatOption, SetOption, SpecArgument, standard_input
from cnnspec.cli.screen import errors, output, page, say
from cnnspec.language.spec import Spec
from cnnspec.reports.evaluation import run_json
from cnnspec.reports.numbers import count, metric, plural
from cnnspec.reports.page import put
from cnnspec.reports.safe import shown
from cnnspec.reports.training import TrainingView, training_view
from cnnspec.runs.events import EpochEnded, Event, RunStarted, Scored, StepsDone, StoppedEarly
from cnnspec.runs.folder import RunFolder


@ends_here
def train(
    spec: SpecArgument,
    runs: Annotated[Path, typer.Option("--runs", metavar="DIR", help="The folder of run folders.")] = Path("runs"),
    data_root: DataRootOption = None,
    format: FormatOption = Format.table,
    settings: SetOption = None,
) -> None:
    """Train a spec's network; the run's folder keeps the spec, the figures and the weights."""
    read, graph, analysis = understood(spec, settings or (), standard_input)
    job = backend("train")
    console = errors() if format is Format.json else output()
    view = training_view(console, watched=_watched(read))
    reporter = _Reporter(view, console)
    try:
        with shown_with(analysis.texts), view:
            result = job.train(read, graph, runs_dir=runs, data_root=data_root, on_event=reporter.take)
    except KeyboardInterrupt:
        _say_interrupted(reporter)
        raise
    if format is Format.json or not page().terminal:
        say(run_json(result.run, result.metrics))
    elif reporter.run and (command := evaluation_command(reporter.run)):
        say(f"\nevaluate it again: {command}")


def _watched(spec: Spec) -> str:
    """The figure that says which epoch is best, where the spec names one."""
    training = spec.training
    if training is None:
        return ""
    return training.checkpoint.best or (training.early_stopping.monitor if training.early_stopping else "")


def evaluation_command(run: RunStarted) -> str:
    """What evaluates a run on the last of its splits; empty where there is nothing but examples to train on."""
    if not {"test", "validation"} & run.counts.keys():
        return ""
    return f"cnnspec evaluate {shown(run.path)}{'' if 'test' in run.counts else ' --split validation'}"


def _say_interrupted(reporter: "_Reporter") -> None:
    """What an interrupted run leaves, once there is something."""
    if reporter.run is None or not RunFolder(Path(reporter.run.path)).best.exists():
        return
    command = evaluation_command(reporter.run)
    weights = f"the weights so far: {shown(reporter.run.path)}{f' ({command})' if command else ''}"
    put(errors(), f"interrupted after epoch {reporter.epochs}; {weights}")


class _Reporter:
    """Tells a view what happens, and says the rest in lines of its own."""

    def __init__(self, view: TrainingView, console: Any) -> None:
        self._view, self._console = view, console
        self.run: RunStarted | None = None
        self.epochs = 0

    def take(self, event: Event) -> None:
        """One event of a run."""
        if isinstance(event, RunStarted):
            self.run = event
        if isinstance(event, StepsDone):
            self._view.running(event)
        elif isinstance(event, EpochEnded):
            self._view.ended(event)
            self.epochs = event.epoch + 1
        else:
            for line in _lines(event):
                put(self._console, page(self._console).text(line))


def _lines(event: Event) -> list[str]:
    if isinstance(event, RunStarted):
        return _announcement(event)
    if isinstance(event, StoppedEarly):
        kept = "" if event.restored is None else f"; the weights are those of epoch {event.restored + 1}"
        return [f"stopped early after epoch {event.epoch + 1}: {shown(event.monitor)} got no better{kept}"]
    if isinstance(event, Scored):
        figures = "  ".join(f"{shown(name)} {metric(value)}" for name, value in event.figures.items())
        return [f"{event.split} split, {count(event.count)} examples, weights of epoch {event.epoch + 1}:  {figures}"]
    return []


def _announcement(event: RunStarted) -> list[str]:
    counts = ", ".join(f"{count(number)} {name}" for name, number in event.counts.items())
    chosen = [f"auto  {shown(key)}: {shown(value)}" for key, value in event.auto.items()]
    drawn = [f"auto  seed: {event.seed}"] if event.seed_drawn else []
    return [
        f"{shown(event.path)}: {plural(event.epochs, 'epoch')} of {plural(event.steps_per_epoch, 'step')}, "
        f"batch size {event.batch_size}",
        f"examples: {counts}; parameters: {count(event.params)}",
        *chosen,
        *drawn,
    ]
