"""A column of texts, which become ids once the vocabulary is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnspec.backend.data.origins import Origins


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
