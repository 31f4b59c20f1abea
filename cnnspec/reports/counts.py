"""How many examples there are, by split and by class: a table for each output of the network."""

from collections.abc import Sequence

from rich.cells import cell_len

from cnnspec.reports.columns import GAP
from cnnspec.reports.numbers import count, metric
from cnnspec.reports.safe import shown
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.plan import LabelFacts, SplitFacts

_MOST_CLASSES = 12
"""Of more, only the smallest and the largest are named."""

Remarks = tuple[tuple[str, ...], ...]


def label_sheets(
    splits: Sequence[SplitFacts], heading: tuple[str, ...], remarks: Remarks, width: int
) -> tuple[Sheet, ...]:
    """A sheet for each output, the heading over the first and the remarks under the last."""
    outputs = list(splits[0].labels)
    shared = any(facts.shared for split in splits for facts in split.labels.values())
    remarks = (*([("labels  an example may count for several classes",)] if shared else []), *remarks)
    return tuple(
        Sheet(
            heading if not number else (),
            _table(splits, name, f"output {name}" if len(outputs) > 1 else "split", width),
            remarks if number == len(outputs) - 1 else (),
        )
        for number, name in enumerate(outputs)
    )


def _table(splits: Sequence[SplitFacts], output: str, title: str, width: int) -> Table:
    facts = [split.labels[output] for split in splits]
    if any(each.span for each in facts):
        return _by_split(title, splits, _RANGE, [_range(each) for each in facts])
    classes = list(dict.fromkeys(name for each in facts for name in each.counts))
    if len(classes) > _MOST_CLASSES:
        return _by_split(title, splits, _EXTREMES, [_extremes(each) for each in facts])
    rows = [tuple(count(each.counts.get(name, 0)) for name in classes) for each in facts]
    wide = _by_split(title, splits, tuple(Column(name, "right") for name in classes), rows)
    return wide if _natural(wide) <= width else _by_class(title, splits, classes, facts)


_RANGE = tuple(Column(title, "right") for title in ("least", "mean", "largest"))
_EXTREMES = (Column("classes", "right"), Column("smallest"), Column("largest"))


def _by_split(
    title: str, splits: Sequence[SplitFacts], more: tuple[Column, ...], cells: Sequence[tuple[str, ...]]
) -> Table:
    """A row for each split."""
    rows = tuple((split.name, count(split.count), *row) for split, row in zip(splits, cells, strict=True))
    return Table((Column(title), Column("examples", "right"), *more), rows)


def _by_class(title: str, splits: Sequence[SplitFacts], classes: Sequence[str], facts: Sequence[LabelFacts]) -> Table:
    """A row for each class, where the classes do not fit beside each other."""
    columns = (Column(title if title != "split" else "class"), *(Column(split.name, "right") for split in splits))
    rows = tuple((name, *(count(each.counts.get(name, 0)) for each in facts)) for name in classes)
    return Table(columns, rows, (("examples", *(count(split.count) for split in splits)),))


def _range(facts: LabelFacts) -> tuple[str, ...]:
    return tuple(metric(value) for value in facts.span) if facts.span else ("",) * len(_RANGE)


def _extremes(facts: LabelFacts) -> tuple[str, ...]:
    """How many classes have labels, and those with the fewest and the most."""
    present = sum(number > 0 for number in facts.counts.values())
    number = count(present) if present == len(facts.counts) else f"{count(present)} of {count(len(facts.counts))}"
    least, most = (pick(facts.counts, key=facts.counts.__getitem__) for pick in (min, max))
    return number, *(f"{shown(name)}: {count(facts.counts[name])}" for name in (least, most))


def _natural(table: Table) -> int:
    """How wide a table is with nothing broken, its margins included."""
    columns = zip(*((column.title for column in table.columns), *table.rows), strict=True)
    widths = [max(cell_len(shown(str(cell))) for cell in column) for column in columns]
    return sum(widths) + GAP * (len(widths) - 1) + 2
