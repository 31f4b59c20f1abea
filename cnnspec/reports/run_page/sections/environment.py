"""Where, with what and from what the runs were made."""

from collections.abc import Iterator, Mapping, Sequence

from cnnspec.reports.run_page.blocks import Section, Tabled
from cnnspec.reports.run_page.reported import Reported
from cnnspec.reports.runs import phrases
from cnnspec.reports.table import Column, Sheet, Table


def environment(runs: Sequence[Reported]) -> Section:
    """A row for each fact, a column for each run; then its data files, by their names below the data's folder."""
    facts = [{name: said for name, said in _facts(run) if said} for run in runs]
    files = [dict(run.known.run.environment.data) for run in runs]
    sheets = (_sheet("", runs, facts), _sheet("data file", runs, files))
    return Section("environment", "Environment", tuple(Tabled(sheet) for sheet in sheets if sheet.table.rows))


def _sheet(title: str, runs: Sequence[Reported], facts: Sequence[Mapping[str, str]]) -> Sheet:
    names = dict.fromkeys(name for each in facts for name in each)
    rows = tuple((name, *(each.get(name, "") for each in facts)) for name in names)
    return Sheet((), Table((Column(title), *(Column(run.name) for run in runs)), rows))


def _facts(run: Reported) -> Iterator[tuple[str, str]]:
    told = run.known.run.environment
    yield from told.versions.items()
    yield "platform", told.platform
    yield "processors", "" if told.cpus is None else str(told.cpus)
    for number, line in enumerate(phrases.ran_on(run.known.run), 1):
        yield f"computed on{f' ({number})' if number > 1 else ''}", line.removeprefix("computed on").strip()
    yield "data in", told.data_folder
    yield "part", told.fold
    for name, choice in told.auto.items():
        yield f"auto {name}", choice
    for resumption in told.resumed[-1:]:
        yield f"resumed {len(told.resumed)} times, last", phrases.moment(resumption.started)
