"""Mistakes in data, gathered while reading goes on, so that all of them are told in one round."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from cnnspec.backend.data.pictures import the_first
from cnnspec.source.diagnostic import Diagnostic, Rejected

_OF_CELLS = frozenset(
    {"missing-cell", "not-numbers", "not-finite", "bad-picture", "no-file", "outside", "unreadable-file"}
)
"""What is wrong with a cell or a file, whatever the others are like."""
_OF_COLUMNS = "no-column"


@dataclass(slots=True)
class Mistakes:
    """What was found so far."""

    found: list[Diagnostic] = field(default_factory=list)

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """What is rejected in here is kept for later; what it would have made is not there."""
        try:
            yield
        except Rejected as rejected:
            self.found += (each for each in rejected.diagnostics if self._is_new(each))

    def raise_all(self) -> None:
        """Raise Rejected with all of them, if there are any: the first of each code, the others counted."""
        if self.found:
            raise Rejected(the_first(self.found))

    def _is_new(self, mistake: Diagnostic) -> bool:
        """Whether it does not follow from one before it.

        A header that was not divided lacks every column, for the same reason. Which classes there are nobody knows
        before all cells can be read.
        """
        if mistake.code in _OF_CELLS or not self.found:
            return True
        if mistake.code == _OF_COLUMNS:
            return all(mistake.help != each.help for each in self.found if each.code == _OF_COLUMNS)
        return all(each.code == mistake.code for each in self.found)
