"""Columns of the data that no input and no output reads, which somebody asks for: by them results are told apart."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnspec.backend.data.cell_texts import cell_of, number_text
from cnnspec.source.diagnostic import Rejected, rejected, suggestion
from cnnspec.source.route import NOWHERE


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """The texts (n) of the columns that were asked for, as far as they are `held`; `columns` are the names of all."""

    columns: tuple[str, ...]
    held: Mapping[str, NDArray[Any]]

    def __getitem__(self, rows: NDArray[Any]) -> "Beside":
        """Those of some examples, in the order of `rows`."""
        return Beside(self.columns, {name: column[rows] for name, column in self.held.items()})


def texts_of_column(values: Sequence[object] | NDArray[Any]) -> NDArray[Any]:
    """Values as texts (n), numbers in the digits of their precision; what is no finite number is empty."""
    return np.array([_text(value) for value in values], object)


def _text(value: object) -> str:
    if isinstance(value, float | np.floating):
        return number_text(value) if np.isfinite(value) else ""
    return cell_of(value)


def column_of(beside: Beside | None, name: str, option: str, shown: str) -> NDArray[Any]:
    """The texts (n) of a column; raises Rejected where the data, `shown` so, has none of that name."""
    if beside is None:
        received = f"{option} {name}, where {shown} has no columns"
        raise rejected("no-column", received, "a table, a frame, or one .npz with an array of that name", at=NOWHERE)
    if name not in beside.held:
        raise _none(name, option, beside.columns, shown)
    return beside.held[name]


def _none(name: str, option: str, columns: Collection[str], shown: str) -> Rejected:
    received = f"{option} {name}, where {shown} has no column {name}"
    return rejected("no-column", received, "a column that is there", suggestion(name, columns), at=NOWHERE)
