"""A run's network in a file of another runtime, from Python."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from cnnspec import door
from cnnspec.api.giving import Reading
from cnnspec.api.new_file import already_there, check_folder
from cnnspec.api.printed import Printed
from cnnspec.reports.exported import exported_json, exported_sheet
from cnnspec.reports.safe import shown
from cnnspec.reports.table import Sheet
from cnnspec.results.exported import KINDS, Asked, Exported, Format, Precision, format_of, misfit
from cnnspec.runs.files import AlreadyThere
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, repr=False)
class Export(Printed):
    """A file that was written and held against the run's own model; `told` has all of it as values."""

    told: Exported

    def __repr__(self) -> str:
        return f"<Export {self.told.file}: {self.told.format}, {self.told.precision}, {self.told.size:,} bytes>"

    def __fspath__(self) -> str:
        return self.told.file

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.told.file)

    @property
    def difference(self) -> float:
        """The largest difference of all outputs, as a share of the largest number of each."""
        return max(each.difference for each in self.told.outputs)

    def to_json(self) -> str:
        """All of it as JSON."""
        return exported_json(self.told)

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return (exported_sheet(self.told),)


def asked_for(
    path: Path, format: str | None, precision: str, samples: int, tolerance: float | None, force: bool
) -> Asked:
    """What is to be written, where it may be; raises Rejected."""
    meant = None if format is None else _one_of(Format, format)
    kept = _one_of(Precision, precision)
    if wrong := misfit(path.suffix, meant, kept, tolerance):
        raise rejected("usage", f"{shown(str(path))}: {wrong[0]}", help=wrong[1].replace("--", ""), at=NOWHERE)
    if samples < 1:
        raise rejected("usage", f"samples={samples}", "at least 1", at=NOWHERE)
    meant = meant or format_of(path.suffix)
    assert meant is not None
    kind = KINDS[meant]
    if kind.missing:
        needed = f"{meant} needs {' and '.join(kind.missing)}"
        raise rejected("usage", needed, help=f"pip install 'cnnspec[{kind.extra}]'", at=NOWHERE)
    check_folder(path)
    return Asked(path, meant, kept, samples, tolerance, force)


def exported(folder: RunFolder, read: Reading, asked: Asked, data_root: Path | None, changed_data: bool) -> Export:
    """The file, written and compared; raises Rejected or RunFailed."""
    where = door.samples.Where(data_root, changed_data, read.given)
    try:
        with read.told():
            return Export(door.export.export(folder, read.spec, read.graph, asked, where))
    except AlreadyThere as there:
        raise already_there(there.path) from None


def _one_of(words: type[Word], given: str) -> Word:
    if given not in set(words):
        raise rejected("usage", f"{given!r}", f"one of {', '.join(words)}", at=NOWHERE)
    return words(given)
