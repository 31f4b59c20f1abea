"""How long a program looks for what was meant: a text of a megabyte may hold thousands of words that it never saw."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class _Patience:
    """How many comparisons may still be made."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


_PATIENCE: ContextVar[_Patience | None] = ContextVar("_PATIENCE", default=None)


@contextmanager
def patience(comparisons: int) -> Iterator[None]:
    """In here, once so many words were compared, nothing is suggested any more: thousands of mistakes take their time.

    A stranger's text may hold as many unknown words as it has room for, each to be compared with as many known ones.
    """
    before = _PATIENCE.set(_Patience(comparisons))
    try:
        yield
    finally:
        _PATIENCE.reset(before)


def to_compare(words: Iterable[str], weight: int = 1) -> list[str]:
    """The words, where there is patience to compare each of them, which takes `weight`; else none."""
    here = _PATIENCE.get()
    if here is None:
        return list(words)
    if here.left <= 0:
        return []
    known = list(words)
    here.left -= len(known) * weight
    return known
