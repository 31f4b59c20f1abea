"""HDF5 of strangers: groups and plain numbers that lie in the file itself, and nothing else that HDF5 can be.

Keras writes a group for each layer and its weights as plain datasets. What HDF5 has beside that, and Keras never
writes, is refused: links to other files or places, virtual and external data, chunks (which may be packed, and unpack
to anything), and types other than numbers.
"""

import contextlib
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

import h5py
import numpy as np

from cnnspec.weights.stored import Array, Stored, damaged, strange

MOST_VARIABLES = 64
"""More than any layer has."""
_LONGEST_NAME = 1000
_MAGIC = b"\x89HDF\r\n\x1a\n"
_FAULTS = (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, NotImplementedError, OverflowError)
"""What h5py raises on files that are not what they claim."""
_BFLOAT16 = "bfloat16"


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """What h5py raises in here is a damaged file; raises Rejected."""
    try:
        yield
    except _FAULTS as error:
        lines = str(error).splitlines() or [type(error).__name__]
        raise damaged(path, f"it cannot be read ({lines[0]})") from error


@contextlib.contextmanager
def hdf(file: IO[bytes], path: Path) -> Iterator[Any]:
    """The HDF5 in an open file."""
    if file.read(len(_MAGIC)) != _MAGIC:
        raise damaged(path, "its weights do not begin as HDF5 does")
    file.seek(0)
    with h5py.File(file, "r") as store:
        yield store


def group(parent: Any, key: str, path: Path) -> Any:
    """A group that is in the file itself."""
    link = parent.get(key, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise strange(path, f"{'nothing' if link is None else 'a link'} for {key[:80]}")
    found = parent[key]
    if not isinstance(found, h5py.Group):
        raise strange(path, f"no group for {key[:80]}")
    return found


def is_group(member: Any) -> bool:
    """Whether a member is a group, and no numbers."""
    return isinstance(member, h5py.Group)


def members(parent: Any, path: Path, most: int) -> Iterator[tuple[str, Any]]:
    """The members of a group by their keys, none of them elsewhere."""
    names = list(islice(parent, most + 1))
    if len(names) > most:
        raise strange(path, f"more than {most:,} entries in {parent.name[:80]}")
    for name in names:
        if not isinstance(parent.get(name, getlink=True), h5py.HardLink):
            raise strange(path, f"a link for {name[:80]}")
        yield name, parent[name]


def attribute(held: Any, key: str, place: str, path: Path, longest: int = _LONGEST_NAME) -> str | None:
    """A text that is kept beside a group; None where there is none."""
    if key not in held.attrs:
        return None
    if held.attrs.get_id(key).shape != ():
        raise strange(path, f"many names for {place}")
    value = held.attrs[key]
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str) or len(value) > longest:
        raise strange(path, f"no text as the name of {place}")
    return value


def stored(dataset: Any, name: str, layer: str, path: Path) -> Stored:
    """A weight, its numbers still in the file, which is as large as they are; raises Rejected."""
    if not isinstance(dataset, h5py.Dataset):
        raise strange(path, f"no numbers for a weight of {layer}")
    form = dataset.id.get_create_plist()
    if dataset.is_virtual or form.get_external_count() or form.get_layout() == h5py.h5d.CHUNKED:
        raise strange(path, f"numbers of {layer} that are packed, or lie elsewhere")
    if dataset.dtype.kind not in "fiub" or dataset.dtype.hasobject or dataset.shape is None:
        kind = "objects" if dataset.dtype.hasobject else str(dataset.dtype)[:40]
        raise strange(path, f"{kind} for a weight of {layer}, no numbers")
    shape = tuple(int(size) for size in dataset.shape)
    if dataset.id.get_storage_size() != math.prod(shape) * dataset.dtype.itemsize:
        raise damaged(path, f"a weight of {layer} has shape {shape} and not as many numbers")
    # 16 bits that are bfloat16's, which HDF5 does not know
    brain = dataset.dtype == np.uint16 and "dtype" in dataset.attrs and dataset.attrs["dtype"] == _BFLOAT16

    def load(rows: int | None) -> Array:
        with readable(path):
            held = np.asarray(dataset[()] if rows is None else dataset[:rows])
        return (held.astype(np.uint32) << 16).view(np.float32) if brain else held

    return Stored(name, shape, _BFLOAT16 if brain else str(dataset.dtype), load, path, layer, dataset.dtype.itemsize)
