"""Keras itself, constructed with the arguments that a spec would hold: what the layers are compared with."""

import contextlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras.src.backend.common.global_state import set_global_attribute

import tests.support.layers_beyond as beyond
from tests.support.layers_beyond import ClassToken, LayerScale, PositionEmbedding, StochasticDepth

_RANKED = {
    "conv": "Conv{}D",
    "conv_lstm": "ConvLSTM{}D",
    "conv_transpose": "Conv{}DTranspose",
    "depthwise_conv": "DepthwiseConv{}D",
    "separable_conv": "SeparableConv{}D",
    "max_pool": "MaxPooling{}D",
    "avg_pool": "AveragePooling{}D",
    "global_max_pool": "GlobalMaxPooling{}D",
    "global_avg_pool": "GlobalAveragePooling{}D",
    "zero_pad": "ZeroPadding{}D",
    "crop": "Cropping{}D",
    "up_sample": "UpSampling{}D",
    "spatial_dropout": "SpatialDropout{}D",
    "adaptive_avg_pool": "AdaptiveAveragePooling{}D",
    "adaptive_max_pool": "AdaptiveMaxPooling{}D",
}
_PLAIN = {
    "dense": "Dense",
    "embedding": "Embedding",
    "one_hot": "CategoryEncoding",
    "flatten": "Flatten",
    "identity": "Identity",
    "reshape": "Reshape",
    "permute": "Permute",
    "resizing": "Resizing",
    "batch_norm": "BatchNormalization",
    "layer_norm": "LayerNormalization",
    "group_norm": "GroupNormalization",
    "dropout": "Dropout",
    "rms_norm": "RMSNormalization",
    "unit_norm": "UnitNormalization",
    "gaussian_dropout": "GaussianDropout",
    "alpha_dropout": "AlphaDropout",
    "activity_regularization": "ActivityRegularization",
    "repeat_vector": "RepeatVector",
    "masking": "Masking",
    "time_distributed": "TimeDistributed",
    "spectral_norm": "SpectralNormalization",
    "dot": "Dot",
    "grouped_query_attention": "GroupQueryAttention",
    "attention": "Attention",
    "additive_attention": "AdditiveAttention",
    "lstm": "LSTM",
    "gru": "GRU",
    "simple_rnn": "SimpleRNN",
    "multi_head_attention": "MultiHeadAttention",
    "gaussian_noise": "GaussianNoise",
    "activation": "Activation",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "rescaling": "Rescaling",
    "normalization": "Normalization",
    "add": "Add",
    "subtract": "Subtract",
    "multiply": "Multiply",
    "average": "Average",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "concat": "Concatenate",
}
BEYOND = {
    "layer_scale": LayerScale,
    "stochastic_depth": StochasticDepth,
    "position_embedding": PositionEmbedding,
    "class_token": ClassToken,
    "sinusoidal_position": beyond.SinusoidalPosition,
    "local_response_norm": beyond.LocalResponseNorm,
    "channel_shuffle": beyond.ChannelShuffle,
    "space_to_depth": beyond.SpaceToDepth,
    "depth_to_space": beyond.DepthToSpace,
    "slice": beyond.Slice,
    "cast": beyond.Cast,
    "weighted_sum": beyond.WeightedSum,
}
"""What Keras has no layer for, with one that says it anew."""
CALLED_WITH = {"use_causal_mask"}
"""Arguments of attention that Keras takes when it is called."""
INTEGERS = frozenset({"embedding", "one_hot"})


def class_names(kind: str) -> tuple[str, ...]:
    """The Keras classes of a kind, one a rank."""
    if kind in BEYOND:
        return ()
    if kind in _PLAIN:
        return (_PLAIN[kind],)
    names = (_RANKED[kind].format(rank) for rank in (1, 2, 3))
    return tuple(name for name in names if hasattr(keras.layers, name))


def construct(kind: str, rank: int, arguments: dict[str, Any]) -> Any:
    """The Keras layer with these arguments; raises what Keras raises."""
    if kind == "activation":
        return _activation(**arguments)
    values = {key: _keras_value(kind, key, value, rank) for key, value in arguments.items()}
    if kind in BEYOND:
        return BEYOND[kind](**values)
    places = rank - 1 if kind == "conv_lstm" else rank
    cls = getattr(keras.layers, _PLAIN.get(kind) or _RANKED[kind].format(places))
    called = {key: values.pop(key) for key in CALLED_WITH & values.keys()}
    merge_mode = values.pop("bidirectional", "none")
    if kind in ("time_distributed", "spectral_norm"):
        return _wrapped(cls, values)
    inner = {} if merge_mode == "none" else {"name": kind}
    layer = cls(**values, **_fixed(kind), **inner)
    if inner:
        return keras.layers.Bidirectional(layer, merge_mode=merge_mode, trainable=values.get("trainable", True))
    return Attention(layer, called, kind in LISTED) if kind in ATTENTION else layer


def _wrapped(cls: Any, values: dict[str, Any]) -> Any:
    """A layer around another, which is frozen with it."""
    wrapper = cls(**values)
    if not values.get("trainable", True):
        wrapper.layer.trainable = False
    return wrapper


ATTENTION = frozenset({"multi_head_attention", "grouped_query_attention", "attention", "additive_attention"})
LISTED = frozenset({"attention", "additive_attention"})
"""Kinds whose Keras layers take query, value and key, and of these who take them in a list."""


class Attention:
    """A Keras layer that is called on one tensor or a list of two or three."""

    def __init__(self, layer: Any, called: dict[str, Any], listed: bool) -> None:
        self.layer, self.called, self.listed = layer, called, listed

    def __call__(self, given: Any, **more: Any) -> Any:
        tensors = given if isinstance(given, (list, tuple)) else [given, given]
        return self.layer(*([tensors] if self.listed else tensors), **self.called, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.layer, name)


def _fixed(kind: str) -> dict[str, Any]:
    return {"output_mode": "one_hot"} if kind == "one_hot" else {}


def _keras_value(kind: str, key: str, value: Any, rank: int) -> Any:
    if key == "layer":
        ((inner, arguments),) = value.items()
        return construct(inner, rank - (kind == "time_distributed"), {**arguments, "name": inner})
    if key.endswith("_initializer"):
        return keras.initializers.get(_configured(value, keras.initializers))
    if key.endswith("_regularizer"):
        return keras.regularizers.get(_configured(value, keras.regularizers))
    if rank == 1 and isinstance(value, list) and len(value) == 1 and kind in ("zero_pad", "crop", "up_sample"):
        return value[0]  # Keras has no list of one axis here
    return value


def _configured(value: Any, module: Any) -> Any:
    if isinstance(value, str):
        return value
    ((name, arguments),) = value.items()
    special = {"l1_l2": "L1L2", "l1": "L1", "l2": "L2"}
    return getattr(module, special.get(name) or name.title().replace("_", ""))(**arguments)


def _activation(activation: Any, activity_regularizer: Any = None, **more: Any) -> Any:
    penalty = None
    if activity_regularizer:
        regularizer = keras.regularizers.get(_configured(activity_regularizer, keras.regularizers))
        penalty = keras.regularizers.serialize(regularizer)
    if isinstance(activation, str):
        return keras.layers.Activation(activation, activity_regularizer=penalty, **more)
    ((name, arguments),) = activation.items()
    classes = {"relu": "ReLU", "leaky_relu": "LeakyReLU", "elu": "ELU", "softmax": "Softmax"}
    return getattr(keras.layers, classes[name])(**arguments, activity_regularizer=penalty, **more)


@dataclass(frozen=True)
class Built:
    """What a layer made of its inputs, without the batch axis."""

    output: tuple[int | None, ...]
    weights: tuple[tuple[str, tuple[int, ...], bool], ...]
    params: int


@contextlib.contextmanager
def unfilled() -> Iterator[None]:
    """Weights made in here have shapes and no numbers, which takes most of the time of many a layer."""
    with keras.StatelessScope(initialize_variables=False):
        yield
    set_global_attribute("uninitialized_variables", [])


def symbols(kind: str, shapes: tuple[tuple[int | None, ...], ...]) -> Any:
    """Symbolic tensors of these shapes: one, or a list of several."""
    dtype = "int32" if kind in INTEGERS else "float32"
    tensors = [keras.KerasTensor((None, *shape), dtype=dtype) for shape in shapes]
    return tensors if len(tensors) > 1 else tensors[0]


def weights_of(layer: Any) -> tuple[tuple[str, tuple[int, ...], bool], ...]:
    """Name, shape and trainability of a layer's weights, in Keras' order."""
    learnt = {id(weight) for weight in layer.trainable_weights}
    return tuple((weight.name, tuple(weight.shape), id(weight) in learnt) for weight in layer.weights)


def apply(layer: Any, kind: str, shapes: tuple[tuple[int | None, ...], ...]) -> Built:
    """Call a layer on symbolic tensors; raises what Keras raises, and ValueError for a size below 1."""
    output = layer(symbols(kind, shapes))
    sizes = tuple(output.shape[1:])
    if any(size is not None and size < 1 for size in sizes):
        raise ValueError(f"a size below 1 in {sizes}")
    return Built(sizes, weights_of(layer), layer.count_params())


def tensors(kind: str, shapes: tuple[tuple[int, ...], ...]) -> Any:
    """A batch of two random examples of these shapes: an array, or a list of several."""
    random = np.random.default_rng(0)
    if kind in INTEGERS:
        arrays = [np.zeros((2, *shape), "int32") for shape in shapes]
    else:
        arrays = [random.normal(size=(2, *shape)).astype("float32") for shape in shapes]
    return arrays if len(arrays) > 1 else arrays[0]


def run(layer: Any, kind: str, shapes: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    """Run a layer as training would, its losses too; its real output's shape without the batch axis."""
    training = {"training": True} if "training" in inspect.signature(layer.call).parameters else {}
    output = layer(tensors(kind, shapes), **training)
    for loss in layer.losses:
        float(loss)
    if 0 in output.shape:
        raise ValueError("an empty output")
    return tuple(output.shape[1:])
