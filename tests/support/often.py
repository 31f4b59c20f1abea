"""How many cases a test asks: some whenever the suite runs, all of them where CNNSPEC_CASES=all."""

import os
from collections.abc import Sequence
from typing import TypeVar

Asked = TypeVar("Asked")

ALL = os.environ.get("CNNSPEC_CASES") == "all"
"""Whether all cases are asked, and all in their full length."""


def examples(some: int, whole: int) -> int:
    """How many examples Hypothesis draws: other ones in each run."""
    return whole if ALL else some


def one_in(number: int, cases: Sequence[Asked], always: Sequence[Asked] = ()) -> list[Asked]:
    """Every so manieth case of a matrix, the same ones in each run, and those that are `always` asked."""
    kept = {case for at, case in enumerate(cases) if ALL or at % number == 0} | {*always}
    assert kept <= {*cases}
    return [case for case in cases if case in kept]
