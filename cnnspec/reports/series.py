"""What several trainings of a spec came to: a row for each, then every figure's mean, deviation and interval."""

import math
from collections.abc import Sequence

from cnnspec.reports.numbers import duration, metric
from cnnspec.reports.safe import json_text
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.series import CONFIDENCE, Estimate, Member, Series, estimates

_TESTED, _VALIDATED = "test_", "val_"
_FOLDS_SHARE = "folds share training examples, so that the interval of a cross-validation is rather too narrow"
_INTERVAL = f"{CONFIDENCE * 100:g} % interval"


def series_sheets(series: Series) -> tuple[Sheet, ...]:
    """The trainings with what they are judged by, and what they came to together."""
    return (_members(series), _together(series))


def _members(series: Series) -> Sheet:
    """A row for each; of the figures those of the last split that was measured."""
    names = told_figures(series.finished)
    columns = (
        Column(series.over.removesuffix("s")),
        Column("run"),
        Column("best epoch", "right", leaves=2),
        *(Column(name, "right", share=True) for name in names),
        Column("time", "right", leaves=1),
    )
    rows = tuple(_row(each, names) for each in series.members)
    failed = tuple((f"{each.name} {each.status}: {each.reason}",) for each in series.members if each.reason)
    return Sheet((series.spec, f"{len(series.members)} {series.over}"), Table(columns, rows), failed)


def _row(member: Member, names: Sequence[str]) -> tuple[str, ...]:
    figures = (metric(member.figures[name]) if name in member.figures else "" for name in names)
    of = f"{member.best + 1} of {member.epochs}" if member.best is not None and member.epochs else ""
    time = "" if member.seconds is None else duration(member.seconds)
    return (member.name.partition(" ")[2], member.run, of, *figures, time)


def told_figures(members: Sequence[Member]) -> list[str]:
    """The figures that a row tells: of the test split where there is one, else of validation, else all."""
    names = list(dict.fromkeys(name for each in members for name in each.figures))
    for prefix in (_TESTED, _VALIDATED):
        if chosen := [name for name in names if name.startswith(prefix)]:
            return chosen
    return names


def _together(series: Series) -> Sheet:
    found = estimates(series.members)
    columns = (Column("figure"), Column("mean", "right"), Column("deviation", "right"), Column(_INTERVAL, "right"))
    rows = tuple((each.figure, metric(each.mean), *_spread(each)) for each in found)
    missing = len(series.members) - len(series.finished)
    remarks = (
        *([(f"over the {len(series.finished)} that finished",)] if missing and found else []),
        *([("a single training has no interval",)] if len(series.finished) == 1 else []),
        *([(_FOLDS_SHARE,)] if series.over == "folds" and found else []),
    )
    return Sheet((), Table(columns, rows), remarks) if rows else Sheet(("none finished",), Table((), ()))


def _spread(each: Estimate) -> tuple[str, str]:
    """`0.0021`, `0.9672 to 0.9724`; nothing of a single one."""
    if math.isnan(each.deviation):
        return "", ""
    return metric(each.deviation), f"{metric(each.low)} to {metric(each.high)}"


def series_json(series: Series) -> str:
    """All of it as JSON."""
    return json_text(
        {
            "spec": series.spec,
            "over": series.over,
            "runs": [member_facts(each) for each in series.members],
            "figures": figures_facts(series.members),
        }
    )


def figures_facts(members: Sequence[Member]) -> dict[str, object]:
    """Every figure's mean, deviation and interval by name; null where there is none."""
    return {
        each.figure: {
            "count": each.count,
            "mean": each.mean,
            "deviation": each.deviation,
            "low": each.low,
            "high": each.high,
        }
        for each in estimates(members)
    }


def member_facts(member: Member) -> dict[str, object]:
    """One training by name; epochs count from 0."""
    return {
        "member": member.name,
        "run": member.run,
        "status": member.status,
        **({"reason": member.reason} if member.reason else {}),
        "best_epoch": member.best,
        "epochs": member.epochs,
        "seconds": member.seconds,
        "metrics": dict(member.figures),
    }


def member_words(member: Member) -> str:
    """A training that is over in a line: `seed 43: best epoch 9 of 12, test_accuracy 0.9812, 12s, runs/digits-4`."""
    if member.status != "finished":
        return f"{member.name}: {member.status}: {member.reason or 'no result'}, {member.run}"
    best = f"best epoch {member.best + 1} of {member.epochs}" if member.best is not None else "finished"
    figures = ", ".join(f"{name} {metric(member.figures[name])}" for name in told_figures([member]))
    time = "" if member.seconds is None else f", {duration(member.seconds)}"
    return f"{member.name}: {best}, {figures}{time}, {member.run}"
