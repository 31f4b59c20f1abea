"""Several networks in one table, a column of blocks each, rows aligned by stage: as in He et al. 2015, table 1."""

from collections.abc import Callable, Iterable, Sequence

from cnnspec.reports import numbers
from cnnspec.reports.summary.collect import StageRow, Summary
from cnnspec.reports.summary.stages import choices, inputs, output
from cnnspec.reports.table import Cell, Column, Sheet, Table

_TOTALS: tuple[tuple[str, Callable[[Summary], str]], ...] = (
    ("weight layers", lambda summary: str(summary.weight_layers)),
    ("trainable", lambda summary: numbers.count(summary.cost.totals.trainable_params)),
    ("activations", lambda summary: numbers.memory(summary.activation_memory)),
    ("multiply-adds", lambda summary: numbers.macs(summary.cost.totals.macs)),
)


def compare_sheet(summaries: tuple[Summary, ...]) -> Sheet:
    """One row a stage title, the totals of each network under its column."""
    columns = (Column("layer name"), Column("output size"), *(Column(each.name, share=True) for each in summaries))
    titles = aligned([[row.title for row in each.stages] for each in summaries])
    rows = tuple(_row(title, summaries) for title in titles)
    totals = tuple((name, "", *(figure(each) for each in summaries)) for name, figure in _TOTALS)
    return Sheet(_heading(summaries), Table(columns, (*_inputs(summaries), *rows), totals), _remarks(summaries))


def aligned(columns: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Every title once, in the order of each column: a new one stands before the next that is known, else last."""
    order: list[str] = []
    for titles in columns:
        known = set(order)
        before: dict[str | None, list[str]] = {}
        following: str | None = None
        for title in reversed(titles):
            if title in known:
                following = title
            else:
                before.setdefault(following, []).append(title)
        order = [each for title in (*order, None) for each in (*reversed(before.get(title, [])), title) if each]
    return tuple(order)


def common_output(outputs: list[str]) -> str:
    """The sizes that all agree on, from the left (`7×7` of `7×7×512` and `7×7×2048`); else each of them."""
    distinct = list(dict.fromkeys(outputs))
    if len(distinct) == 1:
        return distinct[0]
    same: list[str] = []
    for sizes in zip(*(each.split("×") for each in distinct), strict=False):
        if len(set(sizes)) > 1:
            break
        same.append(sizes[0])
    return "×".join(same) or " / ".join(distinct)


def _row(title: str, summaries: tuple[Summary, ...]) -> tuple[Cell, ...]:
    rows = [_find(title, each) for each in summaries]
    blocks = (row.blocks if row else () for row in rows)
    return (title, common_output([output(row) for row in rows if row]), *blocks)


def _find(title: str, summary: Summary) -> StageRow | None:
    return next((row for row in summary.stages if row.title == title), None)


def _heading(summaries: tuple[Summary, ...]) -> tuple[str, ...]:
    references = {each.reference for each in summaries}
    shapes = {inputs(each) for each in summaries}
    title = ", ".join(each.name for each in summaries)
    reference = references.pop() if len(references) == 1 else ""
    return (title, reference, f"input {shapes.pop()}" if len(shapes) == 1 else "")


def _inputs(summaries: tuple[Summary, ...]) -> tuple[tuple[Cell, ...], ...]:
    """A row of inputs where they differ."""
    shapes = [inputs(each) for each in summaries]
    return () if len(set(shapes)) == 1 else (("input", "", *shapes),)


def _remarks(summaries: tuple[Summary, ...]) -> tuple[tuple[str, ...], ...]:
    """The program's choices, with the networks that they were made for unless that is all of them."""
    found: dict[str, list[str]] = {}
    for summary in summaries:
        for (choice,) in choices(summary):
            found.setdefault(choice, []).append(summary.name)
    everywhere = len(summaries)
    return tuple(
        (choice if len(names) == everywhere else f"{choice} ({', '.join(names)})",) for choice, names in found.items()
    )
