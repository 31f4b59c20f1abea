"""Runs as a table of comma-separated values, for spreadsheets: facts, every figure, and the settings that differ."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence

from cnnspec.reports.runs import phrases
from cnnspec.reports.runs.collect import Known
from cnnspec.reports.spreadsheet import cell
from cnnspec.runs.settings import UNSET, differences, flattened

_MOST_SETTINGS = 100
_FACTS = ("run", "path", "spec", "status", "started", "seconds", "epochs", "best_epoch", "tags", "note")


def runs_csv(runs: Sequence[Known]) -> str:
    """A line a run; a cell is empty where a run lacks what the column is of, and a figure that is no number is, too."""
    figures = list(dict.fromkeys(name for known in runs for name in known.run.scores))
    settings = [dict(flattened(known.settings)) for known in runs]
    paths = list(_differing(settings))[:_MOST_SETTINGS]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(cell, (*_FACTS, *figures, *paths)))
    for known, held in zip(runs, settings, strict=True):
        values = (known.run.scores.get(name) for name in figures)
        chosen = (held.get(path, UNSET) for path in paths)
        writer.writerow((*_facts(known), *map(_number, values), *map(_setting, chosen)))
    return text.getvalue()


def _facts(known: Known) -> Iterator[str]:
    run = known.run
    yield from map(cell, (known.name, run.path, run.spec_name, run.status))
    yield phrases.moment_utc(run.started) or ""
    yield _number(run.seconds)
    yield str(run.epochs)
    yield "" if run.best is None else str(run.best.epoch + 1)
    yield cell(" ".join(run.tags))
    yield cell(run.note)


def _differing(settings: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """The paths at which not all runs have one and the same value, outside of the network."""
    for path in dict.fromkeys(path for each in settings for path in each):
        here = [each.get(path, UNSET) for each in settings]
        if path.partition(".")[0] != "model" and any(True for _ in differences(here)):
            yield path


def _number(value: float | None) -> str:
    """Every digit, so that nothing is lost; nothing for what is none."""
    return "" if value is None or value != value else repr(value)


def _setting(value: object) -> str:
    if not phrases.is_set(value):
        return ""
    return cell(value if isinstance(value, str) else json.dumps(value))
