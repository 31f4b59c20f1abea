"""IDX, the format of MNIST: two zero bytes, a type, a number of axes, the axes' sizes, then the numbers.

Sizes are 32-bit and, like the numbers, big-endian (http://yann.lecun.com/exdb/mnist).
"""

import gzip
import math
import zlib
from pathlib import Path
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import FILE

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_SMALL = 64 * 2**20
_RATIO = 64
_PIECE = 2**20


def read_idx(path: Path, shown: str) -> NDArray[np.generic]:
    """The array in an IDX file, gzipped or not; raises Rejected if it is damaged or claims too much."""
    length = path.stat().st_size
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not zipped:
            return _read(raw, length, shown)
        try:
            with gzip.GzipFile(fileobj=raw) as file:
                return _read(cast(IO[bytes], file), unpacked_limit(length), shown)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            received = f"{shown} is a damaged gzip file ({error})"
            raise rejected("bad-idx", received, "a complete file", "fetch it again", at=FILE) from error


def unpacked_limit(length: int) -> int:
    """How far a packed file of `length` bytes may grow: 64-fold, or to 64 MiB.

    Real pictures grow about tenfold; a file made to fill the memory grows a thousandfold.
    """
    return max(_SMALL, length * _RATIO)


def _read(file: IO[bytes], limit: int, shown: str) -> NDArray[np.generic]:
    dtype, shape = _header(file, shown)
    if 0 in shape:
        raise rejected("empty-data", f"{shown} holds no numbers: its shape is {shape}", "at least one", at=FILE)
    size = math.prod(shape) * dtype.itemsize
    if size > limit:
        claim = f"the header of {shown} claims {size:,} bytes in shape {shape}"
        raise rejected("bad-idx", claim, f"at most {limit:,} from a file of its length", "fetch it again", at=FILE)
    content = read_exactly(file, size, shown, "bad-idx")
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _header(file: IO[bytes], shown: str) -> tuple[np.dtype[np.generic], tuple[int, ...]]:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES or not 1 <= start[3] <= 8:
        begins = start.hex(" ") or "nothing"
        expected = "00 00, a type (08, 09, 0b, 0c, 0d or 0e) and a number of axes"
        raise rejected("bad-idx", f"{shown} is no IDX file: it begins with {begins}", expected, at=FILE)
    sizes = file.read(4 * start[3])
    if len(sizes) < 4 * start[3]:
        raise rejected("bad-idx", f"{shown} ends within its header", f"{start[3]} sizes", "fetch it again", at=FILE)
    return np.dtype(_TYPES[start[2]]), tuple(int(size) for size in np.frombuffer(sizes, ">u4"))


def read_exactly(file: IO[bytes], size: int, shown: str, code: str) -> bytearray:
    """`size` bytes and then the end of the file; memory grows only as bytes arrive."""
    content = bytearray()
    while len(content) < size and (piece := file.read(min(_PIECE, size - len(content)))):
        content += piece
    if len(content) < size:
        raise rejected(
            code, f"{shown} is cut short after {len(content):,} bytes", f"{size:,} bytes", "fetch it again", at=FILE
        )
    if file.read(1):
        raise rejected(code, f"{shown} goes on after its {size:,} bytes", "the end of the file there", at=FILE)
    return content
