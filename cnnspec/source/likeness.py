"""How alike two words are: typing mistakes, and nothing that merely sounds alike."""

import re
from collections.abc import Sequence
from functools import lru_cache

LONGEST = 80
"""Of longer words the beginning is compared."""
_SHORTEST_BEGINNING = 3
_DIGITS = re.compile(r"\d+")


def folded(word: str) -> str:
    """A word without what spellings differ in: case, `_`, `-` and spaces."""
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")


def begun(word: str, words: Sequence[str]) -> tuple[str, ...]:
    """The words of which this one is the beginning, as in `vali`."""
    start = folded(word)
    return tuple(name for name in words if folded(name).startswith(start)) if len(start) >= _SHORTEST_BEGINNING else ()


@lru_cache(maxsize=1024)
def nearly(word: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words that this one may be a typing mistake of: the nearest, of equals those that begin alike the longest.

    One mistake is granted for every four letters, at least one and at most three; two letters in wrong order are one.
    Numbers are never taken for each other: float16 is no misspelt float32.
    """
    typed = folded(word)
    most = min(3, max(1, len(typed) // 4)) if len(typed) > 2 else 0
    found = {name: (mistakes(typed, folded(name), most), -_common(typed, folded(name))) for name in words}
    near = {name: far for name, far in found.items() if far[0] <= most and _same_numbers(typed, name)}
    return tuple(name for name, far in near.items() if most and far == min(near.values()))


def mistakes(typed: str, meant: str, most: int) -> int:
    """How many letters are wrong, missing, too many or swapped with the next (optimal string alignment).

    `most` + 1 stands for any larger number.
    """
    if abs(len(typed) - len(meant)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(typed, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(meant, 1):
            count = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and (letter, typed[i - 2]) == (meant[j - 2], other):
                count = min(count, earlier[j - 2] + 1)
            row.append(count)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def _common(one: str, other: str) -> int:
    """How many letters at the beginning are the same."""
    return next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one))


def _same_numbers(typed: str, name: str) -> bool:
    mine, theirs = _DIGITS.findall(typed), _DIGITS.findall(name)
    return mine == theirs or not mine or not theirs
