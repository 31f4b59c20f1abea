"""What all recurrent layers have: steps one after the other, a state that is kept, one direction or two."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, ClassVar, Literal, cast

from cnnspec.layers.activation import AnyActivation, Nonlinearity, plain_name, written_name
from cnnspec.layers.base import Layer, Misfit, Weight
from cnnspec.layers.building import LESS, check_matrix, freeze, keras_layer
from cnnspec.layers.fields import Seed, Share
from cnnspec.layers.initializer import (
    AnyInitializer,
    AnyRegularizer,
    GlorotUniform,
    Orthogonal,
    OrthogonalRegularizer,
    Zeros,
)
from cnnspec.layers.meaning import UNTOLD, Meaning
from cnnspec.layers.phrase import Phrase, written_argument
from cnnspec.layers.shape import Dim, Shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import Inside, Reread

Directions = Literal["concat", "sum", "ave", "mul", "none"]
_TANH, _SIGMOID = (Nonlinearity.members[name]() for name in ("tanh", "sigmoid"))
assert isinstance(_TANH, Nonlinearity) and isinstance(_SIGMOID, Nonlinearity)
TANH: Nonlinearity = _TANH
SIGMOID: Nonlinearity = _SIGMOID


_BIASES = ("b", *(f"b_{gate}" for gate in ("i", "f", "c", "o", "z", "r", "h")))
"""What they are called in the formulas."""


class Recurrent(Layer):
    """What the layers share, whatever a step is: two kernels, a bias, dropout, one direction or both."""

    weighs = True
    rereads = Reread(output=True)

    activation: AnyActivation | None = TANH
    """The function of what is kept from step to step, by name."""
    use_bias: bool = True
    """Whether to add a bias."""
    kernel_initializer: AnyInitializer = GlorotUniform()
    """How the weights of a step start."""
    recurrent_initializer: AnyInitializer = Orthogonal()
    """How the weights of what is kept start."""
    bias_initializer: AnyInitializer = Zeros()
    """How the bias starts."""
    kernel_regularizer: AnyRegularizer | None = None
    """A penalty on the weights of a step, added to the loss."""
    recurrent_regularizer: AnyRegularizer | None = None
    """A penalty on the weights of what is kept, added to the loss."""
    bias_regularizer: AnyRegularizer | None = None
    """A penalty on the bias, added to the loss."""
    dropout: Share = 0.0
    """The share of each step's numbers that is set to zero while training, the same ones at every step."""
    recurrent_dropout: Share = 0.0
    """The share of what is kept that is set to zero while training, the same numbers at every step."""
    seed: Seed | None = None
    """Makes the draws repeatable."""
    return_sequences: bool = False
    """Whether every step gives an output, and not the last one alone."""
    go_backwards: bool = False
    """Whether the sequence is read from its end; with `return_sequences` it comes out in that order."""
    bidirectional: Directions = "none"
    """Whether a second layer reads the sequence from its end, and how the two outputs become one."""

    keras_class: ClassVar[str]
    gated: ClassVar[bool] = True
    """Whether what comes out has gone through a gate after its activation."""
    gates: ClassVar[int] = 1
    """How many products a step takes, each as large as what is kept."""
    results: ClassVar[int]
    """How many results of a step, each as large as what is kept, its gradient reads again."""

    def knows_masks(self, shape: Shape) -> bool:
        """Padding changes nothing of what is kept."""
        return True

    def spends_masks(self, shape: Shape) -> bool:
        """The last output belongs to no step any more."""
        return not self.return_sequences and len(shape) == 2

    @property
    def ends_in(self) -> str:
        """Its activation, unless a gate or another direction comes after it."""
        alone = self.bidirectional == "none"
        return written_name(self.activation) if alone and not self.gated else "linear"

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """As far as its activation goes, and 0, where all begins and a gate can close."""
        if self.bidirectional in ("sum", "mul") or not self._gates_open_halfway:
            return UNTOLD
        low, high = (0.0, 0.0) if self.gated else (inf, -inf)
        bounds = (-inf, inf) if self.activation is None else self.activation.bounds
        return Meaning(min(low, bounds[0]), max(high, bounds[1]), told=False)

    @property
    def _gates_open_halfway(self) -> bool:
        """Whether its gates lie between 0 and 1."""
        gate = getattr(self, "recurrent_activation", SIGMOID)
        return gate is not None and gate.bounds == (0, 1)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """What the functions are; `z` are the steps that come out, `e` those that are taken of all `T`."""
        acts = {
            "act": Symbol(written_name(self.activation)),
            "gate": Symbol(written_name(getattr(self, "recurrent_activation", None))),
        }
        last = inputs[0][0] - 1
        step = "t" if self.return_sequences else str(last) if isinstance(last, int) else "last"
        given = "the steps that come out"
        steps = {"z": Symbol(("t",) if self.return_sequences else (), given), "e": Symbol((step,), given)}
        free = {} if getattr(self, "use_bias", True) else dict.fromkeys(_BIASES, Symbol(0))
        return {**super().symbols(*inputs), **acts, **steps, **free}

    def check(self, output: Shape) -> None:
        """Refuse what goes into a cell by name alone, and what does not go together; raises Misfit."""
        for field in ("activation", "recurrent_activation"):
            function = getattr(self, field, None)
            if function is not None and function.written():
                received = f"{field} {function.kind} with arguments"
                raise Misfit(
                    field, received, "an activation by name, since the cell applies it", f"write {function.kind}"
                )
        if self.go_backwards and self.bidirectional != "none":
            help = "leave go_backwards out: the second layer reads backwards"
            raise Misfit("go_backwards", "go_backwards beside bidirectional", "one of them", help)
        if isinstance(getattr(self, "activity_regularizer", None), OrthogonalRegularizer):
            check_matrix("activity_regularizer", "output with its batch axis", (1, *output))

    def both_ways(self, weights: tuple[Weight, ...]) -> tuple[Weight, ...]:
        """The weights of both directions, if there are two."""
        return weights if self.bidirectional == "none" else weights * 2

    @property
    def directions(self) -> int:
        """How often the sequence is read."""
        return 1 if self.bidirectional == "none" else 2

    def joined(self, size: int) -> int:
        """How many channels come out."""
        return size * 2 if self.bidirectional == "concat" else size

    def kept_by_steps(self, length: Dim, read: Dim, kept: Dim) -> Inside:
        """Of steps that read and keep so many numbers: what is read and `results` of what is kept, in each direction.

        Under dropout each gate has a product of its own of what is read, or kept, and what is drawn.
        """
        dropped = self.gates * ((self.dropout > 0) * read + (self.recurrent_dropout > 0) * kept)
        return Inside(length * (read + self.results * kept + dropped) * self.directions)

    def said(self, text: str, told: set[str]) -> Phrase:
        """With its direction, and whether all steps come out."""
        ways = {"none": "", "concat": ", both ways"}.get(self.bidirectional, f", both ways ({self.bidirectional})")
        every = ", every step" if self.return_sequences else ""
        plain = self.activation if self.activation is not None else None
        function = "" if plain == TANH else f", {written_argument(plain) if plain else 'linear'}"
        return Phrase(
            f"{text}{ways}{every}{function}",
            told=frozenset({*told, "bidirectional", "return_sequences", "activation"}),
        )

    def built(self, keras: Any, class_name: str, name: str) -> Callable[..., Any]:
        """Keras' layer, inside its Bidirectional where it reads both ways."""
        functions = {
            field: plain_name(getattr(self, field))
            for field in ("activation", "recurrent_activation")
            if hasattr(self, field)
        }
        inner = name if self.directions == 1 else self.kind
        layer: Any = keras_layer(keras, self, class_name, inner, bidirectional=LESS, **functions)
        if self.directions == 2:
            ways = {"merge_mode": self.bidirectional, "trainable": self.trainable}
            layer = keras.layers.Bidirectional(layer, **ways, name=name)
        if not self.trainable:
            freeze(layer)
        return cast(Callable[..., Any], layer)
