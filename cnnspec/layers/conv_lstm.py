"""A recurrent layer whose steps are pictures."""

from collections.abc import Callable
from typing import Any, Literal

from cnnspec.layers.activation import AnyActivation
from cnnspec.layers.base import Facts, Misfit, channels
from cnnspec.layers.building import weight
from cnnspec.layers.fields import Size, Window, over, slide
from cnnspec.layers.initializer import AnyRegularizer
from cnnspec.layers.phrase import Phrase, window
from cnnspec.layers.recurrence import SIGMOID, Recurrent
from cnnspec.layers.shape import Shape, known, product, write_shape
from cnnspec.layers.traits import Inside


class ConvLSTM(Recurrent, kind="conv_lstm"):
    """An lstm whose products are convolutions: (length, h, w, c) -> (h', w', filters) (Shi et al. 2015).

    ```yaml
    - conv_lstm: {filters: 8, kernel_size: 3, padding: same}                           # (4, 8, 8, 3) -> (8, 8, 8)
    - conv_lstm: {filters: 4, kernel_size: 2, return_sequences: true, activation: relu}  # (4, 6, 3) -> (4, 5, 4)
    ```

    Multiply-adds are those with both kernels at every place of each step; what is kept is padded to stay as large.
    Until its gradient a step keeps what an lstm's does: 7 × places × filters.
    """

    formula = """
    i[t] = gate(conv(W_i, x[t]) + conv(U_i, h[t - 1]) + b_i)  # what is let in
    f[t] = gate(conv(W_f, x[t]) + conv(U_f, h[t - 1]) + b_f)  # what is kept
    g[t] = act(conv(W_c, x[t]) + conv(U_c, h[t - 1]) + b_c)  # what is new
    o[t] = gate(conv(W_o, x[t]) + conv(U_o, h[t - 1]) + b_o)  # what is shown
    c[t] = f[t] * c[t - 1] + i[t] * g[t]  # the memory
    h[t] = o[t] * act(c[t])  # the output of the step
    y[z] = h[e]
    """

    gates = 4
    results = 7

    filters: Size
    """How many channels are kept from step to step, and come out."""
    kernel_size: Window
    """The window, one size for all spatial axes or one for each."""
    strides: Window = 1
    """How far the window moves over a step."""
    padding: Literal["valid", "same"] = "valid"
    """valid: none added, a step shrinks; same: zeros added, so that stride 1 keeps the size."""
    dilation_rate: Window = 1
    """How far apart the window's places lie on a step."""
    recurrent_activation: AnyActivation | None = SIGMOID
    """The function of the gates, by name."""
    unit_forget_bias: bool = True
    """Whether the gate that forgets starts with a bias of 1."""
    activity_regularizer: AnyRegularizer | None = None
    """A penalty on what each direction puts out, added to the loss."""

    def infer(self, *inputs: Shape) -> Facts:
        """The sizes of a convolution of each step."""
        if not 3 <= len(inputs[0]) <= 5:
            expected = "steps of (width, channels), (height, width, channels), or with depth"
            raise Misfit(None, f"conv_lstm reads {write_shape(inputs[0])}", expected, says_shapes=True)
        length, sizes = inputs[0][0], inputs[0][1:-1]
        if known(sizes) is None:
            raise Misfit(None, f"conv_lstm reads {write_shape(inputs[0])}", "known sizes of a step", says_shapes=True)
        wide = over(self.kernel_size, sizes, "kernel_size")
        strides, dilation = over(self.strides, sizes, "strides"), over(self.dilation_rate, sizes, "dilation_rate")
        if max(strides) > 1 and max(dilation) > 1:
            raise Misfit("dilation_rate", "strides and dilation_rate both above 1", "one of them")
        out = slide(sizes, wide, strides, self.padding, dilation, "kernel_size")
        kernel = weight(self, "kernel", (*wide, channels(inputs[0], self.kind), 4 * self.filters))
        kept = weight(self, "recurrent_kernel", (*wide, self.filters, 4 * self.filters), "recurrent")
        bias = (weight(self, "bias", (4 * self.filters,)),) if self.use_bias else ()
        self.check((*((length,) if self.return_sequences else ()), *out, self.filters))
        output = (*((length,) if self.return_sequences else ()), *out, self.joined(self.filters))
        macs = length * product(out) * (kernel.size + kept.size) * self.directions
        return Facts(output, self.both_ways((kernel, kept, *bias)), macs, reach=None)

    def inside(self, *inputs: Shape) -> Inside:
        """Each step's."""
        (length, *read), places = inputs[0], self.infer(*inputs).output[-len(inputs[0]) + 1 : -1]
        return self.kept_by_steps(length, product(tuple(read)), product(places) * self.filters)

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """Its window and how many channels it keeps."""
        said = f"{window(self.kernel_size, read[1:])} conv lstm, {self.filters}"
        return self.said(said, {"filters", "kernel_size"})

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' ConvLSTM of the rank."""
        return self.built(keras, f"ConvLSTM{len(inputs[0]) - 2}D", name)
