"""All of what the network will see: sheets for a terminal, JSON for scripts, the legend of a contact sheet."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from cnnspec.reports.data.counts import counted, label_sheet
from cnnspec.reports.data.duplicates import duplicate_sheets
from cnnspec.reports.data.inputs import array_sheets, picture_sheet, text_sheet
from cnnspec.reports.data.text_way import way_sheets
from cnnspec.reports.diagnostics.as_json import diagnostic_facts
from cnnspec.reports.draw import pad
from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.page import Page
from cnnspec.reports.safe import json_text, shown
from cnnspec.reports.table import Sheet
from cnnspec.results.data import FOR_WORDS, DataView

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_GAP = 2
_LEAST = 8


def data_sheets(view: DataView, width: int, every_class: bool = False) -> tuple[Sheet, ...]:
    """Labels, inputs, duplicates, and the way of a text where there is one."""
    splits = counted([(split.name, split.count) for split in view.splits])
    heading = (view.spec, f"{view.source} data: {splits}")
    first, *others = view.labels
    named = bool(others)
    return (
        _noted(label_sheet(first, heading, every_class, named), view),
        *(label_sheet(label, (), every_class, named) for label in others),
        *(sheet for array in view.arrays for sheet in array_sheets(array)),
        *(picture_sheet(pictures) for pictures in view.pictures),
        *(text_sheet(texts) for texts in view.texts),
        *duplicate_sheets(view.duplicates),
        *(sheet for way in view.ways for sheet in way_sheets(way, width)),
    )


def _noted(sheet: Sheet, view: DataView) -> Sheet:
    """The sheet with what the program chose, and what training changes."""
    drawn = (f"auto  validation split by seed {view.seed}; training draws another (no training.seed)",)
    augmented = (f"augmented in training by {', '.join(view.augment)}",)
    notes = ((drawn,) if view.divided and not view.seeded else ()) + ((augmented,) if view.augment else ())
    return Sheet(sheet.heading, sheet.table, (*sheet.remarks, *notes))


def data_json(view: DataView) -> str:
    """The view's fields by their names, but for those that only words need; a number that is none is null."""
    warnings = [diagnostic_facts(each) for each in view.doubts]
    return json_text({**_fields(view), "warnings": warnings})


def _fields(value: "DataclassInstance") -> dict[str, object]:
    told = (field.name for field in fields(value) if field.metadata != FOR_WORDS)
    return {name: _plain(getattr(value, name)) for name in told}


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def legend_lines(legend: Sequence[tuple[str, str]], page: Page) -> list[str]:
    """Of each name that a contact sheet could not draw a line, of longer ones several: what is drawn, then the name."""
    if not legend:
        return []
    wide = max(cell_len(drawn) for drawn, _ in legend) + _GAP
    room = max(_LEAST, page.width - 2 - wide)
    lines = wrap("names that no font here has, or that are too long, stand on the sheet as", page.width)
    for drawn, name in legend:
        first, *rest = wrap(shown(name), room)
        lines += [f"  {pad(drawn, wide)}{first}", *(f"  {'':{wide}}{each}" for each in rest)]
    return [page.text(line) for line in lines]
