"""Routes into a spec: where a mistake belongs, said by who finds it and knows neither line nor column."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum

from cnnspec.source.diagnostic import Rejected

Keys = tuple[str | int, ...]
"""Keys and positions from the root: the argument that stands there, else the section that would hold it."""


@dataclass(frozen=True, slots=True)
class ValueAt:
    """What is written under keys, as a path or a column's name: the value alone, without its key."""

    keys: Keys


@dataclass(frozen=True, slots=True)
class LayerAt:
    """The entry of the layer that the graph calls so."""

    name: str


@dataclass(frozen=True, slots=True)
class OutputAt:
    """The entry that makes an output of the network."""

    name: str


@dataclass(frozen=True, slots=True)
class UnitsOf:
    """Where an output gets its units, from its last layer or from a variable that this layer reads.

    `wanted` is how many there should be, and `so` is added to the help that asks for them; without `wanted` the
    diagnostic's own help stands.
    """

    output: str
    wanted: int | None = None
    so: str = ""

    @property
    def help(self) -> str:
        """What to write where no variable gives the units."""
        return "" if self.wanted is None else f"give the last layer {_units(self.wanted)}{self.so}"

    def help_for(self, variable: str) -> str:
        """What to write where the variable gives them."""
        return "" if self.wanted is None else f"set vars.{variable} to {self.wanted}{self.so}"


class Unplaced(Enum):
    """What is no route itself."""

    NOWHERE = "nowhere"
    FILE = "file"


NOWHERE = Unplaced.NOWHERE
"""The mistake is not about a spec: a folder of a run, an option of the command line, what predict reads."""
FILE = Unplaced.FILE
"""The file that is being read, wherever the spec names it: `reading` says where."""

Route = Keys | ValueAt | LayerAt | OutputAt | UnitsOf | Unplaced


@contextmanager
def reading(at: Route) -> Iterator[None]:
    """What is found wrong with a FILE in here belongs where the spec names that file."""
    try:
        yield
    except Rejected as found:
        raise Rejected(
            replace(each, at=at) if each.at is FILE else each for each in found.diagnostics
        ) from found.__cause__


def _units(count: int) -> str:
    return f"{count} unit{'' if count == 1 else 's'}"
