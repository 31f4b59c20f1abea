"""A table's column of paths, as pictures: every path checked and every file's header looked at."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cnnspec.backend.data.decode import look
from cnnspec.backend.data.labels import Cells
from cnnspec.backend.data.pictures import Pictures, side_by_side, the_first
from cnnspec.backend.data.pixels import Reading
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.refusal import BadPicture
from cnnspec.source.diagnostic import Diagnostic, Rejected


def read_pictures(cells: Cells, reading: Reading, folder: DataFolder) -> Pictures:
    """The files that the cells name, relative to the data's folder and never outside it.

    Raises Rejected naming all rows whose file is missing, outside or no picture.
    """
    found = [_find(value, folder) for value in cells.values]
    files = [path for path in found if isinstance(path, Path)]
    looked = iter(side_by_side(look, files))
    problems = [path if isinstance(path, Diagnostic) else _problem(path, next(looked)) for path in found]
    if any(problems):
        raise Rejected(the_first(_by_row(cells, problems)))
    paths = np.array([str(path) for path in files], object)
    return Pictures(paths, np.array([str(folder.path / value) for value in cells.values], object), reading)


def _find(value: str, folder: DataFolder) -> Path | Diagnostic:
    try:
        return folder.find(value)
    except Rejected as rejected:
        return rejected.diagnostics[0]
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "its links lead in a circle"
        return Diagnostic("no-file", f"{folder.path / value} cannot be read ({reason})")


def _problem(path: Path, header: object) -> Diagnostic | None:
    return Diagnostic("bad-picture", f"{path} {header}") if isinstance(header, BadPicture) else None


def _by_row(cells: Cells, problems: list[Diagnostic | None]) -> Iterator[Diagnostic]:
    for row, problem in enumerate(problems):
        if problem is not None:
            yield Diagnostic(problem.code, f"{cells.origins.at(row)}: {problem.message}", help=problem.help)
