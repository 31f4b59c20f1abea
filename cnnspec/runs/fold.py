"""A part of a cross-validation as it is written: `3/10`, the third of ten."""

import re

_FOLD = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


def written_fold(fold: tuple[int, int]) -> str:
    """`3/10`, as it is given to train."""
    return f"{fold[0]}/{fold[1]}"


def read_numbers(text: str) -> tuple[int, int] | None:
    """The two numbers of `3/10`, which may be no part of a whole; None for anything else."""
    match = _FOLD.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def is_part(number: int, of: int) -> bool:
    """Whether there is such a part, of two or more."""
    return 1 <= number <= of and of > 1
