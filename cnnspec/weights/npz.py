"""`.npz`: a zip archive with an array in NumPy's own format for each name; no pickled objects."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from cnnspec.weights.keras_file import UNPACKING
from cnnspec.weights.safetensors import MOST_TENSORS
from cnnspec.weights.stored import Array, Stored, damaged, strange

_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_GROWTH, _SMALL = 4, 64 * 2**20
_LARGEST_HEADER = 10_000


def tensors(file: IO[bytes], path: Path, length: int) -> Iterator[tuple[str, Stored]]:
    """The arrays by their names, in the archive's order; raises Rejected."""
    try:
        archive = zipfile.ZipFile(file)
        held = archive.infolist()
        if len(held) > MOST_TENSORS:
            raise strange(path, f"more than {MOST_TENSORS:,} arrays", "")
        if (claimed := sum(member.file_size for member in held)) > max(_SMALL, _GROWTH * length):
            raise damaged(path, f"its arrays unpack to {claimed:,} bytes")
        names = [member.filename.removesuffix(".npy") for member in held]
        if len(set(names)) < len(names):
            raise damaged(path, "two arrays of one name")
        for name, member in zip(names, held, strict=True):
            yield name, _array(archive, member, name, path)
    except UNPACKING as error:
        raise damaged(path, f"its {length:,} bytes are no whole zip archive with arrays") from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, path: Path) -> Stored:
    if member.compress_type not in _PACKINGS:
        raise damaged(path, f"another packing than deflate for {name[:80]}")
    with archive.open(member) as opened:
        shape, _, kind = _header(opened, name, path)
        start = opened.tell()
    if kind.hasobject or kind.kind not in "fiub":
        raise strange(path, f"{'objects' if kind.hasobject else str(kind)[:40]} for {name[:80]}, no numbers", "")
    size = int(np.prod(shape, dtype=object)) * kind.itemsize
    if member.file_size != start + size:
        raise damaged(path, f"{name[:80]} has shape {shape} and not as many bytes")

    def load(rows: int | None) -> Array:
        try:
            with archive.open(member) as opened:
                _, columns, _ = _header(opened, name, path)
                content = opened.read(size + 1)
            if len(content) != size:
                raise damaged(path, f"{name[:80]} has not as many bytes as it claims")
        except UNPACKING as error:
            raise damaged(path, f"{name[:80]} cannot be unpacked") from error
        held = np.frombuffer(content, kind).reshape(shape, order="F" if columns else "C")
        return held[slice(rows) if shape else ()]

    return Stored(name, shape, str(kind), load, path, name, kind.itemsize)


def _header(opened: IO[bytes], name: str, path: Path) -> tuple[tuple[int, ...], bool, Any]:
    """The shape, whether columns come first, and the type."""
    try:
        version = npy.read_magic(opened)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, columns, kind = read(opened, max_header_size=_LARGEST_HEADER)
    except (*UNPACKING, SyntaxError, TypeError) as error:
        raise damaged(path, f"{name[:80]} is no array of NumPy's") from error
    return tuple(shape), columns, kind
