"""Pictures in files: their sizes as their headers tell them, and how far each is from what the network reads."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnspec.backend.data.formats.decode_picture import look
from cnnspec.backend.data.formats.header import Header
from cnnspec.backend.data.pictures import Pictures, side_by_side
from cnnspec.backend.data.pixels import Reading
from cnnspec.backend.data.splits import Split
from cnnspec.results.data import PictureView, Scaled, SplitSizes


def picture_view(name: str, splits: tuple[Split, ...]) -> PictureView:
    """The pictures that input `name` reads, their headers looked at and nothing decoded."""
    columns = {split.name: column for split in splits if isinstance(column := split.inputs[name], Pictures)}
    headers = {split: _headers(column) for split, column in columns.items()}
    formats = Counter(_format(header) for each in headers.values() for header in each)
    reading = next(iter(columns.values())).reading
    sizes = tuple(_sizes(split, each, reading) for split, each in headers.items() if each)
    return PictureView(name, reading.shape, reading.resize, reading.interpolation, tuple(formats.most_common()), sizes)


def _headers(column: Pictures) -> list[Header]:
    """Those of the files that can be read; a source has refused any other before."""
    found = side_by_side(look, [Path(path) for path in column.paths])
    return [header for header in found if isinstance(header, Header)]


def _format(header: Header) -> str:
    depth = "" if header.depth == 8 else f", {header.depth} bit{'s' if header.depth > 1 else ''}"
    return f"{header.format}, {header.mode}{depth}"


def _sizes(name: str, headers: Sequence[Header], reading: Reading) -> SplitSizes:
    ordered = sorted((header.pixels, header.height, header.width) for header in headers)
    smallest, median, largest = (ordered[at][1:] for at in (0, (len(ordered) - 1) // 2, -1))
    factors = [_factor(header, reading) for header in headers]
    lost = [_lost(header, reading) for header in headers]
    larger, smaller = [f for f in factors if f > 1], [f for f in factors if f < 1]
    kept = len(factors) - len(larger) - len(smaller)
    most = (float(np.median(lost)), max(lost))
    return SplitSizes(name, smallest, median, largest, _scaled(larger), kept, _scaled(smaller), most)


def _scaled(factors: list[float]) -> Scaled:
    """Of factors that are all above 1, or all below."""
    if not factors:
        return Scaled(0, 1.0, 1.0)
    return Scaled(len(factors), float(np.median(factors)), max(factors, key=lambda factor: abs(math.log(factor))))


def _factor(header: Header, reading: Reading) -> float:
    """By how much a side grows; where both grow differently, their geometric mean."""
    wide, high = reading.width / header.width, reading.height / header.height
    if reading.resize == "crop":
        return max(wide, high)
    return min(wide, high) if reading.resize == "pad" else math.sqrt(wide * high)


def _lost(header: Header, reading: Reading) -> float:
    wide, high = reading.width / header.width, reading.height / header.height
    if reading.resize == "stretch":
        return max(wide, high) / min(wide, high) - 1
    return 1 - min(wide, high) / max(wide, high)
