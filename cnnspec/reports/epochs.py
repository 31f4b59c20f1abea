"""The table of a training's epochs: a row each, the figures of both splits side by side, as many columns as fit."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells
from rich.text import Text

from cnnspec.reports.numbers import duration, metric, scaled
from cnnspec.reports.page import Page
from cnnspec.reports.safe import shown

_GAP = "  "
_FIGURE = 6
"""The least width of a figure, so that its column seldom grows."""
_ALONE = 12
"""The least width of a figure that stands alone under its name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One epoch, counted from 0: over, or running while it has no `seconds`; `speed` is examples a second."""

    epoch: int
    epochs: int
    figures: Mapping[str, float]
    speed: float
    learning_rate: float | None = None
    seconds: float | None = None
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a training's table is about: what its examples are called, whether there is a validation split.

    `watched` is the figure that says which epoch is the best.
    """

    examples: str = "examples"
    validated: bool = True
    watched: str = ""


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    width: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Columns under one title; those with the highest `leaves` give way first, and 0 stays."""

    title: str
    columns: tuple[_Column, ...]
    leaves: int
    figure: bool = False

    @property
    def width(self) -> int:
        return sum(column.width for column in self.columns) + len(_GAP) * (len(self.columns) - 1)


def epoch_lines(
    rows: Sequence[Row], best: int | None, subject: Subject, page: Page, most: int | None = None
) -> list[Text]:
    """The header and a line for each row, the one of epoch `best` marked; none is wider than the page.

    Of more than `most` rows the oldest are left out, but never the best.
    """
    groups, missing = _fitting(_groups(rows, best, subject), page.width)
    lines = _header(groups, page)
    before = -1
    for at in _kept(rows, best, most):
        if at > before + 1:
            lines.append(Text(_GAP + page.text("…"), "dim"))
        lines.append(Text(_line(groups, at, page), "bold" if rows[at].epoch == best else ""))
        before = at
    return [*lines, *_remark(missing, page)]


def _groups(rows: Sequence[Row], best: int | None, subject: Subject) -> list[_Group]:
    """Everything there is to show, in the table's order."""

    def alone(title: str, under: str, cell: Callable[[Row], str], leaves: int, least: int = 0) -> _Group:
        return _Group(title, (_column(under, rows, cell, max(least, cell_len(title))),), leaves)

    return [
        *([alone("", "phase", lambda row: shown(row.phase), 1)] if any(row.phase for row in rows) else []),
        alone("", "epoch", lambda row: f"{row.epoch + 1}/{row.epochs}", 0),
        alone("", "", lambda row: "best" if row.epoch == best else "", 0, least=4),
        *(_figure(name, rows, subject) for name in _names(rows)),
        alone("learning", "rate", lambda row: "" if row.learning_rate is None else f"{row.learning_rate:.3g}", 2),
        alone(subject.examples, "a second", lambda row: scaled(row.speed) if row.speed else "", 5),
        alone("", "time", lambda row: "" if row.seconds is None else duration(row.seconds), 4, least=5),
    ]


def _names(rows: Sequence[Row]) -> list[str]:
    """The figures, those of the validation split under the same name as those of training."""
    return list(dict.fromkeys(name.removeprefix("val_") for row in rows for name in row.figures))


def _figure(name: str, rows: Sequence[Row], subject: Subject) -> _Group:
    leaves = {"loss": 0, subject.watched.removeprefix("val_"): 1}.get(name, 3)
    if not subject.validated:
        column = _column("", rows, lambda row: _value(row, name), _ALONE)
        return _Group(shown(name), (column,), leaves, figure=True)
    train = _column("train", rows, lambda row: _value(row, name), _FIGURE)
    validation = _column("val", rows, lambda row: _value(row, f"val_{name}"), _FIGURE)
    return _Group(shown(name), (train, validation), leaves, figure=True)


def _value(row: Row, name: str) -> str:
    return metric(row.figures[name]) if name in row.figures else ""


def _column(title: str, rows: Sequence[Row], cell: Callable[[Row], str], least: int) -> _Column:
    cells = tuple(map(cell, rows))
    return _Column(title, max(least, cell_len(title), *map(cell_len, cells)), cells)


def _fitting(groups: Sequence[_Group], width: int) -> tuple[list[_Group], list[str]]:
    """The groups that fit, and the figures among those that do not."""
    chosen: set[int] = set()
    taken = 0
    for at in sorted(range(len(groups)), key=lambda at: groups[at].leaves):
        if taken + len(_GAP) + groups[at].width < width:
            chosen.add(at)
            taken += len(_GAP) + groups[at].width
    missing = [group.title for at, group in enumerate(groups) if at not in chosen and group.figure]
    return [groups[at] for at in sorted(chosen)], missing


def _kept(rows: Sequence[Row], best: int | None, most: int | None) -> list[int]:
    """The positions of the rows that are shown: the newest, and before them the best."""
    every = list(range(len(rows)))
    if most is None or len(rows) <= most:
        return every
    newest = every[-max(1, most) :]
    older_best = [at for at in every if rows[at].epoch == best and at < newest[0]]
    return [*older_best, *newest[2:]] if older_best and most > 2 else newest


def _header(groups: Sequence[_Group], page: Page) -> list[Text]:
    """Each title over its columns, as low as it goes, and the columns' own titles under it."""
    titles = [_broken(group.title, group.width) for group in groups]
    height = max(map(len, titles))
    stacked = [[""] * (height - len(title)) + title for title in titles]
    lines = [
        "".join(_GAP + _over(part, group) for part, group in zip(parts, groups, strict=True))
        for parts in zip(*stacked, strict=True)
    ]
    own = [(column.title, column.width) for group in groups for column in group.columns]
    lines.append("".join(_GAP + _right(title, width) for title, width in own))
    return [Text(page.text(line.rstrip()), "dim") for line in lines if line.strip()]


def _broken(title: str, width: int) -> list[str]:
    """A title on as many lines as it needs, broken after an underscore where it can be."""
    lines = [""]
    for piece in re.split(r"(?<=[_ ])", title):
        if lines[-1] and cell_len(lines[-1] + piece) > width:
            lines.append("")
        *full, rest = chop_cells(lines[-1] + piece, width) or [""]
        lines[-1:] = [*full, rest]
    return lines


def _line(groups: Sequence[_Group], at: int, page: Page) -> str:
    columns = (column for group in groups for column in group.columns)
    return page.text("".join(_GAP + _right(column.cells[at], column.width) for column in columns).rstrip())


def _right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text


def _over(title: str, group: _Group) -> str:
    """A piece of a title: in the middle over two columns, at the right over one."""
    space = group.width - cell_len(title)
    after = space // 2 if len(group.columns) > 1 else 0
    return " " * (space - after) + title + " " * after


def _remark(missing: Sequence[str], page: Page) -> list[Text]:
    """What the page is too narrow for."""
    if not missing:
        return []
    named = f"{_GAP}no room for {', '.join(missing)}"
    return [
        Text(page.text(named if cell_len(named) < page.width else f"{_GAP}no room for {len(missing)} metrics"), "dim")
    ]
