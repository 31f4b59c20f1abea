"""What convolutions and dense layers share: bias, normalisation, activation, explicit padding."""

from typing import Any

from cnnspec.layers.activation import AnyActivation, plain_name
from cnnspec.layers.base import Layer, Part, Weight
from cnnspec.layers.initializer import AnyInitializer, AnyRegularizer, Zeros, build_initializer, build_regularizer
from cnnspec.layers.norm import AnyNorm, NoNorm, activation_part
from cnnspec.layers.shape import Shape


class Affine(Layer):
    """A linear map with a bias; then a normalisation, if there is one; then an activation, if there is one."""

    activation: AnyActivation | None = None
    """Applied last, after the normalisation."""
    norm: AnyNorm | None = None
    """Normalisation between the layer and its activation: batch, layer, group or none."""
    use_bias: bool = True
    """Whether to add a bias; with a norm the default is false."""
    bias_initializer: AnyInitializer = Zeros()
    bias_regularizer: AnyRegularizer | None = None
    activity_regularizer: AnyRegularizer | None = None

    @property
    def normalisation(self) -> Layer | None:
        """The normalisation layer, if there is one."""
        return None if self.norm is None or isinstance(self.norm, NoNorm) else self.norm  # type: ignore[return-value]

    @property
    def has_bias(self) -> bool:
        """Whether a bias is added: as written, else unless a normalisation follows."""
        return self.use_bias if "use_bias" in self.model_fields_set else self.normalisation is None

    def parts(self, *inputs: Shape) -> tuple[Part, ...]:
        norm, activation = self.normalisation, self.activation
        inside = norm is None and plain_name(activation) is not None
        bare = self.model_copy(update={"norm": None, "use_bias": self.has_bias, "activation": activation if inside else None})
        own = bare.padded_parts(*inputs)
        if norm is not None:
            norm = norm.model_copy(update={"trainable": norm.trainable and self.trainable})
            own = (*own, *(Part(_suffix(norm.kind, part.suffix), part.layer) for part in norm.parts(*inputs)))
        return own if inside else (*own, *activation_part(activation))

    def padded_parts(self, *inputs: Shape) -> tuple[Part, ...]:
        """Itself, behind a zero padding where `padding` is explicit."""
        return (Part("", self),)

    def bias_weight(self, size: int) -> tuple[Weight, ...]:
        """The bias, if there is one."""
        return (Weight("bias", (size,)),) if self.has_bias else ()

    def keras_arguments(self, keras: Any, *weights: str) -> dict[str, Any]:
        """The shared arguments as Keras takes them, with initializer and regularizer of the named weights."""
        built: dict[str, Any] = {"use_bias": self.has_bias, "activation": plain_name(self.activation), "trainable": self.trainable}
        for weight in (*weights, "bias"):
            built[f"{weight}_initializer"] = build_initializer(keras, getattr(self, f"{weight}_initializer"))
            built[f"{weight}_regularizer"] = build_regularizer(keras, getattr(self, f"{weight}_regularizer"))
        built["activity_regularizer"] = build_regularizer(keras, self.activity_regularizer)
        return built


def _suffix(kind: str, inner: str) -> str:
    return f"{kind}.{inner}" if inner else kind
