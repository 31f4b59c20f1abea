"""A column of texts, which become ids once the vocabulary is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnspec.backend.data.origins import Origins
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import TextOptions
from cnnspec.layers.shape import write_shape
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import InputAt


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts of one input, one an example: `items` is an array (n) of str, `origins` says where each stands."""

    items: NDArray[Any]
    origins: Origins

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, rows: NDArray[Any]) -> "Texts":
        """Some of the texts, in the order of `rows`."""
        return Texts(self.items[rows], self.origins[rows])

    def __iter__(self) -> Iterator[str]:
        return iter(self.items)


def texts_of(items: Sequence[str], origins: Origins) -> Texts:
    """A column of these texts."""
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return Texts(array, origins)


def length_of(graph: Graph, name: str) -> int | None:
    """How many ids an input reads; None if any number."""
    length = graph.nodes[graph.inputs[name]].output[0]
    return length if isinstance(length, int) else None


_EXACT = frozenset({"int32", "int64", "uint32", "uint64", "float32", "float64"})
"""Types that hold every id."""


def check_reads_texts(graph: Graph, name: str, options: TextOptions) -> None:
    """Raise Rejected unless the input reads one row of ids, or of numbers in the other output modes."""
    shape, dtype = graph.nodes[graph.inputs[name]].output, graph.dtypes.get(name, "float32")
    if len(shape) != 1:
        received = f"input {name} has shape {write_shape(shape)}"
        raise rejected(
            "input-shape",
            received,
            "one axis, as a text becomes one row of ids",
            f"write {name}: [64]",
            at=InputAt(name),
        )
    if dtype not in _EXACT or (options.output_mode == "tf_idf" and "float" not in dtype):
        needed = "float32" if options.output_mode == "tf_idf" else "int32"
        received = f"input {name} is {dtype}"
        raise rejected("input-type", received, f"{needed}, as texts become", f"write dtype: {needed}", at=InputAt(name))
