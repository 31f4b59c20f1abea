"""Numbers as people read them: counts, multiply-adds, memory, sizes, receptive fields."""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

from cnnspec.graph.facts import Field
from cnnspec.source.units import UNITS
from cnnspec.source.units import scaled as scaled

_LISTED = 8
"""Names that are told one by one."""


def count(number: int) -> str:
    """`11,689,512`."""
    return f"{number:,}"


def macs(number: int | None) -> str:
    """Multiply-adds to three digits: `1.81G`; `unknown` where an unknown length decides them."""
    return "unknown" if number is None else scaled(number)


def in_one_unit(numbers: Iterable[int | None]) -> list[str]:
    """A column of multiply-adds in one unit, four digits to the largest: `118.0M`, `462.4M`; nothing for zero."""
    each = list(numbers)
    largest = max((number for number in each if number), default=0)
    unit, size = next((unit for unit in UNITS if largest < 10_000 * unit[1]), UNITS[-1])
    decimals = 1 if size > 1 and largest < 1000 * size else 0
    return [_in_unit(number, unit, size, decimals) for number in each]


def _in_unit(number: int | None, unit: str, size: int, decimals: int) -> str:
    if number is None:
        return "unknown"
    smallest = size / 10**decimals
    if 0 < number < smallest / 2:
        return f"<{smallest / size:g}{unit}"
    return f"{number / size:,.{decimals}f}{unit}" if number else ""


def memory(size: int | None, digits: int = 3) -> str:
    """Bytes: `46.8 MB`."""
    if size is None:
        return "unknown"
    text = scaled(size, digits)
    return f"{text[:-1]} {text[-1].lower() if text[-1] == 'K' else text[-1]}B" if text[-1].isalpha() else f"{text} B"


def field(window: Field | None) -> str:
    """A receptive field: one number where all axes agree, else `7×5`; nothing where places are lost."""
    if not window:
        return ""
    texts = [fraction(size) for size in window]
    return texts[0] if len(set(texts)) == 1 else "×".join(texts)


def fraction(size: Fraction) -> str:
    """A whole number as such, another with its decimals."""
    return str(size.numerator) if size.denominator == 1 else f"{float(size):g}"


def duration(seconds: float) -> str:
    """`0.8s`, `42s`, `3m20s`, `2h05m`."""
    if 0 <= seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def plural(number: int, word: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def metric(value: float) -> str:
    """A loss or metric to four decimals, a very small or large one in powers of ten."""
    plain = value == 0 or 1e-3 <= abs(value) < 1e5 or not math.isfinite(value)
    return f"{value:.4f}" if plain else f"{value:.2e}"


def quantity(value: float) -> str:
    """A number that a network gives, in six digits; only what is very small or large in powers of ten."""
    if not math.isfinite(value) or value == 0 or 1e-4 <= abs(value) < 1e6:
        return f"{value:.6g}"
    return f"{value:.0f}" if 1e6 <= abs(value) < 1e9 else f"{value:.5e}"


def listed(names: Sequence[str]) -> str:
    """`cat, dog and 3 more`: the first few names."""
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
