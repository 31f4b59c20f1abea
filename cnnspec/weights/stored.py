"""One weight in a file, and all of them: shapes first, numbers only when there is a place for them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnspec.results.marks import Mark
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import FILE

Array = NDArray[Any]
Form = Literal["numbered", "keras", "torch"]
"""How a file tells the weights of a layer apart: by Keras' order, by Keras' names, or by PyTorch's."""
Turn = Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Stored:
    """One weight in a file: `name` within its layer, its shape and type, and how to get its numbers.

    `load` gives them as they lie there, or those of the first rows alone. `turn` is what makes the `shape` of them.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    load: Callable[[int | None], Array]
    path: Path
    layer: str
    width: int = 4
    """Bytes a number."""
    turn: Turn | None = None

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    def turned(self, shape: tuple[int, ...], turn: Turn) -> "Stored":
        """The same weight in another layout."""
        before = self.turn
        return replace(self, shape=shape, turn=turn if before is None else lambda held: turn(before(held)))

    def read(self, rows: int | None = None) -> Array:
        """Its numbers, or those of the first rows, as float32 where they are floats; raises Rejected.

        To be called where memory for as many is there anyway: the shape is what a file says.
        """
        held = self.load(None if self.turn else rows)
        if held.dtype.kind == "f" and not np.isfinite(held).all():
            received = f"{self.path} holds NaN or infinite values, among the weights of {self.layer}"
            raise rejected("bad-model", received, "weights that are numbers", at=FILE)
        held = held.astype(np.float32) if held.dtype.kind == "f" else held
        return held if self.turn is None else self.turn(held)[slice(rows) if held.ndim else ()]


@dataclass(frozen=True, slots=True)
class Store:
    """The weights in an open file by the names of their layers; `mark` is the whole file's.

    `kinds` are Keras' classes of the layers, `config` is the model's own configuration, where the file tells them.
    `ordered`: whether the layers stand in an order in which they can be computed.
    """

    layers: Mapping[str, tuple[Stored, ...]]
    mark: Mark
    form: Form = "numbered"
    config: Mapping[str, Any] | None = None
    ordered: bool = False
    kinds: Mapping[str, str] = field(default_factory=dict)


def strange(path: Path, what: str, help: str = "save it again with Keras") -> Rejected:
    """A file that could be read, and is not as it should be."""
    return rejected("bad-model", f"{path} has {what}", "weights as Keras saves them", help, at=FILE)


def damaged(path: Path, what: str) -> Rejected:
    """A file that is not whole, or not what its name says."""
    expected = "a whole file" if path.suffix in (".safetensors", ".npz") else "weights as Keras saves them"
    return rejected("bad-model", f"{path} is damaged, or another format: {what}", expected, at=FILE)
