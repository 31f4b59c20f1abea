"""Which examples were mistaken: the worst of them as a table, and all as CSV."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from cnnspec.reports.numbers import count, plural, quantity
from cnnspec.reports.safe import shown
from cnnspec.reports.spreadsheet import cell
from cnnspec.reports.table import Column, Sheet, Table, excerpt
from cnnspec.results.evaluation import Evaluation, OutputFigures
from cnnspec.results.mistaken import Mistake, Mistakes, Residual, WrongClass, WrongLabels, WrongPlaces

_TEXT = 160
"""Characters of a text that are shown."""
_NUMBERS = 4
_TITLES = {
    "class": ("true", "taken for", "confidence"),
    "labels": ("missed", "added", "confidence"),
    "values": ("true", "predicted", "error"),
    "places": ("wrong", "of", "share"),
}
_ORDERS = {
    "class": "mistaken, the surest first",
    "labels": "with a wrong label, the surest first",
    "values": "by their error, the largest first",
    "places": "with a wrong place, those with the largest share first",
}


def mistaken_sheets(output: OutputFigures, titled: bool, file: str = "") -> tuple[Sheet, ...]:
    """The worst mistakes of an output, and how many more a `file` has; nothing where there are none."""
    found = output.mistakes
    if found is None or not found.worst:
        return ()
    how_many = "" if found.form == "values" else f"{count(found.wrong)} of "
    heading = (f"{how_many}{plural(found.count, 'example')} {_ORDERS[found.form]}",)
    texts = any(mistake.example.text is not None for mistake in found.worst)
    one, other, last = _TITLES[found.form]
    single = found.form == "places" or all(isinstance(each, Residual) and len(each.true) == 1 for each in found.worst)
    said = (Column(one, "right"), Column(other, "right")) if single else (Column(one), Column(other))
    columns = (Column("example"), *([Column("text")] if texts else []), *said, Column(last, "right"))
    rows = tuple(_row(mistake, texts) for mistake in found.worst)
    title = (f"output {output.output}",) if titled else ()
    return (Sheet((*title, *heading), Table(columns, rows), _rest(found, file)),)


def _rest(found: Mistakes, file: str) -> tuple[tuple[str, ...], ...]:
    left = found.wrong - len(found.worst)
    more = [f"and {count(left)} more"] if left else []
    if file:
        return ((*more, f"all of them: {shown(file)}"),)
    return ((*more, "all of them: --mistakes FILE.csv"),) if left else ()


def _row(mistake: Mistake, texts: bool) -> tuple[str, ...]:
    text = [excerpt(mistake.example.text or "", _TEXT)] if texts else []
    return (mistake.example.place, *text, *_said(mistake))


def _said(mistake: Mistake) -> tuple[str, str, str]:
    if isinstance(mistake, WrongClass):
        return (mistake.true, mistake.said, _share(mistake.probability))
    if isinstance(mistake, WrongLabels):
        return (_names(mistake.missed), _names(mistake.added), _share(mistake.probability))
    if isinstance(mistake, WrongPlaces):
        return (count(mistake.wrong), count(mistake.of), f"{mistake.wrong / mistake.of:.1%}")
    return (_numbers(mistake.true), _numbers(mistake.said), quantity(mistake.error))


def answered(mistake: Mistake) -> str:
    """`is 7, taken for 9 (100.0%)`: what an example is, and what was said of it."""
    one, other, sure = _said(mistake)
    if isinstance(mistake, WrongClass):
        return f"is {one}, taken for {other}" + (f" ({sure})" if sure else "")
    if isinstance(mistake, WrongLabels):
        parts = [f"{name} {said}" for name, said in (("missed", one), ("added", other)) if said]
        return "; ".join(parts) + (f" ({sure})" if sure else "")
    if isinstance(mistake, WrongPlaces):
        return f"{one} of {other} places wrong ({sure})"
    return f"is {one}, predicted {other}"


def _share(probability: float | None) -> str:
    return "" if probability is None else f"{probability:.1%}"


def _names(labels: Sequence[str]) -> str:
    return ", ".join(labels)


def _numbers(numbers: Sequence[float]) -> str:
    more = f" and {len(numbers) - _NUMBERS} more" if len(numbers) > _NUMBERS else ""
    return ", ".join(map(quantity, numbers[:_NUMBERS])) + more


def mistakes_facts(found: Mistakes) -> dict[str, object]:
    """`{"count", "of", "worst"}`, the worst with the columns that a file of all has."""
    worst = [
        {**_example(mistake), **{name: _exact(said) for name, said in _columns(mistake).items()}}
        for mistake in found.worst
    ]
    return {"count": found.wrong, "of": found.count, "worst": worst}


def mistakes_csv(evaluation: Evaluation) -> Iterator[str]:
    """Lines of CSV: a header, then a line for each mistake, output after output."""
    several = len(evaluation.outputs) > 1
    rows = [
        {**_example(mistake), **({"output": each.output} if several else {}), **_columns(mistake)}
        for each in evaluation.outputs
        if each.mistakes is not None
        for mistake in each.mistakes.worst
    ]
    columns = list(dict.fromkeys(column for row in rows for column in row)) or ["example", "true", "predicted"]
    yield _line(columns)
    for row in rows:
        yield _line(_cell(row.get(column, "")) for column in columns)


def _example(mistake: Mistake) -> dict[str, object]:
    text = {} if mistake.example.text is None else {"text": mistake.example.text}
    return {"example": mistake.example.place, **text}


def _columns(mistake: Mistake) -> Mapping[str, object]:
    """What is said of it, by name."""
    if isinstance(mistake, WrongClass):
        said = {"true": mistake.true, "predicted": mistake.said}
        return {**said, "probability": mistake.probability, "true_probability": mistake.of_true}
    if isinstance(mistake, WrongLabels):
        sets = {"true": mistake.true, "predicted": mistake.said, "missed": mistake.missed, "added": mistake.added}
        return {**{name: "; ".join(labels) for name, labels in sets.items()}, "probability": mistake.probability}
    if isinstance(mistake, WrongPlaces):
        return {"wrong_places": mistake.wrong, "places": mistake.of}
    return {**_numbered("true", mistake.true), **_numbered("predicted", mistake.said), "error": mistake.error}


def _numbered(name: str, numbers: Sequence[float]) -> dict[str, float]:
    return {name if len(numbers) == 1 else f"{name}_{at}": number for at, number in enumerate(numbers, 1)}


def _exact(value: object) -> object:
    """The number in nine digits, which is all that single precision holds."""
    return float(f"{value:.9g}") if isinstance(value, float) else value


def _cell(value: object) -> str:
    """A number, or a text so that no spreadsheet computes it."""
    return f"{value:.9g}" if isinstance(value, float) else "" if value is None else cell(str(value))


def _line(cells: Iterator[str] | Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()
