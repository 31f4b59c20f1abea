"""What a network looked at, in Python."""

from collections.abc import Iterator
from dataclasses import dataclass

from cnnspec import door
from cnnspec.api.printed import Printed
from cnnspec.reports.attribution.page import STYLE, look_html, looks_page
from cnnspec.reports.attribution.table import looks_json, looks_sheets
from cnnspec.reports.table import Sheet
from cnnspec.results.attribution import Look, Looks, Panel
from cnnspec.source.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, repr=False)
class LookedAt(Printed):
    """A sequence: for each example what the network looked at, as numbers and as a picture."""

    looks: Looks

    @property
    def png(self) -> bytes:
        """All of it as one picture, as `cnnspec look -o FILE.png` writes it."""
        return door.attribution_sheet.sheet(self.looks.looks, f"{self.looks.run}: what it looked at", self.kernels)

    @property
    def kernels(self) -> Panel | None:
        """The kernels of the first convolution, where they were wanted."""
        return self.looks.kernels

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Why examples could not be read, of those that could not."""
        return tuple(problem for look in self for problem in look.problems)

    def page(self) -> str:
        """A page of HTML that needs no other file."""
        return looks_page(self.looks)

    def to_json(self) -> str:
        """All numbers as JSON."""
        return looks_json(self.looks)

    def __len__(self) -> int:
        return len(self.looks.looks)

    def __getitem__(self, number: int) -> Look:
        return self.looks.looks[number]

    def __iter__(self) -> Iterator[Look]:
        return iter(self.looks.looks)

    def __repr__(self) -> str:
        return f"<LookedAt {self.looks.run}: {len(self)} example{'s' * (len(self) != 1)}>"

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return looks_sheets(self.looks)

    def _repr_html_(self) -> str:
        """For notebooks: what `cnnspec look -o FILE.html` shows."""
        return f"<style>{STYLE}</style>{'<hr>'.join(map(look_html, self))}"
