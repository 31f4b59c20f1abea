"""How the runs ended, and their best figures."""

from collections.abc import Sequence

from cnnspec.reports.numbers import duration
from cnnspec.reports.run_page.blocks import Block, Section, Tabled, Words
from cnnspec.reports.run_page.reported import Reported
from cnnspec.reports.runs import phrases
from cnnspec.reports.runs.collect import monitor
from cnnspec.reports.table import Column, Sheet, Table

_ENDED = {
    "finished": "finished",
    "interrupted": "interrupted",
    "failed": "failed",
    "unfinished": "no result: it is still running, or was killed",
    "damaged": "damaged",
}


def overview(runs: Sequence[Reported]) -> Section:
    """A row for each fact, a column for each run; then what is wrong with any of them."""
    facts = [_facts(run) for run in runs]
    names = list(dict.fromkeys(name for each in facts for name in each))
    rows = tuple((name, *(each.get(name, "") for each in facts)) for name in names)
    columns = (Column(""), *(Column(run.name) for run in runs))
    problems: list[Block] = [
        Words(_problem(run, said, len(runs) > 1), missing=True) for run in runs for said in _wrong(run)
    ]
    return Section("overview", "In brief", (Tabled(Sheet((), Table(columns, rows))), *problems))


def _facts(run: Reported) -> dict[str, str]:
    told, settings = run.known.run, run.known.settings
    judged = monitor(run.known)
    best = "" if told.best is None else f"epoch {told.best.epoch + 1}, by {told.best.monitor}"
    facts = {
        "spec": told.spec_name,
        "ended": _ENDED[told.status],
        "epochs": phrases.epochs(told, settings),
        "time": "" if told.seconds is None else duration(told.seconds),
        "started": phrases.moment(told.started),
        "best": best,
        judged: phrases.figure(told.scores, judged),
        phrases.tested(judged): phrases.figure(told.scores, phrases.tested(judged)),
    }
    return {name: said for name, said in facts.items() if name and said}


def _wrong(run: Reported) -> list[str]:
    told = run.known.run
    return list(dict.fromkeys(filter(None, (told.reason, *told.problems, run.known.problem))))


def _problem(run: Reported, said: str, several: bool) -> str:
    return f"{run.name}: {said}" if several else said
