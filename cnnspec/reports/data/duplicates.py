"""Examples that occur more than once, as tables: how many, and some of them with their places."""

from cnnspec.reports.numbers import count
from cnnspec.reports.table import Column, Sheet, Table, excerpt
from cnnspec.results.data import Duplicates, Shared, Twin

_EXCERPT = 56


def duplicate_sheets(found: Duplicates) -> tuple[Sheet, ...]:
    """How many examples a split repeats or shares, then a few of them."""
    columns = (Column("where"), Column("examples", "right"), Column("share", "right"))
    rows = tuple((_told(each), count(each.count), f"{each.count / max(1, each.of):.1%}") for each in found.shared)
    none = (("within and across splits", "0", ""),)
    conflicting = f"{count(found.conflicting)} examples have a twin with another label" if found.conflicting else ""
    table = Table(columns, rows if found.twins else none)
    sheet = Sheet(("duplicates", found.by), table, ((conflicting,),) if conflicting else ())
    return (sheet, _twins(found)) if found.twins else (sheet,)


def _told(shared: Shared) -> str:
    same = shared.split == shared.other
    return f"repeated within {shared.split}" if same else f"{shared.split} also in {shared.other}"


def _twins(found: Duplicates) -> Sheet:
    labelled = any(twin.label for twin in found.twins)
    columns = (Column("split"), Column("example"), *((Column("label"),) if labelled else ()))
    rows = tuple(row[: len(columns)] for twin in found.twins for row in _lines(twin))
    return Sheet(("for example",), Table(columns, rows))


def _lines(twin: Twin) -> list[tuple[str, ...]]:
    """Where the two stand, and what they say."""
    text = excerpt(twin.text, _EXCERPT)
    both: list[tuple[str, ...]] = [
        (twin.split, twin.place, twin.label),
        (f"= {twin.other}", twin.other_place, twin.other_label),
    ]
    return [*both, ("", f"“{text}”", "")] if text else both
