"""Every argument of everything that a layer is made of does something: what is built computes or learns otherwise.

Whether it does the right thing is held against Keras elsewhere; here nothing may be read and then forgotten.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.layers import LAYERS
from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.base import Layer, expand
from cnnspec.layers.initializer import Initializer, Regularizer, build_initializer, build_regularizer
from cnnspec.layers.kind import Kind, read_kind
from tests.support.layer_cases import taking_training
from tests.support.layers_read import read

RNN = ("lstm", "gru", "simple_rnn", "conv_lstm")
SEEDED = ("multi_head_attention", "grouped_query_attention", "attention")
PICTURE, WHOLE = (9, 8, 4), {"filters": 4, "kernel_size": 3}
BASES: dict[str, tuple[dict[str, Any], tuple[tuple[int, ...], ...]]] = {
    "conv": (WHOLE, (PICTURE,)),
    "conv_transpose": (WHOLE, (PICTURE,)),
    "depthwise_conv": ({"kernel_size": 3}, (PICTURE,)),
    "separable_conv": (WHOLE, (PICTURE,)),
    "max_pool": ({}, (PICTURE,)),
    "avg_pool": ({"pool_size": 2}, (PICTURE,)),
    "global_max_pool": ({}, (PICTURE,)),
    "global_avg_pool": ({}, (PICTURE,)),
    "dense": ({"units": 4}, ((6,),)),
    "embedding": ({"input_dim": 5, "output_dim": 4}, ((6,),)),
    "one_hot": ({"num_tokens": 5}, ((6,),)),
    "flatten": ({}, (PICTURE,)),
    "identity": ({}, (PICTURE,)),
    "reshape": ({"target_shape": [8, 9, 4]}, (PICTURE,)),
    "permute": ({"dims": [2, 1, 3]}, (PICTURE,)),
    "zero_pad": ({}, (PICTURE,)),
    "crop": ({}, (PICTURE,)),
    "up_sample": ({}, (PICTURE,)),
    "resizing": ({"height": 5, "width": 7}, (PICTURE,)),
    "batch_norm": ({}, (PICTURE,)),
    "layer_norm": ({}, (PICTURE,)),
    "group_norm": ({"groups": 2}, (PICTURE,)),
    "dropout": ({"rate": 0.5, "seed": 1}, (PICTURE,)),
    "spatial_dropout": ({"rate": 0.5, "seed": 1}, (PICTURE,)),
    "gaussian_noise": ({"stddev": 0.5, "seed": 1}, (PICTURE,)),
    "activation": ({"activation": "relu"}, ((6,),)),
    "leaky_relu": ({}, ((6,),)),
    "prelu": ({}, (PICTURE,)),
    "rescaling": ({"scale": 2}, ((6,),)),
    "layer_scale": ({}, (PICTURE,)),
    **dict.fromkeys(("rms_norm", "unit_norm", "local_response_norm"), ({}, (PICTURE,))),
    **dict.fromkeys(("gaussian_dropout", "alpha_dropout"), ({"rate": 0.5, "seed": 1}, (PICTURE,))),
    "activity_regularization": ({}, ((6,),)),
    "repeat_vector": ({"n": 3}, ((6,),)),
    "channel_shuffle": ({"groups": 1}, (PICTURE,)),
    **dict.fromkeys(("space_to_depth", "depth_to_space"), ({"block_size": 2}, ((8, 8, 64),))),
    "slice": ({"axis": 2}, (PICTURE,)),
    "cast": ({"dtype": "float32"}, ((6,),)),
    "masking": ({}, ((6, 3),)),
    "sinusoidal_position": ({}, ((5, 4),)),
    "adaptive_avg_pool": ({"output_size": 2}, (PICTURE,)),
    "adaptive_max_pool": ({"output_size": 2}, (PICTURE,)),
    "dot": ({"axes": 2}, ((6, 6), (6, 6))),
    "weighted_sum": ({}, ((6,), (6,))),
    "stochastic_depth": ({"rate": 0.5, "seed": 1}, (PICTURE,)),
    **dict.fromkeys(("lstm", "gru", "simple_rnn"), ({"units": 3, "seed": 1}, ((2, 4),))),
    "conv_lstm": ({"filters": 2, "kernel_size": 2, "seed": 1}, ((2, 9, 8, 2),)),
    "grouped_query_attention": (
        {"head_dim": 3, "num_query_heads": 2, "num_key_value_heads": 1, "seed": 1},
        ((5, 4),),
    ),
    "attention": ({"seed": 1}, ((5, 4),)),
    **dict.fromkeys(("time_distributed", "spectral_norm"), ({"layer": {"dense": 3}}, ((5, 4),))),
    "additive_attention": ({}, ((5, 4),)),
    "multi_head_attention": ({"num_heads": 2, "key_dim": 3, "seed": 1}, ((5, 3, 4),)),
    **dict.fromkeys(("position_embedding", "class_token"), ({}, ((5, 4),))),
    "normalization": ({}, (PICTURE,)),
    **dict.fromkeys(("add", "subtract", "multiply", "average", "maximum", "minimum"), ({}, ((6,), (6,)))),
    "concat": ({}, ((6, 3), (6, 3))),
}
"""By kind, arguments that work and shapes to read."""
CHANGED: Mapping[str, Any] = {
    **dict.fromkeys(("filters", "units", "output_dim", "input_dim", "num_tokens"), 8),
    **dict.fromkeys(("kernel_size", "dilation_rate", "depth_multiplier", "groups"), 2),
    **dict.fromkeys(("use_bias", "center", "scale", "trainable"), False),
    **dict.fromkeys(("mask_zero", "keepdims", "invert", "antialias", "return_sequences", "go_backwards"), True),
    **dict.fromkeys(("use_gate", "use_causal_mask", "use_scale"), True),
    **dict.fromkeys(("unit_forget_bias", "reset_after"), False),
    **dict.fromkeys(("dropout", "recurrent_dropout", "init_values"), 0.25),
    **dict.fromkeys(("head_dim", "num_query_heads", "num_heads", "key_dim", "value_dim"), 4),
    **dict.fromkeys(("output_shape", "sliding_window"), 4),
    **dict.fromkeys(("depth_radius", "n"), 1), **dict.fromkeys(("bias", "alpha", "beta"), 3),
    **dict.fromkeys(("l1", "l2"), 0.5), "block_size": 4, "start": 1, "stop": 2, "step": 2, "index": 1, "dtype": "int32",
    "output_size": 3, "axes": [2, 1],
    "layer": {"dense": 4}, "power_iterations": 9, "max_wavelength": 100, "normalize": True,
    "bidirectional": "concat", "attention_axes": 1, "recurrent_activation": "relu",
    **dict.fromkeys(("crop_to_aspect_ratio", "pad_to_aspect_ratio"), True),
    **dict.fromkeys(("rate", "stddev", "momentum", "negative_slope"), 0.25),
    "padding": "same", "strides": 3, "output_padding": 1, "pool_size": 3, "size": 3, "interpolation": "bicubic",
    "height": 3, "width": 3, "cropping": 2, "target_shape": [4, 72], "dims": [1, 3, 2], "noise_shape": [None, 1, 1, 4],
    "axis": 1, "shared_axes": [1, 2], "epsilon": 0.5, "seed": 2, "offset": 1, "activation": "tanh", "norm": "layer",
}  # fmt: skip
"""Another value of an argument, for every kind that has it."""
PARTICULAR: Mapping[tuple[str, str], dict[str, Any]] = {
    ("crop", "cropping"): {"cropping": 2},
    ("zero_pad", "padding"): {"padding": 2},
    ("rescaling", "scale"): {"scale": 3},
    ("normalization", "mean"): {"mean": 1, "variance": 2},
    ("normalization", "variance"): {"mean": 0, "variance": 2},
    ("resizing", "fill_value"): {"pad_to_aspect_ratio": True, "fill_value": 7},
    ("group_norm", "groups"): {"groups": 4},
    ("group_norm", "axis"): {"groups": 1, "axis": 1},
    ("rms_norm", "axis"): {"axis": [2, 3]},
    ("slice", "axis"): {"axis": 1, "start": 1},
    ("attention", "score_mode"): {"score_mode": "concat"},
    ("attention", "use_scale"): {"score_mode": "concat", "use_scale": True},
    ("additive_attention", "use_scale"): {"use_scale": False},
    ("weighted_sum", "normalize"): {"normalize": "softmax"},
    ("weighted_sum", "epsilon"): {"normalize": "relu", "epsilon": 0.5},
    **{(kind, "activation"): {"activation": "relu"} for kind in RNN},
    ("conv_lstm", "kernel_size"): {"kernel_size": 3},
    ("grouped_query_attention", "num_key_value_heads"): {"num_key_value_heads": 2},
    ("grouped_query_attention", "sliding_window"): {"sliding_window": 2},
    ("multi_head_attention", "output_shape"): {"output_shape": 5},
    ("multi_head_attention", "sliding_window"): {"attention_axes": 1, "sliding_window": 2},
}
"""Arguments that need others beside them."""
BESIDE: Mapping[tuple[str, str], dict[str, Any]] = {
    ("resizing", "fill_value"): {"pad_to_aspect_ratio": True},
    ("group_norm", "axis"): {"groups": 1},
    ("normalization", "invert"): {"mean": 1, "variance": 4},
    ("conv_transpose", "output_padding"): {"strides": 3},
    ("weighted_sum", "epsilon"): {"normalize": "relu"},
    ("slice", "axis"): {"start": 1},
    ("attention", "use_scale"): {"score_mode": "concat"},
    ("attention", "seed"): {"dropout": 0.5},
    **{(kind, "seed"): {"dropout": 0.5} for kind in (*RNN, *SEEDED)},
    **{("multi_head_attention", way): {"attention_axes": 1} for way in ("sliding_window", "use_causal_mask")},
}
"""What an argument needs beside it to have something to do."""
WITHOUT: Mapping[tuple[str, str], str] = {
    ("resizing", "fill_mode"): "constant is its only value",
    ("masking", "mask_value"): "of padding: no step of these numbers is",
    **{(kind, "unroll"): "the same steps without a loop" for kind in ("lstm", "gru", "simple_rnn")},
    **{(kind, "use_cudnn"): "the same numbers by another kernel" for kind in ("lstm", "gru")},
    ("batch_norm", "synchronized"): "of replicas: it is refused over several devices",
}
"""Arguments that change nothing here, and why."""


def beside(kind: str, field: str) -> dict[str, Any]:
    """What is there without the argument, too: a penalty on zeros would be none."""
    start = f"{field.removesuffix('_regularizer')}_initializer"
    drawn = {start: "ones"} if field.endswith("_regularizer") and start in LAYERS[kind].model_fields else {}
    return {**drawn, **BESIDE.get((kind, field), {})}


def changed(kind: str, field: str) -> dict[str, Any]:
    """Arguments that differ from the base in one field."""
    if (kind, field) in PARTICULAR:
        return PARTICULAR[kind, field]
    if field.endswith("_initializer"):
        return {field: {"constant": 0.7}}
    return {field: "l2" if field.endswith("_regularizer") else CHANGED[field]}


@dataclass
class Built:
    """What a layer does to numbers: the same ones each time, and weights drawn from one seed."""

    outputs: list[np.ndarray]
    masks: list[bool]
    weights: list[np.ndarray]
    learns: list[bool]
    penalty: float

    def differs(self, other: "Built") -> bool:
        """Whether anything can be told apart."""
        plain = (self.masks, self.learns, self.penalty) != (other.masks, other.learns, other.penalty)
        mine, theirs = ([*each.outputs, *each.weights] for each in (self, other))
        return plain or len(mine) != len(theirs) or not all(map(np.array_equal, mine, theirs))


def built(layer: Layer, shapes: tuple[tuple[int, ...], ...]) -> Built:
    """The layer with all its parts, outside training, in training and once more outside."""
    keras.utils.set_random_seed(3)
    numbers = np.random.default_rng(0)
    ids = layer.ids is not None
    given = [
        numbers.integers(0, 5, (4, *shape)) if ids else numbers.normal(0.3, 2, (4, *shape)).astype("float32")
        for shape in shapes
    ]
    parts = [
        taking_training(part.layer.build(keras, part.suffix or "layer", *read), read)
        for part, read, _ in expand(layer, *shapes)
    ]
    layers = [part for part in parts if isinstance(part, keras.Layer)]
    for part in layers:
        if hasattr(part, "adapt") and part.input_mean is None:
            part.adapt(given[0])
    outputs: list[Any] = [applied(parts, given, training=False)] * 3
    if any(part.non_trainable_variables for part in layers):  # else training changes nothing, and draws nothing
        outputs[1:] = [applied(parts, given, training) for training in (True, False)]
    variables = [weight for part in layers for weight in part.weights if "seed" not in weight.path]
    return Built(
        [np.asarray(output) for output in outputs],
        [getattr(output, "_keras_mask", None) is not None for output in outputs],
        [np.asarray(variable) for variable in variables],
        [variable.trainable for variable in variables],
        sum(float(loss) for part in layers for loss in part.losses),
    )


def applied(parts: list[Any], given: list[np.ndarray], training: bool) -> Any:
    """What comes out of the parts, one after the other."""
    value: Any = given if len(given) > 1 else given[0]
    for part in parts:
        takes = isinstance(part, keras.Layer) and part._call_has_training_arg
        value = part(value, training=training) if takes else part(value)
    return value


@functools.cache
def twice(kind: str, written: str) -> Built:
    """What a kind does with these arguments, and does again."""
    layer, shapes = read(kind, json.loads(written)), BASES[kind][1]
    before = built(layer, shapes)
    assert not before.differs(built(layer, shapes)), "the same twice is not the same"
    return before


ARGUMENTS = [(kind, field) for kind, layer in LAYERS.items() for field in layer.model_fields]


@pytest.mark.parametrize(("kind", "field"), ARGUMENTS, ids=lambda each: str(each))
def test_an_argument_of_a_layer_changes_what_the_layer_does(kind: str, field: str) -> None:
    arguments, shapes = BASES[kind]
    plain = {**arguments, **beside(kind, field)}
    before = twice(kind, json.dumps(plain))
    if (kind, field) in WITHOUT or (field == "trainable" and not any(before.learns)):
        return
    assert before.differs(built(read(kind, {**plain, **changed(kind, field)}), shapes))


MEMBERS: Mapping[str, tuple[type[Kind], Mapping[str, Any]]] = {
    "initializer": (
        Initializer,
        {
            **dict.fromkeys(("value", "gain", "mean", "stddev", "minval", "scale"), 0.02),
            "maxval": 0.9, "seed": 7, "mode": "fan_out", "distribution": "uniform",
            "input_axes": [0], "output_axes": [1],
        },
    ),
    "regularizer": (Regularizer, {"l1": 0.5, "l2": 0.5, "factor": 0.5, "mode": "columns"}),
    "activation": (
        Nonlinearity,
        {"max_value": 0.5, "negative_slope": 0.4, "threshold": 0.6, "alpha": 0.5, "axis": 1},
    ),
}  # fmt: skip
"""By family, what it is and another value of each argument."""
TOGETHER = {"input_axes": {"output_axes": [1]}, "output_axes": {"input_axes": [0]}}
NUMBERS = np.random.default_rng(0).normal(size=(6, 3, 2)).astype("float32")
FAMILIES = [
    (family, kind, field)
    for family, (base, _) in MEMBERS.items()
    for kind, member in base.members.items()
    for field in member.model_fields
]


def said(member: Kind) -> np.ndarray:
    """What a member makes of numbers, or of the shape of a weight."""
    keras.utils.set_random_seed(3)
    if isinstance(member, Initializer):
        return np.asarray(build_initializer(keras, member)((6, 6) if member.kind == "identity" else (2, 6, 3)))
    if isinstance(member, Regularizer):
        return np.asarray(build_regularizer(keras, member)(keras.ops.convert_to_tensor(NUMBERS[:, :, 0])))
    layer = read("activation", {"activation": {member.kind: member.written()}}).build(keras, "asked", (3, 2))
    return np.asarray(layer(NUMBERS))


@pytest.mark.parametrize(("family", "kind", "field"), FAMILIES, ids=lambda each: str(each))
def test_an_argument_of_what_a_layer_takes_changes_what_it_does(family: str, kind: str, field: str) -> None:
    """Initializers, regularizers and activations. A seed that is written gives the same draw each time."""
    base, values = MEMBERS[family]
    arguments = {field: values[field], **TOGETHER.get(field, {})}
    before, after = read_kind(family, base.members, kind), read_kind(family, base.members, {kind: arguments})
    assert not np.array_equal(said(before), said(after))
    assert np.array_equal(said(after), said(after))
