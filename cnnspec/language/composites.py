"""Entries that stand for several layers, and hold entries themselves; and the arguments that every entry takes.

The entries inside are left as they are: the walk over the graph reads them, since it knows their names and shapes.
"""

from typing import Annotated, Any, ClassVar, Literal, cast, get_args

from cnnspec.language.check import argument_names
from cnnspec.language.keys import WORD_PATTERN
from cnnspec.layers.activation import AnyActivation, Nonlinearity, ReLU
from cnnspec.layers.fields import Count, Size
from cnnspec.layers.kind import Kind
from cnnspec.layers.marks import Field, WithJsonSchema
from cnnspec.layers.model import Fields

_ENTRIES: dict[str, Any] = {"definition": "entries"}
_BRANCH: dict[str, Any] = {"definition": "branch"}
_WORD: dict[str, Any] = {"type": "string", "pattern": f"^{WORD_PATTERN}$"}
# Names are the text as written: a stage may be called 1.0, or null.
_RESULT: dict[str, Any] = {"type": ["string", "number", "boolean", "null"], "minLength": 1}
_RESULTS: dict[str, Any] = {"type": "array", "items": _RESULT, "minItems": 1}

Entries = Annotated[Any, WithJsonSchema(_ENTRIES)]
"""A list of entries, as written."""

Shortcut = Literal["auto", "if_same", "identity", "projection", "pad", "none"]
"""The shortcuts that have names."""
Merge = Literal["concat", "add", "multiply", "average", "maximum", "minimum", "stack", "none"]
"""How branches become one, or that they do not."""
APART = "none"
"""The merge that leaves branches as they are."""

_MAP_OF_BRANCHES: dict[str, Any] = {"type": "object", "additionalProperties": _BRANCH, "minProperties": 1}
_LIST_OF_BRANCHES: dict[str, Any] = {"type": "array", "items": _BRANCH, "minItems": 1}
_VALUES: dict[str, Any] = {"type": "array", "minItems": 1}
_STEPS: dict[str, Any] = {"type": "object", "additionalProperties": _VALUES, "minProperties": 1}


class Composite(Kind, family="composite"):
    """An entry that stands for several layers: what it may say, for the walk, the schema and the reference.

    Where it holds entries it is never validated.
    """

    in_place: ClassVar[frozenset[str]] = frozenset()
    """The arguments that each entry says itself, of which there are no defaults."""
    takes_several: ClassVar[bool] = False
    """Whether it may read several entries at once."""


class Residual(Composite, kind="residual"):
    """Add what is read to what the layers make of it (He et al. 2015).

    ```yaml
    - residual:
        activation: relu
        layers:
          - conv: {filters: 8, kernel_size: 3, padding: same, norm: batch, activation: relu}
          - conv: {filters: 8, kernel_size: 3, padding: same, norm: batch}
    ```
    """

    in_place = frozenset({"layers"})

    layers: Entries
    """The main path."""
    shortcut: Annotated[Any, WithJsonSchema({"anyOf": [{"enum": [*get_args(Shortcut)]}, _BRANCH]})] = "auto"
    """The other path.

    `identity` is the input itself. `projection` is a 1x1 convolution (`dense` on flat input) with the strides of the
    main path and the norm of its last convolution. `pad` has the same strides and appends channels of zeros. `none`
    adds nothing. `auto` is identity where shapes agree, else projection; `if_same` is identity where shapes agree,
    else none. A list of entries is a path of your own.
    """
    activation: AnyActivation | None = None
    """Applied after the addition."""


class Parallel(Composite, kind="parallel"):
    """Run branches side by side on the same input, and merge what they give.

    ```yaml
    - parallel:
        merge: concat
        branches:
          narrow: [conv: {filters: 8, kernel_size: 1}]
          wide:   [conv: {filters: 8, kernel_size: 5, padding: same}]
    ```
    """

    in_place = frozenset({"branches", "for", "layers"})

    branches: Annotated[Any, WithJsonSchema({"anyOf": [_MAP_OF_BRANCHES, _LIST_OF_BRANCHES]})] = None
    """Name -> entries, or a list of lists of entries; an empty branch is the input itself."""
    steps: Annotated[Any, Field(alias="for"), WithJsonSchema(_STEPS)] = None
    """Name -> values: one branch for each value, made from `layers`. Several names go in step."""
    layers: Entries = None
    """The entries of each branch, with `for`."""
    merge: Merge = "concat"
    """How the branches become one: one after the other along the last axis, or number by number.

    `stack` puts them side by side along a new axis, the first. `none` leaves them apart: the entry that follows takes
    several, in the order of the branches.
    """
    divide: bool = False
    """Whether each branch reads an equal share of the channels, and not all of them."""


class Reuse(Composite, kind="reuse"):
    """Apply an earlier stage or named entry again, with the same weights.

    Parameters count once, multiply-adds at every use.

    ```yaml
    - reuse: {entry: encode, from: right}
    ```
    """

    in_place = frozenset({"entry"})
    takes_several = True

    entry: Annotated[str, WithJsonSchema(_RESULT)]
    """The stage or the named entry."""


class SqueezeExcite(Composite, kind="squeeze_excite"):
    """Multiply each channel by a gate between 0 and 1, made of all channels' means (Hu et al. 2018).

    The means go through a layer of `units`, then through one of as many units as there are channels.

    ```yaml
    - conv: {filters: 64, kernel_size: 3, padding: same}
    - squeeze_excite: 16
    - squeeze_excite: {units: 16, activation: silu}
    ```
    """

    moved = dict.fromkeys(
        ("ratio", "reduction", "reduction_ratio", "r", "rd_ratio", "se_ratio"),
        'write units, the channels over the ratio; in a block units: "${channels // 4}", of those that it reads',
    )

    units: Size
    """How many numbers the channels are squeezed to."""
    activation: AnyActivation = ReLU()
    """Applied to these."""
    gate: AnyActivation = cast(Nonlinearity, Nonlinearity.members["sigmoid"]())
    """Applied to the numbers by which the channels are multiplied."""
    form: Literal["conv", "dense"] = "conv"
    """Whether its two layers are 1x1 convolutions or dense ones, which hold and compute the same.

    Their kernels have other shapes: weights that are carried over from elsewhere fit one of the two.
    """


class EntryArguments(Fields):
    """What every entry takes inside its arguments."""

    name: Annotated[str | None, WithJsonSchema(_WORD)] = None
    """A name for what the entry gives; of a repeated entry, for what the last repeat gives."""
    reads: Annotated[Any, Field(alias="from"), WithJsonSchema({"anyOf": [_RESULT, _RESULTS]})] = None
    """What it reads: the name of an entry, a stage or an input, or a list of such names.

    `stack.*.skip` in a list is the entry `skip` of every repeat of the block `stack`.
    """
    repeat: Count = 1
    """How often the entry stands there, one after the other; in its arguments `i` counts from 0, of `n`."""
    first: dict[str, Any] = Field(default_factory=dict)
    """Arguments that override the others for the first of the repeats."""
    last: dict[str, Any] = Field(default_factory=dict)
    """Arguments that override the others for the last of the repeats, which may be the first as well."""
    when: bool = True
    """False: the entry is not there."""


ENTRY_ARGUMENTS = argument_names(EntryArguments)
"""What every entry takes: `name`, `from`, `repeat`, `first`, `last`, `when`."""
