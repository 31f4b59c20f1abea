"""The weights in a file as Keras writes it, a stranger's file included: only numbers are read, none before they fit.

A `.keras` is a zip archive with the weights as HDF5 in it, a `.weights.h5` is that HDF5 alone. Nothing else of the
archive is opened, so that no code of a model runs. Of the HDF5, `layers/*/vars` is looked at and nothing beyond:
Keras writes a group for each layer, its name as an attribute, its weights in order as plain datasets `0`, `1`, ...
What HDF5 has beside that, and Keras never writes, is refused: links to other files or places, virtual and external
data, chunks (which may be packed, and unpack to anything), and types other than numbers.
"""

import contextlib
import hashlib
import math
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import h5py
import numpy as np

from cnnspec.backend.data.splits import Array
from cnnspec.backend.keras_errors import first_line
from cnnspec.graph.complaints import MAX_LAYERS
from cnnspec.graph.nodes import Graph
from cnnspec.results.marks import Mark
from cnnspec.runs.opening import read_file
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import FILE

_INSIDE = "model.weights.h5"
_GROWTH, _SMALL = 4, 64 * 2**20
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE = 2**20
_MOST_VARIABLES = 64
"""More than any layer has."""
_LONGEST_NAME = 1000
_MAGIC = b"\x89HDF\r\n\x1a\n"
_FAULTS = (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, NotImplementedError, OverflowError)
"""What h5py raises on files that are not what they claim."""
_UNPACKING = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError, ValueError, RuntimeError)
_BFLOAT16 = "bfloat16"


@dataclass(frozen=True, slots=True)
class Stored:
    """One weight in a file: its shape, and how to get its numbers."""

    shape: tuple[int, ...]
    dataset: Any
    path: Path
    layer: str
    brain: bool = False
    """Whether its 16 bits are bfloat16's, which HDF5 does not know."""

    def read(self, rows: int | None = None) -> Array:
        """Its numbers, or those of the first rows, as float32 where they are floats; raises Rejected.

        To be called where memory for as many is there anyway: the shape is what a file says.
        """
        with _readable(self.path):
            held = np.asarray(self.dataset[()] if rows is None else self.dataset[:rows])
        if self.brain:
            held = (held.astype(np.uint32) << 16).view(np.float32)
        if held.dtype.kind == "f" and not np.isfinite(held).all():
            received = f"{self.path} holds NaN or infinite values, among the weights of {self.layer}"
            raise rejected("bad-model", received, "weights that are numbers", at=FILE)
        return held.astype(np.float32) if held.dtype.kind == "f" else held


class Store:
    """The weights in an open file by the names of their layers, in Keras' order; `mark` is the whole file's."""

    def __init__(self, layers: dict[str, tuple[Stored, ...]], mark: Mark) -> None:
        self.layers, self.mark = layers, mark


def stored_as(layer: str, graph: Graph, store: Store) -> str:
    """What a layer is called in the file: by its numbered kind, where the file is older than names in paths."""
    return layer if layer in store.layers else graph.numbered(layer)


@contextlib.contextmanager
def opened(path: Path, own: bool = False) -> Iterator[Store]:
    """The weights in a `.keras` or `.weights.h5`; raises Rejected for whatever is not as Keras writes it.

    `own` files are those of a run, none of which is a link.
    """
    with contextlib.ExitStack() as stack:
        with _readable(path):
            file = stack.enter_context(read_file(path) if own else path.open("rb"))
            mark = _mark(file)
            content = stack.enter_context(_unpacked(file, path, mark["size"])) if path.suffix == ".keras" else file
            layers = _layers(stack.enter_context(_hdf(content, path)), path)
            _refuse_claims(layers, os.fstat(content.fileno()).st_size, path)
        yield Store(layers, mark)


def _refuse_claims(layers: dict[str, tuple[Stored, ...]], size: int, path: Path) -> None:
    """Raise Rejected where the weights together are larger than their file: then some stand in one place."""
    claimed = sum(stored.dataset.nbytes for weights in layers.values() for stored in weights)
    if claimed > size:
        raise _damaged(path, f"weights of {claimed:,} bytes in {size:,}")


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except _FAULTS as error:
        raise _damaged(path, f"it cannot be read ({first_line(error)})") from error


def _mark(file: IO[bytes]) -> Mark:
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return {"size": size, "sha256": digest.hexdigest()}


@contextlib.contextmanager
def _unpacked(file: IO[bytes], path: Path, length: int) -> Iterator[IO[bytes]]:
    """The HDF5 of an archive in a temporary file, which has no name and goes with the process."""
    limit = max(_SMALL, _GROWTH * length)
    with tempfile.TemporaryFile() as target:
        try:
            with zipfile.ZipFile(file) as archive, archive.open(_INSIDE) as member:
                if archive.getinfo(_INSIDE).compress_type not in _PACKINGS:
                    raise zipfile.BadZipFile("another packing than deflate")
                size = 0
                while piece := member.read(_PIECE):
                    size += len(piece)
                    if size > limit:
                        raise _damaged(path, f"its weights unpack to more than {limit:,} bytes")
                    target.write(piece)
        except _UNPACKING as error:
            raise _damaged(path, f"its {length:,} bytes are no whole zip archive with weights") from error
        target.seek(0)
        yield cast(IO[bytes], target)


@contextlib.contextmanager
def _hdf(file: IO[bytes], path: Path) -> Iterator[Any]:
    if file.read(len(_MAGIC)) != _MAGIC:
        raise _damaged(path, "its weights do not begin as HDF5 does")
    file.seek(0)
    with h5py.File(file, "r") as store:
        yield store


def _layers(store: Any, path: Path) -> dict[str, tuple[Stored, ...]]:
    found: dict[str, tuple[Stored, ...]] = {}
    for key, group in _members(_group(store, "layers", path), path, MAX_LAYERS + 100):
        if not isinstance(group, h5py.Group) or "vars" not in group:
            raise _strange(path, f"layers/{key} without vars")
        held = _group(group, "vars", path)
        weights = dict(_members(held, path, _MOST_VARIABLES))
        if not weights:
            continue
        name = _name(held, f"layers/{key}", path)
        if name in found:
            raise _strange(path, f"two layers called {name}")
        if set(weights) != {str(number) for number in range(len(weights))}:
            raise _strange(path, f"layers/{key}/vars with {', '.join(sorted(weights)[:5])}")
        found[name] = tuple(_stored(weights[str(number)], name, path) for number in range(len(weights)))
    return found


def _group(parent: Any, key: str, path: Path) -> Any:
    """A group that is in the file itself."""
    link = parent.get(key, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise _strange(path, f"{'nothing' if link is None else 'a link'} for {key}")
    group = parent[key]
    if not isinstance(group, h5py.Group):
        raise _strange(path, f"no group for {key}")
    return group


def _members(group: Any, path: Path, most: int) -> Iterator[tuple[str, Any]]:
    names = list(islice(group, most + 1))
    if len(names) > most:
        raise _strange(path, f"more than {most:,} entries in {group.name[:80]}")
    for name in names:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise _strange(path, f"a link for {name[:80]}")
        yield name, group[name]


def _name(held: Any, place: str, path: Path) -> str:
    """The layer's name, which Keras writes as an attribute."""
    if "name" not in held.attrs:
        help = "load it with the Keras that wrote it and save it again with Keras 3.15 or later"
        raise rejected(
            "bad-model", f"{path} has no name for {place}", "weights with the names of their layers", help, at=FILE
        )
    if held.attrs.get_id("name").shape != ():
        raise _strange(path, f"many names for {place}")
    name = held.attrs["name"]
    if not isinstance(name, str) or len(name) > _LONGEST_NAME:
        raise _strange(path, f"no text as the name of {place}")
    return name


def _stored(dataset: Any, layer: str, path: Path) -> Stored:
    if not isinstance(dataset, h5py.Dataset):
        raise _strange(path, f"no numbers for a weight of {layer}")
    form = dataset.id.get_create_plist()
    if dataset.is_virtual or form.get_external_count() or form.get_layout() == h5py.h5d.CHUNKED:
        raise _strange(path, f"numbers of {layer} that are packed, or lie elsewhere")
    if dataset.dtype.kind not in "fiub" or dataset.dtype.hasobject or dataset.shape is None:
        kind = "objects" if dataset.dtype.hasobject else str(dataset.dtype)[:40]
        raise _strange(path, f"{kind} for a weight of {layer}, no numbers")
    shape = tuple(int(size) for size in dataset.shape)
    if dataset.id.get_storage_size() != math.prod(shape) * dataset.dtype.itemsize:
        raise _damaged(path, f"a weight of {layer} has shape {shape} and not as many numbers")
    brain = dataset.dtype == np.uint16 and "dtype" in dataset.attrs and dataset.attrs["dtype"] == _BFLOAT16
    return Stored(shape, dataset, path, layer, brain)


def _strange(path: Path, what: str) -> Rejected:
    return rejected(
        "bad-model", f"{path} has {what}", "weights as Keras saves them", "save it again with Keras", at=FILE
    )


def _damaged(path: Path, what: str) -> Rejected:
    return rejected(
        "bad-model", f"{path} is damaged, or another format: {what}", "weights as Keras saves them", at=FILE
    )
