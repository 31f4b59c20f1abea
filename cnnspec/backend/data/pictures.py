"""A column of pictures that stay in their files until they are read."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cnnspec.backend.data.formats.bad_picture import BadPicture
from cnnspec.backend.data.formats.decode_picture import read_picture
from cnnspec.backend.data.pixels import Reading
from cnnspec.language.features import Image
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.results.failure import RunFailed
from cnnspec.source.diagnostic import Diagnostic, Note, Rejected, rejected
from cnnspec.source.route import FeatureAt, InputAt, Route

_MOST_LISTED = 20
"""How many mistakes of a kind are named one by one."""
_PIECE = 16
"""Files that a thread takes at a time."""
_MOST_IN_TURN = 128
_QUICK = 2e-3
"""Seconds a file below which threads would mostly wait for each other, since the time is Python's own."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Files of pictures, and how they are read. `shown` are the files as the user names them."""

    paths: NDArray[np.object_]
    shown: NDArray[np.object_]
    reading: Reading
    at: Route
    """Where the spec names their folder, or their column."""

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, rows: Any) -> "Pictures":
        return Pictures(self.paths[rows], self.shown[rows], self.reading, self.at)

    @property
    def size_in_memory(self) -> int:
        """How many bytes the decoded pictures take."""
        return len(self) * self.reading.height * self.reading.width * self.reading.channels

    def read(self, rows: Any = None) -> NDArray[np.uint8]:
        """The pictures, or those of some rows, shape (n, height, width, channels).

        All of them are read before a run begins: raises Rejected naming every file that is damaged. Some are
        read in its midst: raises RunFailed naming the first.
        """
        pictures, problems = (self if rows is None else self[rows])._read()
        if problems and rows is None:
            raise Rejected(the_first(bad_files(problems, self.at)))
        if problems:
            shown, problem = problems[0]
            raise RunFailed("bad-picture", f"{shown} {problem}", "mend or remove it, then train again")
        return pictures

    def damaged(self) -> list[tuple[int, tuple[str, str]]]:
        """The rows whose file cannot be decoded, with how people name it and why; nothing else is kept of them."""

        done = side_by_side(lambda path: damage(path, self.reading), list(self.paths))
        return [(row, (self.shown[row], found.received)) for row, found in enumerate(done) if found is not None]

    def _read(self) -> tuple[NDArray[np.uint8], list[tuple[str, BadPicture]]]:
        pictures = np.empty((len(self), *self.reading.shape), np.uint8)

        def read(row: int) -> BadPicture | None:
            try:
                pictures[row] = read_picture(self.paths[row], self.reading)
            except BadPicture as problem:
                return problem
            return None

        done = side_by_side(read, range(len(self)))
        return pictures, [(self.shown[row], problem) for row, problem in enumerate(done) if problem]


def damage(path: Path | str, reading: Reading) -> BadPicture | None:
    """Why a file cannot be decoded; None where it can."""
    try:
        read_picture(path, reading)
    except BadPicture as problem:
        return problem
    return None


def side_by_side(call: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What `call` gives for each item, in their order; from the first items that take long on, by several threads."""
    listed = list(items)
    done: list[Result] = []
    while len(done) < len(listed):
        piece = listed[len(done) : len(done) + min(_PIECE + len(done), _MOST_IN_TURN)]
        began = perf_counter()
        done += map(call, piece)
        if perf_counter() - began > _QUICK * len(piece):
            return done + _in_threads(call, listed[len(done) :])
    return done


def _in_threads(call: Callable[[Item], Result], items: list[Item]) -> list[Result]:
    pieces = [items[start : start + _PIECE] for start in range(0, len(items), _PIECE)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [result for piece in pool.map(lambda piece: list(map(call, piece)), pieces) for result in piece]


LEAVE_OUT = "mend the file or take it out, or write on_bad_file: skip under data"


def bad_files(problems: Iterable[tuple[str, BadPicture]], at: Route) -> list[Diagnostic]:
    """A diagnostic for each bad file, as the user names it."""
    return [Diagnostic("bad-picture", f"{shown} {problem}", help=LEAVE_OUT, at=at) for shown, problem in problems]


def the_first(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The first of each code, and in a note on the last of them how many more there are."""
    by_code: dict[str, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        by_code.setdefault(diagnostic.code, []).append(diagnostic)
    kept = {code: found[:_MOST_LISTED] for code, found in by_code.items()}
    for code, found in by_code.items():
        if (more := len(found) - _MOST_LISTED) > 0:
            kept[code][-1] = replace(kept[code][-1], notes=(Note(f"{more:,} more like this"),))
    return [diagnostic for found in kept.values() for diagnostic in found]


def reading_for(image: Image | None, shape: Shape, name: str) -> Reading:
    """How pictures are read for the input `name` of this shape, as the spec's image section says.

    Raises Rejected if the input is none for pictures, or if its sizes and the section's do not agree.
    """
    options = image or Image()
    if len(shape) != 3 or shape[2] not in (1, 3, 4):
        received = f"input {name} has shape {write_shape(shape)}"
        expected = "height, width and 1, 3 or 4 channels, as pictures have"
        raise rejected("input-shape", received, expected, f"write {name}: [224, 224, 3]", at=InputAt(name))
    height, width = (_side(shape, axis, options, name) for axis in (0, 1))
    return Reading(height, width, int(str(shape[2])), options.resize, options.interpolation, options.white)


def _side(shape: Shape, axis: int, options: Image, name: str) -> int:
    """The height (axis 0) or width (1) that pictures are brought to: the input's, else the one that is written."""
    sizes = (options.size, options.size) if isinstance(options.size, int) else options.size
    wanted, written = shape[axis], sizes and sizes[axis]
    if isinstance(wanted, int) and written in (None, wanted):
        return wanted
    if isinstance(wanted, int):
        help = "leave image.size out: the size is the input's"
        received = f"image.size says {written} where input {name} has {write_shape(shape)}"
        raise rejected("input-shape", received, str(wanted), help, at=FeatureAt(name, ("image", "size")))
    if written is None:
        received = f"input {name} has shape {write_shape(shape)}, and image no size"
        help, at = "write image: {size: [224, 224]}", FeatureAt(name, ("image",))
        raise rejected("input-shape", received, "the size that pictures are brought to", help, at=at)
    return written
