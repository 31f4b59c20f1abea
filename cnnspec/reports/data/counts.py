"""Labels as a table: every class of a few; of many the largest, the smallest, and what lies between."""

from collections.abc import Sequence

from cnnspec.reports.numbers import count, listed, metric, plural
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.data import ClassCount, LabelView
from cnnspec.results.spread import Spread

_MOST_ROWS = 30
"""More classes than this are not listed one by one unless asked for."""
_ENDS = 8
_BAR = 16


def label_sheet(view: LabelView, heading: tuple[str, ...], every: bool, named: bool) -> Sheet:
    """What an output learns; `every` lists all classes however many there are, `named` says which output it is."""
    of = f" of output {view.output}" if named else ""
    if view.form == "values":
        remarks = (_constant(view),)
        return Sheet((*heading, f"numbers{of}"), range_table("labels", view.ranges), remarks)
    classes = sorted(view.classes, key=lambda each: -each.counts[0]) if len(view.classes) > _MOST_ROWS else view.classes
    whole = every or len(classes) <= _MOST_ROWS
    rows = _rows(classes, view) if whole else _ends(classes, view)
    bar = (Column("", leaves=2),) if view.form == "class" else ()
    columns = (
        Column("class" if view.form == "class" else "label"),
        Column(view.splits[0], "right"),
        Column("share", "right", leaves=1),
        *bar,
        *(Column(name, "right") for name in view.splits[1:]),
    )
    totals = (_total(classes, view),) if view.form == "class" else ()
    told = f"{count(len(classes))} {'classes' if view.form == 'class' else 'labels'}{of}"
    return Sheet((*heading, told), Table(columns, rows, totals), _remarks(view, whole))


def range_table(title: str, ranges: Sequence[Spread]) -> Table:
    """From where to where numbers go: a row for each split or column."""
    columns = (Column(title), *(Column(name, "right") for name in ("smallest", "mean", "deviation", "largest")))
    rows = ((r.name, *(_number(value) for value in (r.least, r.mean, r.deviation, r.most))) for r in ranges)
    return Table(columns, tuple(rows))


def _number(value: float) -> str:
    return f"{value:.5g}"


def _rows(classes: Sequence[ClassCount], view: LabelView) -> tuple[tuple[str, ...], ...]:
    train = [each.counts[0] for each in classes]
    whole, largest = sum(train), max(train)
    return tuple(_row(each.name, each.counts, whole, largest, view) for each in classes)


def _row(name: str, counts: Sequence[int], whole: int, largest: int, view: LabelView) -> tuple[str, ...]:
    bar = ("━" * round(_BAR * counts[0] / largest) if largest else "",) if view.form == "class" else ()
    share = _share(counts[0], whole) if view.form == "class" else ""
    return (name, count(counts[0]), share, *bar, *map(count, counts[1:]))


def _share(part: int, whole: int) -> str:
    return "<0.1%" if 0 < part < whole / 2000 else f"{part / max(1, whole):.1%}"


def _ends(classes: Sequence[ClassCount], view: LabelView) -> tuple[tuple[str, ...], ...]:
    """The largest classes, one row for those between, and the smallest; `classes` are sorted by size."""
    between = classes[_ENDS:-_ENDS]
    rows = _rows(classes, view)
    sums = [sum(column) for column in zip(*(each.counts for each in between), strict=True)]
    cells = _row(f"… {count(len(between))} between", sums, sum(each.counts[0] for each in classes), 0, view)
    return (*rows[:_ENDS], cells, *rows[-_ENDS:])


def _total(classes: Sequence[ClassCount], view: LabelView) -> tuple[str, ...]:
    first, *others = [sum(column) for column in zip(*(each.counts for each in classes), strict=True)]
    return (f"all {view.counted}", count(first), "", "", *map(count, others))


def _remarks(view: LabelView, whole: bool) -> tuple[tuple[str, ...], ...]:
    sizes = sorted(each.counts[0] for each in view.classes)
    median = (sizes[(len(sizes) - 1) // 2] + sizes[len(sizes) // 2]) / 2
    without = [each.name for each in view.classes if not each.counts[0]]
    spread = f"smallest {count(sizes[0])}, median {median:,g}, largest {count(sizes[-1])}"
    each = "label" if view.form == "labels" else "class"
    several = f"an example of {view.splits[0]} may have several" if view.form == "labels" else ""
    imbalance = f"largest to smallest {view.imbalance:,.3g} : 1" if view.imbalance else ""
    empty = f"without examples in {view.splits[0]}: {listed(without)}" if without else ""
    every = "" if whole else "all of them: --every-class"
    lines = ((f"{view.counted} a {each} in {view.splits[0]}: {spread}", imbalance, several), (empty,), (every,))
    return tuple(line for line in (*lines, _constant(view)) if any(line))


def _constant(view: LabelView) -> tuple[str, ...]:
    scores = zip(view.splits, view.constant.scores, strict=True)
    told = ", ".join(f"{metric(score)} on {split}" for split, score in scores)
    return (f"always answering {view.constant.answer}: {view.constant.figure} {told}",)


def counted(splits: Sequence[tuple[str, int]]) -> str:
    """`1,293 train, 360 test`: how many examples."""
    return ", ".join(f"{count(number)} {name}" for name, number in splits) or plural(0, "example")
