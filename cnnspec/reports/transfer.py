"""Which weights a training begins with, by stage: taken from a file, new, or of another shape there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from cnnspec.reports.numbers import count, listed, plural
from cnnspec.reports.table import Cell, Column, Sheet, Table

_MOST = 12
"""Weights of another shape that are told one by one."""


class Tally(Protocol):
    """So many weights."""

    @property
    def tensors(self) -> int:
        """How many."""

    @property
    def numbers(self) -> int:
        """The numbers in all of them."""


class StageMoved(Protocol):
    """The weights of a stage."""

    @property
    def stage(self) -> str:
        """Its title."""

    @property
    def loaded(self) -> Tally:
        """Those from the file."""

    @property
    def new(self) -> Tally:
        """Those that it does not have."""

    @property
    def mismatched(self) -> Tally:
        """Those that do not fit."""

    @property
    def frozen(self) -> int:
        """Numbers that training leaves as they are."""


class Moved(Protocol):
    """One weight of the network."""

    @property
    def layer(self) -> str:
        """Its layer."""

    @property
    def name(self) -> str:
        """Its name there."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""

    @property
    def fate(self) -> str:
        """What became of it."""

    @property
    def found(self) -> tuple[int, ...] | None:
        """Its shape in the file."""

    @property
    def words(self) -> int:
        """Words that have a row."""

    @property
    def known(self) -> int:
        """Those of them that have one in the file."""

    @property
    def why(self) -> str:
        """What is wrong where it is not the shape."""


class Transfer(Protocol):
    """Weights that a training begins with."""

    @property
    def file(self) -> str:
        """Where they are from."""

    @property
    def weights(self) -> Sequence[Moved]:
        """Each weight of the network."""

    @property
    def stages(self) -> Sequence[StageMoved]:
        """The same by stage."""

    @property
    def unused(self) -> Sequence[tuple[str, tuple[int, ...]]]:
        """Weights in the file without a place in the network."""

    @property
    def remarks(self) -> Sequence[str]:
        """What else there is to know."""


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
