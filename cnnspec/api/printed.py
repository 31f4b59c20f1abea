"""Values whose text is what the command prints, 80 columns wide, and which notebooks show as HTML."""

from abc import ABC, abstractmethod

from cnnspec.reports.html_tables import sheets_html
from cnnspec.reports.page import Page
from cnnspec.reports.table import Sheet
from cnnspec.reports.terminal import lay_out

PAGE = Page()
"""The page of `str()`."""


def printed(sheets: tuple[Sheet, ...]) -> str:
    """Sheets as text."""
    return lay_out(sheets, PAGE).plain


class Printed(ABC):
    """A value that is printed as sheets."""

    __slots__ = ()

    @abstractmethod
    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        """What is printed on a page of this width."""

    def __str__(self) -> str:
        return printed(self._sheets(PAGE.width))

    def _repr_html_(self) -> str:
        """The same as tables, for notebooks."""
        return sheets_html(self._sheets(PAGE.width))
