"""Values in memory as the texts that a file of a table would have."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

_WHOLE = 2.0**53
"""Up to here every whole number is one of float64."""


def cells_of(column: Iterable[Any]) -> list[str]:
    """Each value as a file of a table has it."""
    return [cell_of(value) for value in column]


def cell_of(value: Any) -> str:
    """A value as text; nothing where it is missing, as None, NaN, NaT and pandas' NA are."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return number_text(float(value))
    return "" if value is None or str(value) in ("NaT", "<NA>") else str(value)


def number_text(value: float | np.floating[Any]) -> str:
    """A number in as few digits as tell it from any other of its precision; nothing where it is none."""
    if math.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(float(value)) < _WHOLE else str(value)
