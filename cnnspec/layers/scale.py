"""Layers that multiply each channel by a number of its own."""

from collections.abc import Callable
from typing import Any

from cnnspec.layers.base import Facts, Layer, Weight, channels
from cnnspec.layers.building import Assembled, hand_mask_on, named, one_of
from cnnspec.layers.fields import Number
from cnnspec.layers.shape import Shape
from cnnspec.layers.traits import Reread


class LayerScale(Layer, kind="layer_scale"):
    """Multiply each channel by a learnt number that starts small: the shape stays (Touvron et al. 2021).

    At the end of a residual's main path, as in ConvNeXt and CaiT.

    ```yaml
    - layer_scale           # (14, 14, 96) -> (14, 14, 96)
    - layer_scale: 0.1      # (196, 384) -> (196, 384)
    ```
    """

    formula = "y[p, c] = w[c] * x[p, c]"

    keeps_places = True
    rereads = Reread("weights")

    init_values: Number = 1e-6
    """What each channel's number starts as."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays; one number a channel."""
        return Facts(inputs[0], (Weight("kernel", (channels(inputs[0], self.kind),)),))

    def knows_masks(self, shape: Shape) -> bool:
        """Of steps with channels."""
        return len(shape) == 2

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """A vector that Keras' EinsumDense makes of a one, by which Keras' multiplication scales the channels."""
        size = channels(inputs[0], self.kind)
        start = keras.initializers.Constant(self.init_values)
        vector = keras.layers.EinsumDense(
            "a,b->ab", (size,), kernel_initializer=start, trainable=self.trainable, name=name
        )
        masked = hand_mask_on(keras, name)

        def apply(tensor: Any) -> Any:
            scale = vector(one_of(keras, tensor, name))
            return masked(tensor, named(keras.ops.multiply(tensor, scale), f"{name}.multiply"))

        return Assembled(vector, apply)
