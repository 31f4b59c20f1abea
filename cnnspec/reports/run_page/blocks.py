"""What a section of the page is made of: values that the template writes; only drawings of our own are markup."""

from dataclasses import dataclass
from typing import ClassVar

from cnnspec.reports.table import Sheet


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; what is `missing` is marked as such."""

    text: str
    missing: bool = False
    form: ClassVar[str] = "words"


@dataclass(frozen=True, slots=True)
class Tabled:
    """A table under its heading."""

    sheet: Sheet
    form: ClassVar[str] = "table"


@dataclass(frozen=True, slots=True)
class Drawn:
    """Drawings of our own as SVG, beside each other where there is room, `small` ones more of them.

    A `wide` one scrolls on a narrow page.
    """

    svgs: tuple[str, ...]
    wide: bool = False
    small: bool = False
    form: ClassVar[str] = "drawn"


@dataclass(frozen=True, slots=True)
class Source:
    """A text whose lines stay as they are, under its title; those that are too long go on below, where it `wraps`."""

    title: str
    text: str
    wraps: bool = False
    form: ClassVar[str] = "source"


@dataclass(frozen=True, slots=True)
class Shade:
    """A cell of a matrix: what it says, how dark it is from 0 to 9, and whether it is of those that are right."""

    text: str
    level: int
    right: bool
    told: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """A square of shaded cells with names of its rows and columns."""

    corner: str
    names: tuple[str, ...]
    rows: tuple[tuple[Shade, ...], ...]
    form: ClassVar[str] = "matrix"


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture as the bytes of a file of this `kind`; a `small` one is enlarged as it is, `told` stands in for it."""

    content: bytes
    kind: str
    told: str
    caption: tuple[str, ...] = ()
    small: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """Pictures in rows, each over its caption; `large` ones have more room."""

    title: str
    figures: tuple[Figure, ...]
    large: bool = False
    form: ClassVar[str] = "figures"


@dataclass(frozen=True, slots=True)
class Card:
    """One example: its title, what is said of it, pictures side by side, or else markup of our own."""

    title: str
    lines: tuple[str, ...]
    figures: tuple[Figure, ...] = ()
    markup: str = ""


@dataclass(frozen=True, slots=True)
class Cards:
    """Examples beside each other where there is room."""

    cards: tuple[Card, ...]
    form: ClassVar[str] = "cards"


@dataclass(frozen=True, slots=True)
class Folded:
    """Blocks that are shown when their title is asked for, and in print unless they are for the `screen` alone."""

    title: str
    blocks: "tuple[Block, ...]"
    screen: bool = False
    form: ClassVar[str] = "folded"


@dataclass(frozen=True, slots=True)
class Panel:
    """Blocks of one run, or of one output."""

    title: str
    blocks: "tuple[Block, ...]"


@dataclass(frozen=True, slots=True)
class Beside:
    """Panels side by side where there is room."""

    panels: tuple[Panel, ...]
    form: ClassVar[str] = "beside"


Block = Words | Tabled | Drawn | Source | Matrix | Figures | Cards | Folded | Beside


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page under its title; `name` is what links to it say."""

    name: str
    title: str
    blocks: tuple[Block, ...]
