"""What an explanation is made of, before it is laid out: sentences, equations, drawings, figures, origins."""

from cnnspec.layers.formulas.terms import Equation
from cnnspec.layers.shape import Dim
from cnnspec.source.frozen import frozen


@frozen
class Paragraph:
    """Sentences to be read aloud."""

    text: str


@frozen
class Points:
    """Sentences of a list, one under the other."""

    items: tuple[str, ...]


@frozen
class Formula:
    """Equations under a title; `symbols` are names with what they are and what they stand for here."""

    title: str
    equations: tuple[Equation, ...]
    symbols: tuple[tuple[str, str], ...] = ()


@frozen
class Drawing:
    """Lines that are shown as they are."""

    title: str
    lines: tuple[str, ...]


@frozen
class Figure:
    """A number of the network with how it comes about; `value` is None where it is not known."""

    name: str
    value: Dim | float | tuple[Dim, ...] | None
    text: str
    working: str = ""


@frozen
class Figures:
    """Numbers under a title."""

    title: str
    rows: tuple[Figure, ...]


@frozen
class Origin:
    """A place that a value has gone through: where, what is written there, and what that did."""

    place: str
    written: str
    said: str


@frozen
class Origins:
    """The places that a value has gone through, in order, and what it is in the end."""

    title: str
    rows: tuple[Origin, ...]


@frozen
class Grid:
    """A table; the first row is its head."""

    title: str
    rows: tuple[tuple[str, ...], ...]


Part = Paragraph | Points | Formula | Drawing | Figures | Origins | Grid


@frozen
class Section:
    """Parts under a heading, which may be empty."""

    heading: str
    parts: tuple[Part, ...]
