"""Routes into a spec: where a mistake belongs, said by who finds it and knows neither line nor column."""

from enum import Enum

from cnnspec.source.frozen import frozen
from cnnspec.source.values import Keys


@frozen
class FeatureAt:
    """What the data section says of an input: under its name in `inputs`, else in the section itself."""

    input: str
    keys: Keys = ()


@frozen
class LabelAt:
    """What the data section says of the labels of an output: under its name in `labels`, else in `label`."""

    output: str
    keys: Keys = ()


@frozen
class LossAt:
    """What the training section says of the loss of an output: under its name, else of all."""

    output: str


@frozen
class ValueAt:
    """What is written there, as a path or a column's name: the value alone, without its key."""

    at: Keys | FeatureAt | LabelAt


@frozen
class PathAt:
    """Where the data section names a file or folder, by what is written there; else the section itself."""

    path: str


@frozen
class LayerAt:
    """The entry of the layer that the graph calls so."""

    name: str


@frozen
class InputAt:
    """The entry of an input of the network."""

    name: str


@frozen
class OutputAt:
    """The entry that makes an output of the network."""

    name: str


@frozen
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
    ENCODING = "encoding"


NOWHERE = Unplaced.NOWHERE
"""The mistake is not about a spec: a folder of a run, an option of the command line, what predict reads."""
FILE = Unplaced.FILE
"""The file that is being read, wherever the spec names it: `file_at` says where."""
ENCODING = Unplaced.ENCODING
"""The encoding that this file is read in, which `file_at` places as well."""

Route = Keys | FeatureAt | LabelAt | LossAt | ValueAt | PathAt | LayerAt | InputAt | OutputAt | UnitsOf | Unplaced


def _units(count: int) -> str:
    return f"{count} unit{'' if count == 1 else 's'}"
