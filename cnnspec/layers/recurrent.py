"""Recurrent layers over steps that are vectors."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal

from cnnspec.layers.activation import AnyActivation
from cnnspec.layers.base import Facts, Misfit, Weight, spatial
from cnnspec.layers.building import weight
from cnnspec.layers.fields import Size
from cnnspec.layers.initializer import AnyRegularizer
from cnnspec.layers.phrase import Phrase
from cnnspec.layers.recurrence import SIGMOID, Recurrent
from cnnspec.layers.shape import Shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import Inside


class _Steps(Recurrent):
    """Reads vectors: (length, c) -> (units,), or (length, units)."""

    units: Size
    """How many numbers are kept from step to step, and come out."""
    unroll: bool = False
    """Whether the steps are laid out one after the other instead of a loop, for short sequences."""

    def infer(self, *inputs: Shape) -> Facts:
        """Multiply-adds are those with the kernels, gates × units × (channels + units) a step, in each direction."""
        (length,), width = spatial(inputs[0], self.kind, (1,))
        if self.unroll and not isinstance(length, int):
            raise Misfit("unroll", "unroll on a sequence of unknown length", "a known length", "leave unroll out")
        columns = self.gates * self.units
        kernel = weight(self, "kernel", (width, columns))
        kept = weight(self, "recurrent_kernel", (self.units, columns), "recurrent")
        output = (*((length,) if self.return_sequences else ()), self.joined(self.units))
        self.check((*output[:-1], self.units))
        weights = self.both_ways((kernel, kept, *self.biases(columns)))
        return Facts(output, weights, length * (kernel.size + kept.size) * self.directions, reach=None)

    def inside(self, *inputs: Shape) -> Inside:
        """Each step's."""
        return self.kept_by_steps(inputs[0][0], inputs[0][1], self.units)

    def biases(self, columns: int) -> tuple[Weight, ...]:
        """The bias, if there is one."""
        return (weight(self, "bias", (columns,)),) if self.use_bias else ()

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """How many numbers it keeps."""
        return self.said(f"{self.name_in_tables} {self.units}", {"units"})

    name_in_tables: ClassVar[str]

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' layer of the name."""
        return self.built(keras, self.keras_class, name)


class _Gated(_Steps):
    """Gates between 0 and 1 decide what is kept and what comes out."""

    recurrent_activation: AnyActivation | None = SIGMOID
    """The function of the gates, by name."""
    activity_regularizer: AnyRegularizer | None = None
    """A penalty on what each direction puts out, added to the loss."""
    use_cudnn: Literal["auto", True, False] = "auto"
    """Whether a GPU's own kernel is used: auto, where it can be, save in bfloat16; true, or an error; false, never."""


class LSTM(_Gated, kind="lstm"):
    """Long short-term memory: steps one after the other, gates decide what is kept (Hochreiter and Schmidhuber 1997).

    ```yaml
    - lstm: 128                                              # (64, 300) -> (128,)
    - lstm: {units: 64, return_sequences: true}              # (64, 300) -> (64, 64)
    - lstm: {units: 64, bidirectional: concat}               # (64, 300) -> (128,)
    - lstm: {units: 8, bidirectional: ave, activation: relu} # (10, 3) -> (8,)
    ```

    Until its gradient a step keeps three gates, what is proposed, the state before it and after its activation, and the
    output before it: 7 × units.
    """

    idea = "recurrence"
    formula = """
    i[t] = gate(x[t] @ W_i + h[t - 1] @ U_i + b_i)  # what is let in
    f[t] = gate(x[t] @ W_f + h[t - 1] @ U_f + b_f)  # what is kept
    g[t] = act(x[t] @ W_c + h[t - 1] @ U_c + b_c)  # what is new
    o[t] = gate(x[t] @ W_o + h[t - 1] @ U_o + b_o)  # what is shown
    c[t] = f[t] * c[t - 1] + i[t] * g[t]  # the memory
    h[t] = o[t] * act(c[t])  # the output of the step
    y[z] = h[e]
    """

    units: Size
    """How many numbers are kept from step to step, and come out."""
    unit_forget_bias: bool = True
    """Whether the gate that forgets starts with a bias of 1."""

    keras_class = "LSTM"
    gates = 4
    results = 7
    name_in_tables = "lstm"


class GRU(_Gated, kind="gru"):
    """Gated recurrent unit: as lstm, with fewer gates (Cho et al. 2014).

    ```yaml
    - gru: 128                                                          # (64, 300) -> (128,)
    - gru: {units: 64, bidirectional: sum, return_sequences: true}      # (64, 300) -> (64, 64)
    - gru: {units: 8, activation: relu, reset_after: false}             # (10, 3) -> (8,)
    ```

    Until its gradient a step keeps two gates, what one of them leaves over, what is proposed, what is reset, and the
    output before it: 6 × units.
    """

    idea = "recurrence"
    formula = """
    u[t] = gate(x[t] @ W_z + b_z + h[t - 1] @ U_z + d_z)  # what is kept
    r[t] = gate(x[t] @ W_r + b_r + h[t - 1] @ U_r + d_r)  # what is reset
    k[t] = r[t] * (h[t - 1] @ U_h + d_h) if reset_after else (r[t] * h[t - 1]) @ U_h
    g[t] = act(x[t] @ W_h + b_h + k[t])  # what is new
    h[t] = u[t] * h[t - 1] + (1 - u[t]) * g[t]  # the output of the step
    y[z] = h[e]
    """

    units: Size
    """How many numbers are kept from step to step, and come out."""
    reset_after: bool = True
    """Whether what is kept is reset after its product with the weights, as GPUs do it, with a bias of its own."""

    keras_class = "GRU"
    gates = 3
    results = 6
    name_in_tables = "gru"

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """A second bias where it resets after the product."""
        second = {} if self.reset_after and self.use_bias else dict.fromkeys(("d_z", "d_r", "d_h"), Symbol(0))
        return {**super().symbols(*inputs), **second, "reset_after": Symbol(int(self.reset_after))}

    def biases(self, columns: int) -> tuple[Weight, ...]:
        """Two where it resets after the product."""
        if not self.use_bias:
            return ()
        return (weight(self, "bias", (2, columns) if self.reset_after else (columns,)),)


class SimpleRNN(_Steps, kind="simple_rnn"):
    """Each step's output is a dense layer's of the step and of the output before it (Elman 1990).

    ```yaml
    - simple_rnn: 32                                # (64, 300) -> (32,)
    - simple_rnn: {units: 8, activation: relu}      # (10, 3) -> (8,)
    ```

    Until its gradient a step keeps its output: 1 × units.
    """

    idea = "recurrence"
    formula = """
    h[t] = act(x[t] @ W + h[t - 1] @ U + b)
    y[z] = h[e]
    """

    keras_class = "SimpleRNN"
    gated = False
    results = 1
    name_in_tables = "simple rnn"
