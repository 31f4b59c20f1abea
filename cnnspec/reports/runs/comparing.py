"""Runs beside each other: the settings in which they differ, and their scores."""

import math
from collections.abc import Iterator, Sequence

from cnnspec.reports.numbers import duration, metric
from cnnspec.reports.runs import phrases
from cnnspec.reports.runs.better import best_of
from cnnspec.reports.runs.collect import Known, data_differing, lower_in, seeds_divide
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.runs.noise import Noise, split_of
from cnnspec.runs.settings import Difference

_MOST_ROWS = 50
_MOST_NAMED = 3
_PATH = 38
"""Cells for the path of a setting, as long as columns can go into a further table."""
_LONGEST = (40, 20)
"""Characters of a value beside one of another run, and beside those of several."""


def settings_sheet(runs: Sequence[Known], differences: Sequence[Difference]) -> Sheet:
    """A row a setting in which the runs differ."""
    longest = _LONGEST[len(runs) > 2]
    rows = [(each.path, *(phrases.value(value, longest) for value in each.values)) for each in differences]
    columns = (Column("setting", keeps=_PATH), *(Column(known.name, share=True) for known in runs))
    remarks = [(f"{len(differences) - _MOST_ROWS} more settings differ",)] if len(differences) > _MOST_ROWS else []
    if not differences:
        remarks.append(("the settings and the environment are the same",))
    unread = [(f"{known.name}: {known.problem}",) for known in runs if known.problem]
    return Sheet((), Table(columns, tuple(rows[:_MOST_ROWS])), (*remarks, *unread))


def scores_sheet(runs: Sequence[Known], noises: Sequence[Noise] = ()) -> Sheet:
    """A row a figure, for each which run is the best, unless their data differs, and whether by more than the noise."""
    names = list(dict.fromkeys(name for known in runs for name in known.run.scores))
    apart = data_differing(runs)
    found = {each.figure: each for each in noises if each.verdict.larger is not None}
    rows = [(*_score(runs, name), _noise_cell(found.get(name))) for name in names]
    rows.append(("best epoch", *(_best(known) for known in runs), "", ""))
    rows.append(("epochs", *(phrases.epochs(known.run, known.settings) for known in runs), "", ""))
    rows.append(("time", *(_time(known) for known in runs), "", ""))
    rows.append(("status", *(known.run.status for known in runs), "", ""))
    shared = [Column(known.name, "right", share=True) for known in runs]
    if apart:
        columns, cells = (Column("figure"), *shared), tuple(row[:-2] for row in rows)
        return Sheet((), Table(columns, cells), ((f"no best: their data differs, by {_named(apart)}",),))
    said = tuple((line,) for line in noise_lines(noises))
    if not found:
        columns, cells = (Column("figure"), *shared, Column("best", leaves=1)), tuple(row[:-1] for row in rows)
        return Sheet((), Table(columns, cells), said)
    columns = (Column("figure"), *shared, Column("best", leaves=1), Column("noise", leaves=2))
    return Sheet((), Table(columns, tuple(rows)), said)


def paired_command(runs: Sequence[Known], noises: Sequence[Noise]) -> tuple[str, ...]:
    """What compares two runs on the same examples, where that may tell them apart and their figures do not."""
    close = [each for each in noises if _pairs_would_tell(each) and not data_differing(runs)]
    for each in sorted(close, key=lambda each: split_of(each.figure) != "test"):
        pair, split = [run for run in runs if run.name in (*each.best, *each.next)], split_of(each.figure)
        if not seeds_divide(pair, split):
            other = split != "test" and all("test" in run.run.examples for run in pair)
            named = ("--split", split) if other else ()
            return ("cnnspec", "report", *(run.run.shown for run in pair), *named, "-o", "pairs.html")
    return ()


def _pairs_would_tell(noise: Noise) -> bool:
    """Whether it is of right answers that are too few to tell, or of errors, of which the folders tell nothing more."""
    if noise.verdict.larger is not None:
        return noise.verdict.way == "shares" and not noise.verdict.larger
    return noise.figure.startswith(("val_", "test_")) and noise.figure.endswith("_error")


def noise_lines(noises: Sequence[Noise]) -> Iterator[str]:
    """How each difference was decided on, and why some were not, a line a reason."""
    unknown: dict[str, list[str]] = {}
    for each in noises:
        if each.verdict.larger is None:
            unknown.setdefault(each.verdict.how, []).append(each.figure)
        else:
            yield _decided(each)
    for why, figures in unknown.items():
        yield f"noise unknown of {_named(figures)}: {why}"


def _decided(noise: Noise) -> str:
    verdict = noise.verdict
    low, high = (verdict.low, verdict.high) if verdict.difference >= 0 else (-verdict.high, -verdict.low)
    bounds = "" if math.isnan(low) else f", {metric(low)} to {metric(high)} at 95 %"
    chance = "" if math.isnan(verdict.p) else f", p {metric(verdict.p)}"
    best, next_ = (" ".join(names) if len(names) < 4 else f"{len(names)} runs" for names in (noise.best, noise.next))
    came = "larger than the noise" if verdict.larger else "within the noise"
    apart = f"{metric(abs(verdict.difference))} apart"
    return f"{noise.figure}: {best} and {next_} are {apart}{bounds}{chance}: {came}, by {verdict.how}"


def _noise_cell(noise: Noise | None) -> str:
    return "" if noise is None else "larger" if noise.verdict.larger else "within"


def _named(paths: Sequence[str]) -> str:
    """The first settings by which data differs."""
    more = [f"{len(paths) - _MOST_NAMED} more"] if len(paths) > _MOST_NAMED else []
    return ", ".join((*paths[:_MOST_NAMED], *more))


def _score(runs: Sequence[Known], name: str) -> tuple[str, ...]:
    values = {known.name: known.run.scores[name] for known in runs if name in known.run.scores}
    return (name, *(phrases.figure(known.run.scores, name) for known in runs), best_of(values, lower_in(runs, name)))


def _best(known: Known) -> str:
    return str(known.run.best.epoch + 1) if known.run.best else ""


def _time(known: Known) -> str:
    return "" if known.run.seconds is None else duration(known.run.seconds)
