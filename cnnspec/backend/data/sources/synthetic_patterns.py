"""How an input of any shape shows hidden numbers: smooth patterns that add up, or ids that occur more often."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from cnnspec.backend.data.ids import rows_for_ids
from cnnspec.backend.data.splits import Array
from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.preprocessing import Rescaling

UNKNOWN_LENGTH = 64
"""How long the examples are along an axis of unknown length."""
_NOISE = 0.5
_TELLING = 0.3
"""The share of an example's ids that depends on its hidden numbers."""
_IDS_EACH = 8
_FEWEST_WAVES, _MOST_WAVES = 16, 256
_ALL_WAVES = 2**25
"""Numbers in all waves of an input together: of large inputs there are fewer waves."""
_PIECE = 2**24


class View(ABC):
    """One input's way of showing hidden numbers."""

    @abstractmethod
    def show(self, hidden: Array, random: Generator) -> Array:
        """Examples (n, *shape) for hidden numbers (n, h)."""


def view_of(graph: Graph, name: str, hidden: int, random: Generator) -> View:
    """The view of an input: ids if an embedding (or a one-hot) reads it, patterns otherwise."""
    position = graph.inputs[name]
    sizes = graph.nodes[position].output
    shape = tuple(size if isinstance(size, int) else UNKNOWN_LENGTH for size in sizes)
    readers = [node for node in graph.nodes if position in node.inputs]
    rows = min((found for node in readers if (found := rows_for_ids(node))), default=None)
    if rows is not None:
        return _ids(shape, rows, hidden, random)
    return _waves(shape, hidden, graph.dtypes.get(name, "float32"), readers, random)


@dataclass(frozen=True, slots=True, eq=False)
class _Ids(View):
    """`telling` (h + 1, k) are the ids that occur more often the larger a hidden number is; the last, if none is."""

    shape: tuple[int, ...]
    lowest: int
    rows: int
    telling: Array

    def show(self, hidden: Array, random: Generator) -> Array:
        """(n, *shape) of ids."""
        count, size = len(hidden), math.prod(self.shape)
        ids = random.integers(self.lowest, self.rows, (count, size), dtype=np.int32)
        hidden = np.pad(hidden, ((0, 0), (0, 1)))
        sharpness = 4 + 2 * math.log(hidden.shape[1])
        shares = np.exp(sharpness * (hidden - hidden.max(axis=1, keepdims=True)))
        chances = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
        for row in range(count):
            places = np.flatnonzero(random.random(size) < _TELLING)
            which = np.searchsorted(chances[row, :-1], random.random(len(places)))
            ids[row, places] = self.telling[which, random.integers(0, self.telling.shape[1], len(places))]
        return ids.reshape(count, *self.shape)


def _ids(shape: tuple[int, ...], rows: int, hidden: int, random: Generator) -> _Ids:
    """Ids from 2, as 0 is padding and 1 out of vocabulary, unless there are too few of them."""
    groups = hidden + 1
    lowest = 2 if rows > 2 + groups else 0
    each = max(1, min(_IDS_EACH, (rows - lowest) // groups))
    telling = random.permutation(np.resize(np.arange(lowest, rows), max(rows - lowest, groups * each)))
    return _Ids(shape, lowest, rows, telling[: groups * each].reshape(groups, each))


@dataclass(frozen=True, slots=True, eq=False)
class _Range:
    """Where an input's values lie: between two bounds, for each channel or for all; or anywhere around 0."""

    low: Array | None = None
    high: Array | None = None

    def fit(self, values: Array) -> Array:
        """Values of about 1 around 0, brought into range."""
        if self.low is None or self.high is None:
            return values
        fitted: Array = self.low + (self.high - self.low) * np.clip(0.5 + 0.2 * values, 0, 1)
        return fitted


@dataclass(frozen=True, slots=True, eq=False)
class _Waves(View):
    """`patterns` (h, m) say how much of each of the waves (m, size) a hidden number brings."""

    shape: tuple[int, ...]
    dtype: str
    patterns: Array
    waves: Array
    range: _Range

    def show(self, hidden: Array, random: Generator) -> Array:
        """(n, *shape) of numbers, whole ones where the input is of integers."""
        whole = "float" not in self.dtype
        result = np.empty((len(hidden), *self.shape), np.dtype(self.dtype) if whole else np.float32)
        mixed = (hidden @ self.patterns).astype(np.float32)
        step = max(1, _PIECE // max(1, self.waves.shape[1]))
        for start in range(0, len(hidden), step):
            piece = mixed[start : start + step] @ self.waves
            piece += _NOISE * random.standard_normal(piece.shape, np.float32)
            values = self.range.fit(piece.reshape(-1, *self.shape))
            result[start : start + step] = _rounded(values, result.dtype) if whole else values
        return result


def _rounded(values: Array, dtype: np.dtype[Any]) -> Array:
    if dtype.kind == "b":
        return values > 0
    bounds = np.iinfo(dtype)
    return np.rint(values).clip(max(bounds.min, -(2**31)), min(bounds.max, 2**31 - 1))


def _waves(shape: tuple[int, ...], hidden: int, dtype: str, readers: list[Node], random: Generator) -> _Waves:
    size = math.prod(shape)
    count = min(size, max(_FEWEST_WAVES, min(2 * hidden, _MOST_WAVES, _ALL_WAVES // size)))
    waves = np.empty((count, size), np.float32)
    for row in waves:
        wave = _wave(shape, count, random).ravel()
        row[:] = wave / (np.sqrt(np.mean(wave**2)) + 1e-12)
    patterns = random.normal(0, 1, (hidden, count))
    patterns /= np.linalg.norm(patterns, axis=1, keepdims=True)
    return _Waves(shape, dtype, patterns, waves, _range(dtype, readers))


def _wave(shape: tuple[int, ...], count: int, random: Generator) -> Array:
    """A product of cosines along the axes before the last, in random amounts along the last."""
    *space, channels = shape or (1,)
    highest = 1 + math.ceil((count / channels) ** (1 / max(1, len(space))))
    wave = random.normal(0, 1, channels)
    for size in reversed(space):
        turns, phase = random.integers(0, max(2, min(highest, size // 4) + 1)), random.uniform(0, 2 * math.pi)
        line = np.cos(2 * math.pi * turns * np.arange(size) / size + phase)
        wave = line.reshape(-1, *(1,) * wave.ndim) * wave
    return wave


def _range(dtype: str, readers: list[Node]) -> _Range:
    """What a rescaling reads comes out from 0 to 1 or, with an offset, from -1 to 1; other integers are pixels."""
    rescaling = next((node.layer for node in readers if isinstance(node.layer, Rescaling)), None)
    if rescaling is not None:
        scale, offset = np.asarray(rescaling.scale, np.float32), np.asarray(rescaling.offset, np.float32)
        lowest = np.where(offset == 0, np.float32(0), np.float32(-1))
        return _Range((lowest - offset) / scale, (1 - offset) / scale)
    return _Range() if "float" in dtype else _Range(np.zeros((), np.float32), np.full((), 255, np.float32))
