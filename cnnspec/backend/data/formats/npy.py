"""NumPy's .npy and .npz files, read without ever unpickling.

The header is read here and not by NumPy, so that its claims are weighed before memory is asked for
(https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
"""

import ast
import math
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnspec.backend.data.formats.idx import read_exactly, unpacked_limit
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import FILE

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
_NUMBER = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248])")
_TEXT = re.compile(r"[<>]U[1-9]\d{0,5}|\|S[1-9]\d{0,5}")
_LAST_LETTER, _HALVES = 0x10FFFF, (0xD800, 0xDFFF)
"""Of Unicode: what is above is no letter, and neither are the halves of which UTF-16 makes one."""
_SAVE = "a file as numpy.save writes it"
_SAVEZ = "a file as numpy.savez writes it"
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError,
    KeyError, OverflowError,
)  # fmt: skip
"""What Python's zipfile raises on files that are not what they claim."""
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SIZES = {1: 2, 2: 4, 3: 4}


class _Header(NamedTuple):
    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    fortran: bool


def read_npy(path: Path, shown: str) -> NDArray[np.generic]:
    """The array in a .npy file; raises Rejected if it is damaged or holds anything but numbers."""
    with path.open("rb") as file:
        return _array(file, path.stat().st_size, shown)


def names_in_npz(path: Path, shown: str) -> tuple[str, ...]:
    """The names of the arrays in a .npz file."""
    with _opened(path, shown) as archive:
        return tuple(name.removesuffix(".npy") for name in archive.namelist())


def read_npz(path: Path, name: str, shown: str, texts: bool = False) -> NDArray[np.generic]:
    """One array of a .npz file; raises Rejected if it is damaged or holds anything but numbers, or `texts` if asked."""
    inside = f"{shown}[{name}]"
    limit = unpacked_limit(path.stat().st_size)
    with _opened(path, shown) as archive:
        try:
            if archive.getinfo(name + ".npy").compress_type not in _PACKINGS:
                raise NotImplementedError("another packing than deflate")
            with archive.open(name + ".npy") as member:
                return _array(member, limit, inside, texts)
        except _DAMAGE as error:
            raise rejected("bad-npz", f"{inside} is damaged ({error})", _SAVEZ, "write it again", at=FILE) from error


def _opened(path: Path, shown: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise rejected("bad-npz", f"{shown} is no .npz file ({error})", _SAVEZ, "write it again", at=FILE) from error


def _array(file: IO[bytes], limit: int, shown: str, texts: bool = False) -> NDArray[np.generic]:
    header = _header(file, shown, texts)
    if 0 in header.shape:
        raise rejected("empty-data", f"{shown} holds no numbers: its shape is {header.shape}", "at least one", at=FILE)
    size = math.prod(header.shape) * header.dtype.itemsize
    if size > limit:
        claim = f"the header of {shown} claims {size:,} bytes in shape {header.shape}"
        raise rejected("bad-npy", claim, f"at most {limit:,} from a file of its length", "write it again", at=FILE)
    content = read_exactly(file, size, shown, "bad-npy")
    if header.dtype.kind == "U":
        _check_letters(np.frombuffer(content, header.dtype.str[0] + "u4"), shown)
    array = np.frombuffer(content, header.dtype).reshape(header.shape, order="F" if header.fortran else "C")
    return np.asarray(array, header.dtype.newbyteorder("="), order="C")


def _check_letters(codes: NDArray[np.uint32], shown: str) -> None:
    """Raise Rejected where one of the numbers is that of no letter, or of half of one."""
    if ((codes > _LAST_LETTER) | ((codes >= _HALVES[0]) & (codes <= _HALVES[1]))).any():
        raise rejected("bad-npy", f"{shown} holds what is no text", _SAVE, "write it again", at=FILE)


def _header(file: IO[bytes], shown: str, texts: bool = False) -> _Header:
    start = file.read(8)
    if len(start) < 8 or start[:6] != _MAGIC or start[6] not in _SIZES:
        raise rejected("bad-npy", f"{shown} is no .npy file", _SAVE, at=FILE)
    length = int.from_bytes(file.read(_SIZES[start[6]]), "little")
    if length > _LONGEST_HEADER:
        raise rejected(
            "bad-npy", f"the header of {shown} is {length:,} bytes long", f"at most {_LONGEST_HEADER:,}", at=FILE
        )
    return _meaning(file.read(length), shown, texts)


def _meaning(text: bytes, shown: str, texts: bool) -> _Header:
    try:
        fields = ast.literal_eval(text.decode("latin-1").strip())
        descr, shape, fortran = fields["descr"], fields["shape"], fields["fortran_order"]
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError):
        raise rejected("bad-npy", f"{shown} has a damaged header", _SAVE, "write it again", at=FILE) from None
    known = isinstance(descr, str) and (_NUMBER.fullmatch(descr) or (texts and _TEXT.fullmatch(descr)))
    if not known:
        what = "Python objects" if "O" in str(descr) else f"values of type {str(descr)[:40]}"
        expected = f"integers, booleans{', texts' if texts else ''} or floats"
        raise rejected("not-numbers", f"{shown} holds {what}", expected, "convert it before saving", at=FILE)
    if not _is_shape(shape) or not isinstance(fortran, bool):
        raise rejected("bad-npy", f"{shown} has a damaged header", _SAVE, "write it again", at=FILE)
    return _Header(np.dtype(descr), shape, fortran)


def _is_shape(shape: object) -> bool:
    return isinstance(shape, tuple) and len(shape) <= 32 and all(type(size) is int and size >= 0 for size in shape)
