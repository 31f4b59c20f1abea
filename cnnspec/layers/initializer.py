"""Initializers and regularizers by Keras' names in snake case, with Keras' arguments."""

from typing import Annotated, Any, Literal

from cnnspec.layers.fields import AxisList, Number, Seed
from cnnspec.layers.kind import Kind, of
from cnnspec.layers.marks import Field


class Initializer(Kind, family="initializer"):
    """How a weight starts."""


class Fanned(Initializer):
    """Scaled by how many numbers go into an output (fan_in), or come out of an input (fan_out)."""

    seed: Seed | None = None
    """Makes the draw repeatable."""
    input_axes: AxisList | None = None
    """The weight's axes that count for fan_in, together with `output_axes`; none: all but the last."""
    output_axes: AxisList | None = None
    """The weight's axes that count for fan_out, together with `input_axes`."""


class Zeros(Initializer, kind="zeros"):
    """All zeros."""


class Ones(Initializer, kind="ones"):
    """All ones."""


class Constant(Initializer, kind="constant"):
    """One value everywhere."""

    value: Number = 0.0
    """The value."""


class IdentityInitializer(Initializer, kind="identity"):
    """The identity matrix times `gain`; for square matrices only."""

    gain: Number = 1.0
    """What the matrix is multiplied by."""


class GlorotUniform(Fanned, kind="glorot_uniform"):
    """Uniform in ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""


class GlorotNormal(Fanned, kind="glorot_normal"):
    """Truncated normal of variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""


class HeUniform(Fanned, kind="he_uniform"):
    """Uniform in ±sqrt(6 / fan_in) (He et al. 2015)."""


class HeNormal(Fanned, kind="he_normal"):
    """Truncated normal of variance 2 / fan_in (He et al. 2015)."""


class LecunUniform(Fanned, kind="lecun_uniform"):
    """Uniform in ±sqrt(3 / fan_in) (LeCun et al. 1998)."""


class LecunNormal(Fanned, kind="lecun_normal"):
    """Truncated normal of variance 1 / fan_in (LeCun et al. 1998)."""


class Orthogonal(Initializer, kind="orthogonal"):
    """An orthogonal matrix times `gain` (Saxe et al. 2014)."""

    gain: Number = 1.0
    """What the matrix is multiplied by."""
    seed: Seed | None = None
    """Makes the draw repeatable."""


class RandomNormal(Initializer, kind="random_normal"):
    """Normal."""

    mean: Number = 0.0
    """The mean."""
    stddev: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.05
    """The standard deviation."""
    seed: Seed | None = None
    """Makes the draw repeatable."""


class RandomUniform(Initializer, kind="random_uniform"):
    """Uniform from `minval` to `maxval`."""

    minval: Number = -0.05
    """The lowest value."""
    maxval: Number = 0.05
    """The highest value."""
    seed: Seed | None = None
    """Makes the draw repeatable."""


class Uniform(RandomUniform, kind="uniform"):
    """The same as random_uniform."""


class TruncatedNormal(Initializer, kind="truncated_normal"):
    """Normal, redrawn beyond two standard deviations."""

    mean: Number = 0.0
    """The mean."""
    stddev: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.05
    """The standard deviation before the tails are cut."""
    seed: Seed | None = None
    """Makes the draw repeatable."""


class VarianceScaling(Fanned, kind="variance_scaling"):
    """Variance `scale` / fan."""

    scale: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """What 1 / fan is multiplied by."""
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in"
    """Which fan: inputs, outputs, or the mean of both."""
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = "truncated_normal"
    """How the values are spread."""
    seed: Seed | None = None
    """Makes the draw repeatable."""


class Regularizer(Kind, family="regularizer"):
    """A penalty added to the loss."""


class L1(Regularizer, kind="l1"):
    """`l1` times the sum of absolute values."""

    l1: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.01
    """The factor."""


class L2(Regularizer, kind="l2"):
    """`l2` times the sum of squares."""

    l2: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.01
    """The factor."""


class L1L2(Regularizer, kind="l1_l2"):
    """Both penalties."""

    l1: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """The factor of absolute values."""
    l2: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """The factor of squares."""


class OrthogonalRegularizer(Regularizer, kind="orthogonal_regularizer"):
    """Keeps rows or columns of a matrix orthogonal."""

    factor: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.01
    """The factor."""
    mode: Literal["rows", "columns"] = "rows"
    """Whether rows or columns are kept orthogonal."""


AnyInitializer = Annotated[Initializer, of(Initializer)]
AnyRegularizer = Annotated[Regularizer, of(Regularizer)]

_KERAS_NAMES = {"l1_l2": "L1L2", "l1": "L1", "l2": "L2", "uniform": "RandomUniform", "identity": "Identity"}


def keras_name(kind: str) -> str:
    """The class in Keras: `he_normal` -> `HeNormal`."""
    return _KERAS_NAMES.get(kind) or "".join(word.capitalize() for word in kind.split("_"))


def build_initializer(keras: Any, initializer: Initializer) -> Any:
    """The Keras initializer."""
    return getattr(keras.initializers, keras_name(initializer.kind))(**initializer.written())


def build_regularizer(keras: Any, regularizer: Regularizer | None) -> Any:
    """The Keras regularizer, or None."""
    if regularizer is None:
        return None
    return getattr(keras.regularizers, keras_name(regularizer.kind))(**regularizer.written())
