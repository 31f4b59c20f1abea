"""Runs, a line each: how they ended, their best figures, and what was changed since the one before."""

from collections.abc import Sequence
from typing import Literal

from cnnspec.reports.numbers import duration, plural
from cnnspec.reports.rates import main_settings
from cnnspec.reports.runs import phrases
from cnnspec.reports.runs.collect import Known, Listed, monitor
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.runs.selection import Candidate, values_of
from cnnspec.runs.settings import Difference

_MOST_CHANGES = 3
_LONGEST = 24
"""Characters of what was changed, and of its value."""
_COLUMNS = ("run", "started", "status", "epochs", "seconds", "tag", "tags")
"""What has a column of its own, or no room for one."""
_MEANING = {
    "unfinished": "unfinished: still running, or killed before it could write a result",
    "damaged": "damaged: cnnspec runs show RUN says what is wrong",
}


def runs_sheet(runs: Sequence[Listed], figure: str = "", left_out: int = 0) -> Sheet:
    """One row a run in the order given, with `figure`, or a setting, beside what says which epoch is best."""
    named = _common_monitor(runs)
    own = [figure] if figure and figure not in (named, phrases.tested(named), *_COLUMNS) else []
    shared = any(stretch.shares for each in runs for stretch in each.known.run.environment.ran_on)
    tagged = any(each.known.run.tags for each in runs)
    align: Literal["left", "right"] = "right" if named else "left"
    columns = (
        Column("run", keeps=30),
        Column("started", leaves=5, keeps=16),
        Column("status", leaves=2),
        Column("epochs", "right", leaves=4),
        *(Column(name, "right") for name in own),
        Column(named or "best epoch", align, leaves=1),
        Column(phrases.tested(named) if named else "test", align, leaves=1),
        Column("time", "right", leaves=6),
        *([Column("devices", leaves=7)] if shared else []),
        *([Column("tags", leaves=3, keeps=12)] if tagged else []),
        Column("settings", leaves=3, keeps=20),
    )
    return Sheet(
        (), Table(columns, tuple(_row(each, named, own, shared, tagged) for each in runs)), _remarks(runs, left_out)
    )


def _common_monitor(runs: Sequence[Listed]) -> str:
    """The figure by which all runs are judged, if there is one."""
    monitors = {monitor(each.known) for each in runs} - {""}
    return monitors.pop() if len(monitors) == 1 else ""


def _row(listed: Listed, named: str, own: Sequence[str], shared: bool, tagged: bool) -> tuple[str, ...]:
    run, settings = listed.known.run, listed.known.settings
    judged = monitor(listed.known)
    best, test = phrases.figure(run.scores, judged), phrases.figure(run.scores, phrases.tested(judged))
    return (
        run.name,
        phrases.moment(run.started),
        run.status,
        phrases.epochs(run, settings),
        *(_own(listed.known, name) for name in own),
        best if named else f"{judged} {best}".strip(),
        test,
        "" if run.seconds is None else duration(run.seconds),
        *([phrases.devices(run)] if shared else []),
        *([" ".join(run.tags)] if tagged else []),
        _settings(listed),
    )


def _own(known: Known, name: str) -> str:
    """A figure of a run, or a setting."""
    if name in known.run.scores:
        return phrases.figure(known.run.scores, name)
    return next((phrases.value(each, _LONGEST) for each in values_of(Candidate(known.run, known.settings), name)), "")


def _settings(listed: Listed) -> str:
    if not listed.before:
        return main_settings(listed.known.settings)
    if not listed.changes:
        return f"as {listed.before}"
    changes = [_change(each) for each in listed.changes]
    more = [f"{len(changes) - _MOST_CHANGES} more"] if len(changes) > _MOST_CHANGES else []
    return f"as {listed.before}, but {', '.join((*changes[:_MOST_CHANGES], *more))}"


def _change(difference: Difference) -> str:
    """What a run has that the one before it had not, in a few words."""
    before, now = (phrases.value(each, _LONGEST) for each in difference.values)
    name, added = phrases.value(phrases.short(difference.path), _LONGEST), difference.path.endswith("..")
    if not phrases.is_set(difference.values[1]):
        return f"without {before if added else name}"
    return f"{name} with {now}" if added and not phrases.is_set(difference.values[0]) else f"{name} {now}"


def _remarks(runs: Sequence[Listed], left_out: int) -> tuple[tuple[str, ...], ...]:
    found = {each.known.run.status for each in runs}
    remarks = [(text,) for status, text in _MEANING.items() if status in found]
    if left_out:
        remarks.append((f"{plural(left_out, 'run')} not shown: --all shows them",))
    return tuple(remarks)
