"""A network as others wrote it, in our words: the one form that every reader makes and that specs are written of.

Layers stand in an order in which each comes after what it reads. Nothing is folded, fused or renamed here: a layer of
the file is a layer of this, by its own name there.
"""

from collections.abc import Mapping
from dataclasses import field

from cnnspec.source.frozen import frozen

ForeignShape = tuple[int | None, ...]
"""Sizes without the batch axis; None for an unknown length."""


@frozen
class ForeignInput:
    """What goes in, by its name in the file."""

    name: str
    shape: ForeignShape
    dtype: str = "float32"


@frozen
class ForeignLayer:
    """One layer applied once.

    `kind` and `arguments` are as an entry of a spec would write them, plain values alone and none that is the default:
    kinds of `LAYERS`, `reuse` never among them. An empty `kind` is a layer that the language does not have; `written`
    then is what it is called in the file. `inputs` are names of inputs and of earlier layers, in the order read.
    `shared` is the earlier layer whose weights it uses once more. `unknown` says in a sentence each what the file has
    of this layer and no spec can say.
    """

    name: str
    kind: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    shared: str | None = None
    unknown: tuple[str, ...] = ()
    written: str = ""


@frozen
class ForeignNetwork:
    """The network of a file. `outputs` maps the names of its outputs to layers or inputs.

    `names_outputs`: whether the file gives its outputs names of their own. `left_out` says in a sentence each what else
    the file has, as the optimizer it was compiled with.
    """

    name: str
    inputs: tuple[ForeignInput, ...]
    layers: tuple[ForeignLayer, ...]
    outputs: Mapping[str, str]
    names_outputs: bool = False
    left_out: tuple[str, ...] = ()
