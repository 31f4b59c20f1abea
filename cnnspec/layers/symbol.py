"""What a name in a layer's formula stands for."""

from cnnspec.layers.shape import Dim
from cnnspec.source.frozen import frozen

Numbers = tuple[Dim, ...]
Words = tuple[str, ...]


@frozen
class Symbol:
    """A number, a term that takes the name's place, or one for each spatial axis; and what it is.

    Words for each axis are the names of indices: `("i", "j")` for a place of a picture.
    """

    value: Dim | float | str | Numbers | Words
    said: str = ""
