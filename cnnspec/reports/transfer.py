"""Which weights a training begins with, by stage: taken from a file, new, or of another shape there."""

from collections.abc import Iterator, Mapping, Sequence

from cnnspec.reports.numbers import count, listed, plural
from cnnspec.reports.table import Cell, Column, Sheet, Table
from cnnspec.results.transfer import Tally, Transfer

_MOST = 12
"""Weights of another shape that are told one by one."""


_LOADED, _NEW, _OTHER, _FROZEN = (Column(title, "right") for title in ("loaded", "new", "other shape", "frozen"))


def transfer_sheet(transfer: Transfer) -> Sheet:
    """A row a stage: tensors and their numbers; under it each weight of another shape, and what the file has beyond."""
    stages = transfer.stages
    kept: Mapping[Column, Sequence[str]] = {
        column: cells
        for column, cells in (
            (_LOADED, [_tally(stage.loaded) for stage in stages]),
            (_NEW, [_tally(stage.new) for stage in stages]),
            (_OTHER, [_tally(stage.mismatched) for stage in stages]),
            (_FROZEN, [count(stage.frozen) if stage.frozen else "" for stage in stages]),
        )
        if column is _LOADED or any(cells)
    }
    rows: tuple[tuple[Cell, ...], ...] = tuple(zip([stage.stage for stage in stages], *kept.values(), strict=True))
    table = Table((Column("stage"), *kept), rows)
    return Sheet(
        (f"starts from {transfer.file}", _total(transfer)), table, tuple((line,) for line in _remarks(transfer))
    )


def _tally(tally: Tally) -> str:
    """`4 / 9,632`: tensors and numbers; new words alone are no tensor."""
    if not tally.numbers and not tally.tensors:
        return ""
    return f"{count(tally.tensors)} / {count(tally.numbers)}" if tally.tensors else count(tally.numbers)


def _total(transfer: Transfer) -> str:
    loaded = sum(stage.loaded.tensors for stage in transfer.stages)
    return f"{count(loaded)} of {plural(len(transfer.weights), 'weight')}, as tensors / numbers"


def _remarks(transfer: Transfer) -> Iterator[str]:
    if transfer.way == "structure" and transfer.count("loaded", "by word"):
        yield "structure  layers have other names there: they were found by what reads what, and by their shapes"
    for moved in transfer.weights:
        if moved.fate == "by word":
            known = f"{count(moved.known)} of {count(moved.words)} words have a row there"
            yield f"words  {moved.layer}: {known}; the others are new"
    other = [moved for moved in transfer.weights if moved.fate == "mismatched"]
    for moved in other[:_MOST]:
        shapes = f"{_shape(moved.found)} there, {_shape(moved.shape)} here"
        yield f"other shape  {moved.layer} {moved.name}: {moved.why or shapes}"
    if len(other) > _MOST:
        yield f"other shape  and {count(len(other) - _MOST)} more"
    yield from transfer.remarks
    if transfer.unused:
        yield f"unused  {listed(list(dict.fromkeys(name.rpartition('/')[0] for name, _ in transfer.unused)))}"


def _shape(shape: tuple[int, ...] | None) -> str:
    return "×".join(map(str, shape or ())) or "a number"
