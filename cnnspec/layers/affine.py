"""What convolutions and dense layers share: bias, normalisation, activation, explicit padding."""

from collections.abc import Callable, Sequence
from typing import Any

from cnnspec.layers.activation import Activation, AnyActivation, plain_name, written_name
from cnnspec.layers.base import Layer, Part, Weight
from cnnspec.layers.building import LESS, check_matrix, keras_layer, weight
from cnnspec.layers.initializer import AnyInitializer, AnyRegularizer, OrthogonalRegularizer, Zeros
from cnnspec.layers.meaning import ANY, Meaning
from cnnspec.layers.norm import AnyNorm
from cnnspec.layers.phrase import Ending
from cnnspec.layers.shape import Shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import Reread

_OF_THE_BIAS = frozenset({"bias_initializer", "bias_regularizer"})


class Affine(Layer):
    """A linear map with a bias; then a normalisation, if there is one; then an activation, if there is one."""

    activation: AnyActivation | None = None
    """Applied last, after the normalisation."""
    norm: AnyNorm | None = None
    """Normalisation between the layer and its activation: batch, layer, group or none."""
    use_bias: bool = True
    """Whether to add a bias; with a norm the default is false."""
    bias_initializer: AnyInitializer = Zeros()
    """How the bias starts."""
    bias_regularizer: AnyRegularizer | None = None
    """A penalty on the bias, added to the loss."""
    activity_regularizer: AnyRegularizer | None = None
    """A penalty on what the layer puts out (before the norm, if there is one), added to the loss."""

    @property
    def normalisation(self) -> Layer | None:
        """The normalisation layer, if there is one."""
        return self.norm if isinstance(self.norm, Layer) else None

    @property
    def has_bias(self) -> bool:
        """Whether a bias is added: as written, else unless a normalisation follows."""
        return self.use_bias if "use_bias" in self.model_fields_set else self.normalisation is None

    @property
    def spatial_ending(self) -> Ending:
        """What follows on a window's weights."""
        return Ending(self.has_bias, self.normalisation, self.acting)

    @property
    def acting(self) -> AnyActivation | None:
        """Its activation, unless that changes nothing, be it written or not."""
        return None if self.ends_in == "linear" else self.activation

    @property
    def ends_in(self) -> str:
        """Its activation, which comes last."""
        return written_name(self.activation)

    @property
    def rereads(self) -> Reread:
        """A kernel's gradient reads the input, that of an activation its values or what they were made of."""
        return Reread("weights", output=self.ends_in != "linear")

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """No bias where none is added."""
        return {**super().symbols(*inputs), **({} if self.has_bias else {"b": Symbol(0)})}

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Any number, as far as its activation lets it through."""
        return ANY if self.activation is None else self.activation.gives(ANY)

    def effective(self, *inputs: Shape) -> dict[str, Any]:
        """With the bias as it holds; the norm is a layer of its own, and what is said of no bias says nothing."""
        own = {name: value for name, value in self.arguments().items() if name != "norm"}
        own |= {"use_bias": self.has_bias, "activation": self.acting}
        return own if self.has_bias else {name: value for name, value in own.items() if name not in _OF_THE_BIAS}

    def parts(self, *inputs: Shape) -> tuple[Part, ...]:
        """The padding, the layer itself, its normalisation, its activation, as far as they are there."""
        norm = self.normalisation
        if norm is None and (self.activation is None or plain_name(self.activation)):
            return self.padded_parts(*inputs)
        if norm is not None:
            return (*self._bare().padded_parts(*inputs), *self._norm_parts(norm, *inputs), *self._activation_part())
        # The penalty is on the output as Keras' layer, with the activation in it, would put it out.
        own = self._bare(activity_regularizer=None).padded_parts(*inputs)
        return (*own, *self._activation_part(activity_regularizer=self.activity_regularizer))

    def _bare(self, **changed: Any) -> "Affine":
        return self.model_copy(update={"norm": None, "use_bias": self.has_bias, "activation": None, **changed})

    def _norm_parts(self, norm: Layer, *inputs: Shape) -> tuple[Part, ...]:
        if not self.trainable:
            norm = norm.model_copy(update={"trainable": False})
        return tuple(Part(".".join(filter(None, (norm.kind, part.suffix))), part.layer) for part in norm.parts(*inputs))

    def _activation_part(self, **more: Any) -> tuple[Part, ...]:
        if self.activation is None:
            return ()
        return (Part("activation", Activation(activation=self.activation, **more)),)

    def padded_parts(self, *inputs: Shape) -> tuple[Part, ...]:
        """Itself, behind a zero padding where `padding` is explicit."""
        return (Part("", self),)

    def bias_weight(self, size: int) -> tuple[Weight, ...]:
        """The bias, if there is one."""
        return (weight(self, "bias", (size,)),) if self.has_bias else ()

    def check_activity(self, output: Shape) -> None:
        """Refuse a penalty on an output that it cannot read."""
        if isinstance(self.activity_regularizer, OrthogonalRegularizer):
            check_matrix("activity_regularizer", "output with its batch axis", (1, *output))

    def built(self, keras: Any, class_name: str, name: str, **changed: Any) -> Callable[..., Any]:
        """The Keras layer of this class, with the bias as it holds here and the activation by name."""
        own = {"norm": LESS, "use_bias": self.has_bias, "activation": plain_name(self.activation)}
        return keras_layer(keras, self, class_name, name, **own, **changed)
