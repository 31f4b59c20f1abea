"""A sweep as tables: trials with the best first, what mattered, and how to train the best one again."""

import math
from collections.abc import Sequence
from pathlib import Path

from cnnspec.reports.numbers import metric, plural
from cnnspec.reports.runs.phrases import short
from cnnspec.reports.table import Column, Sheet, Table, excerpt
from cnnspec.results.sweep import Sweep, Trial

_MOST_ROWS = 40
_MOST_FAILED = 3
_BAR = 20
_WIDEST = 16
"""Characters of a value."""


def sweep_sheets(sweep: Sweep) -> tuple[Sheet, ...]:
    """Its trials, then how much each path mattered, where that is known."""
    mattered = (importances_sheet(sweep),) if sweep.importances else ()
    return (trials_sheet(sweep), *mattered)


def planned_sheets(sweep: Sweep) -> tuple[Sheet, ...]:
    """What would be tried, and how the study stands where there is one."""
    trainings = (sweep.wanted - sum(each.state != "running" for each in sweep.trials)) * len(sweep.seeds)
    each = f"{plural(sweep.wanted, 'trial')}, {plural(len(sweep.seeds), 'seed')} each"
    left = f"{each}: {plural(trainings, 'training')} left"
    remarks = (
        f"sampler  {sweep.sampler}",
        f"pruner  {sweep.pruner}",
        f"monitor  {sweep.monitor}, {_way(sweep)}",
        *([f"set  {', '.join(sweep.settings)}"] if sweep.settings else []),
        *([f"with  {' '.join(sweep.options)}"] if sweep.options else []),
        f"study  {sweep.study}",
    )
    table = Table((Column("path"), Column("values")), tuple(sweep.space.items()))
    planned = Sheet((sweep.spec, left), table, tuple((line,) for line in remarks))
    return (planned, *(sweep_sheets(sweep) if sweep.trials else ()))


def trials_sheet(sweep: Sweep) -> Sheet:
    """A row for each trial, the best first, then those that were pruned, failed or are not over."""
    several = len(sweep.seeds) > 1
    names = named(sweep)
    columns = (
        Column("trial", "right"),
        *(Column(name, "right", keeps=10) for name in names.values()),
        Column(sweep.monitor, "right"),
        *((Column("deviation", "right", leaves=2),) if several else ()),
        Column("", leaves=0),
        Column("runs", leaves=1),
    )
    ordered = (*sweep.finished, *(each for each in sweep.trials if each.state != "finished"))
    rows = tuple(_row(each, sweep, several) for each in ordered[:_MOST_ROWS])
    heading = (sweep.spec, counted(sweep), f"{sweep.sampler}, {sweep.monitor} {_way(sweep)}")
    return Sheet(heading, Table(columns, rows), tuple(_remarks(sweep, len(ordered))))


def counted(sweep: Sweep) -> str:
    """`20 trials`, `7 of 20 trials`."""
    over = sum(each.state != "running" for each in sweep.trials)
    return plural(over, "trial") if over == sweep.wanted else f"{over} of {plural(sweep.wanted, 'trial')}"


def _way(sweep: Sweep) -> str:
    return "small is better" if sweep.direction == "min" else "large is better"


def named(sweep: Sweep) -> dict[str, str]:
    """Each path in a word, or whole where several would have the same one."""
    words = {path: short(path) for path in sweep.space}
    return {path: word if list(words.values()).count(word) == 1 else path for path, word in words.items()}


def _row(trial: Trial, sweep: Sweep, several: bool) -> tuple[str, ...]:
    found = trial.estimate(sweep.monitor) if several else None
    deviation = metric(found.deviation) if found and not math.isnan(found.deviation) else ""
    value = "" if trial.value is None else metric(trial.value)
    state = "best" if sweep.best and trial.number == sweep.best.number else _state(trial)
    gone = trial.state == "finished" and not trial.members
    runs = "removed" if gone else _runs([Path(each.run).name for each in trial.members])
    values = (excerpt(trial.values[path], _WIDEST) for path in sweep.space)
    return (str(trial.number + 1), *values, value, *((deviation,) if several else ()), state, runs)


def _runs(names: Sequence[str]) -> str:
    """`small-3, 4, 7`: of those after the first the number."""
    stem = names[0].rpartition("-")[0] if names else ""
    return ", ".join(name if not place else name.removeprefix(f"{stem}-") for place, name in enumerate(names))


def _state(trial: Trial) -> str:
    if trial.state == "pruned" and trial.epochs:
        return f"pruned, epoch {max(trial.epochs) + 1}"
    return "" if trial.state == "finished" else trial.state


def _remarks(sweep: Sweep, rows: int) -> list[tuple[str, ...]]:
    failed = [each for each in sweep.trials if each.state == "failed"]
    running = sum(each.state == "running" for each in sweep.trials)
    going_on = f"{plural(running, 'trial')} not over: another process trains them, or this command goes on with them"
    unkept = f"note  {sweep.monitor} is of the training examples themselves, and not of validation"
    told = (
        *([f"{rows - _MOST_ROWS} more are in the study"] if rows > _MOST_ROWS else []),
        *(f"trial {each.number + 1} failed: {each.reason}" for each in failed[:_MOST_FAILED]),
        *([going_on] if running else []),
        *([] if sweep.monitor.startswith("val_") else [unkept]),
        f"study  {sweep.study}",
    )
    return [(line,) for line in told]


def importances_sheet(sweep: Sweep) -> Sheet:
    """The share of what differs between trials that each path explains by itself."""
    rows = tuple((path, f"{share * 100:.0f} %", "#" * round(share * _BAR)) for path, share in sweep.importances.items())
    columns = (Column("what mattered"), Column("share", "right"), Column(""))
    together = f"{sum(sweep.importances.values()) * 100:.0f} %"
    remarks = (
        (f"fANOVA over {len(sweep.finished)} finished trials: the variance that a path explains by itself",),
        (f"together {together}; the rest is of paths that depend on each other",),
    )
    return Sheet((), Table(columns, rows), remarks)


def best_command(sweep: Sweep) -> list[str]:
    """What trains the best trial again, with its first seed; empty before one is finished."""
    return [] if sweep.best is None else trial_command(sweep, sweep.best)


def trial_command(sweep: Sweep, trial: Trial) -> list[str]:
    """What trains a trial, with its first seed."""
    kept = (each for each in sweep.settings if not each.startswith("training.seed="))
    sets = [*kept, *(f"{path}={text}" for path, text in trial.values.items())]
    sets.append(f"training.seed={sweep.seeds[0]}")
    return ["cnnspec", "train", sweep.argument, *sweep.options, *(word for each in sets for word in ("--set", each))]


def trial_words(trial: Trial, monitor: str, wanted: int, best: bool) -> str:
    """A trial that is over in a line: `trial 3 of 20: learning_rate 0.0031, width 32: val_loss 0.1234, the best`."""
    values = ", ".join(f"{short(path)} {text}" for path, text in trial.values.items())
    head = f"trial {trial.number + 1} of {wanted}: {values}"
    if trial.state == "finished" and trial.value is not None:
        found = trial.estimate(monitor)
        spread = f" ± {metric(found.deviation)}" if found and not math.isnan(found.deviation) else ""
        return f"{head}: {monitor} {metric(trial.value)}{spread}{', the best so far' if best else ''}"
    reason = f": {trial.reason}" if trial.reason else ""
    return f"{head}: {_state(trial)}{reason}"
