"""Arguments are spelled and defaulted as in Keras."""

import inspect
from typing import Any

import keras
import pytest
from pydantic_core import PydanticUndefined

from cnnspec.layers import LAYERS
from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.base import Layer
from cnnspec.layers.docstrings import field_docs
from cnnspec.layers.fields import sides
from cnnspec.layers.initializer import Initializer, Regularizer, keras_name
from cnnspec.layers.kind import Kind
from tests.support.layers_drawn import PLAIN
from tests.support.layers_oracle import ATTENTION, class_names

LEFT_OUT = {
    *("self", "kwargs", "name", "dtype", "data_format", "trainable"),
    *("lora_rank", "lora_alpha", "quantization_config"),
    *("renorm", "renorm_clipping", "renorm_momentum"),
}
"""What language.md leaves out of every layer; and every layer takes `trainable`."""
_STATES = {"return_state", "stateful"}
"""An entry gives one tensor, and batches are drawn anew in each epoch."""
LEFT_OUT_OF = {
    "embedding": {"weights"},  # an array, which no spec can hold
    "one_hot": {"output_mode", "sparse"},  # what makes it one_hot
    **dict.fromkeys(("lstm", "gru", "conv_lstm"), _STATES),
    "grouped_query_attention": {"flash_attention"},
    "simple_rnn": _STATES | {"activity_regularizer"},  # which Keras' forgets
    "multi_head_attention": {"flash_attention"},  # which TensorFlow has not
}
BEYOND = {
    **{kind: {"norm"} for kind in ("conv", "conv_transpose", "depthwise_conv", "separable_conv", "dense")},
    **{kind: {"activation"} for kind in ("batch_norm", "layer_norm", "group_norm")},
    **{
        kind: {"bidirectional"} for kind in ("lstm", "gru", "simple_rnn", "conv_lstm")
    },  # Keras' Bidirectional around it
    **{kind: {"use_causal_mask"} for kind in ATTENTION},  # which Keras' takes when it is called
    "layer_scale": {"init_values"},
    "sinusoidal_position": {"max_wavelength"},
    "local_response_norm": {"depth_radius", "bias", "alpha", "beta"},
    "channel_shuffle": {"groups"},
    "space_to_depth": {"block_size"},
    "depth_to_space": {"block_size"},
    "slice": {"axis", "index", "start", "stop", "step"},
    "cast": {"dtype"},
    "weighted_sum": {"normalize", "init_values", "epsilon"},
    "stochastic_depth": {"rate", "seed"},
    **{kind: {"embeddings_initializer", "embeddings_regularizer"} for kind in ("position_embedding", "class_token")},
    "activation": {"activity_regularizer"},  # which Keras' takes as every layer does
}
"""Conveniences, and all of layers that Keras has not."""


def parameters(function: Any, kind: str = "") -> dict[str, inspect.Parameter]:
    """Keras' arguments, less those left out."""
    out = LEFT_OUT | LEFT_OUT_OF.get(kind, set())
    return {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in out and not name.endswith("_constraint")
    }


def plain(value: Any, rank: int) -> Any:
    """A default, ours or Keras', in one form for comparison."""
    if isinstance(value, Kind):
        assert not value.written()
        return value.kind
    if value is PydanticUndefined or value is inspect.Parameter.empty:
        return "required"
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, tuple) and rank > 1 and all(isinstance(item, tuple) for item in value):
        return sides(value, (1,) * rank)
    if isinstance(value, tuple) and rank > 1 and len(set(value)) == 1:
        return value[0]
    return value


@pytest.mark.parametrize("kind", LAYERS)
def test_layers_have_keras_arguments_and_defaults(kind: str) -> None:
    """Every class of the kind has the arguments of ours, in the union over the ranks, with the same defaults."""
    ours = {name: field for name, field in LAYERS[kind].model_fields.items() if name != "trainable"}
    seen: set[str] = set()
    for name in class_names(kind):
        rank = int("".join(filter(str.isdigit, name)) or 0)
        theirs = parameters(getattr(keras.layers, name), kind)
        seen |= theirs.keys()
        for argument, parameter in theirs.items():
            mine, keras_default = plain(ours[argument].default, rank), plain(parameter.default, rank)
            if kind in ("crop", "zero_pad"):
                mine, keras_default = as_sides(kind, mine, rank), as_sides(kind, keras_default, rank)
            if (kind, argument) == ("one_hot", "num_tokens"):
                keras_default = "required"  # Keras' None is refused by Keras
            assert mine == keras_default, (name, argument)
    assert ours.keys() == seen | BEYOND.get(kind, set())


def as_sides(kind: str, value: Any, rank: int) -> Any:
    """Padding and cropping as (before, after) along each axis, with the default that is None here."""
    if value is None:
        value = 0 if rank == 2 else 1
    if rank == 1 and isinstance(value, tuple):
        return (value,)
    return sides(value, (1,) * rank)


@pytest.mark.parametrize("kind", LAYERS)
def test_the_first_argument_is_keras_first(kind: str) -> None:
    """`kind: value` sets what Keras' first positional argument sets."""
    for name in class_names(kind):
        theirs = list(parameters(getattr(keras.layers, name), kind))
        assert LAYERS[kind].first_argument() == (theirs[0] if theirs else None)


@pytest.mark.parametrize("kind", Initializer.members)
def test_initializers_have_keras_arguments(kind: str) -> None:
    """Names and defaults of every initializer are Keras'."""
    compare(Initializer.members[kind], getattr(keras.initializers, keras_name(kind)))


@pytest.mark.parametrize("kind", Regularizer.members)
def test_regularizers_have_keras_arguments(kind: str) -> None:
    """Names and defaults of every regularizer are Keras'."""
    compare(Regularizer.members[kind], getattr(keras.regularizers, keras_name(kind)))


def compare(ours: type[Kind], theirs: Any) -> None:
    defaults = {name: plain(field.default, 0) for name, field in ours.model_fields.items()}
    assert defaults == {name: plain(p.default, 0) for name, p in parameters(theirs).items()}


def test_every_keras_initializer_and_regularizer_is_there() -> None:
    """None is missing but the short-time Fourier transform's, which makes no weight of these layers."""
    for family, module, missing in (
        (Initializer, keras.initializers, {"Initializer", "STFT"}),
        (Regularizer, keras.regularizers, {"Regularizer"}),
    ):
        classes = {value for value in vars(module).values() if inspect.isclass(value) and value.__name__ not in missing}
        assert classes == {getattr(module, keras_name(kind)) for kind in family.members}


def test_every_keras_activation_is_there() -> None:
    """None is missing but those that change the shape or need arguments that Keras cannot save."""
    functions = {
        name
        for name, value in vars(keras.activations).items()
        if inspect.isfunction(value) and name not in ("get", "serialize", "deserialize", "glu", "threshold")
    }
    assert functions <= set(Nonlinearity.members)
    assert set(Nonlinearity.members) - functions <= {"swish", "hard_swish"}
    assert set(PLAIN) == set(Nonlinearity.members)


def test_every_argument_says_what_it_does() -> None:
    """The schema and the reference take the docstring under each field."""
    for family in (Layer, Initializer, Regularizer, Nonlinearity):
        for member in family.members.values():
            assert not set(member.model_fields) - set(field_docs(member)), member


def test_every_kind_says_what_it_does() -> None:
    """The first line of the docstring is the reference's."""
    for family in (Layer, Initializer, Regularizer, Nonlinearity):
        for member in family.members.values():
            assert (member.__doc__ or "").strip(), member
