"""What the formulas of layers come to, worked out index by index, is what Keras computes."""

from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.base import Layer
from cnnspec.layers.formulas.terms import Item, Name
from cnnspec.layers.formulas.working_out import work_out
from tests.support.formulas_worked_out import OF_ARRAYS, compared, elementwise, equations, nearest, there, values_of
from tests.support.layers_read import read

Cases = list[tuple[str, Any, tuple[tuple[int, ...], ...], dict[str, int]]]
_P, _S, _V = (6, 5, 3), (7, 4), (5,)

SLIDING: Cases = [
    ("conv", {"filters": 2, "kernel_size": 3}, (_P,), {}),
    ("conv", {"filters": 2, "kernel_size": [3, 2], "strides": 2, "padding": "same"}, (_P,), {}),
    ("conv", {"filters": 2, "kernel_size": 2, "dilation_rate": 2, "padding": "same"}, (_P,), {}),
    ("conv", {"filters": 2, "kernel_size": 3, "padding": "causal", "use_bias": False}, (_S,), {}),
    ("conv", {"filters": 4, "kernel_size": 3, "groups": 2}, ((6, 5, 4),), {}),
    ("conv", {"filters": 2, "kernel_size": 2}, ((3, 4, 3, 2),), {}),
    ("conv", {"filters": 2, "kernel_size": 1}, (_P,), {}),
    ("depthwise_conv", {"kernel_size": 3, "padding": "same"}, (_P,), {}),
    ("depthwise_conv", {"kernel_size": 2, "depth_multiplier": 2}, (_P,), {"r": 2}),
    ("separable_conv", {"filters": 2, "kernel_size": 3, "padding": "same"}, (_P,), {}),
    ("conv_transpose", {"filters": 2, "kernel_size": 3, "strides": 2}, (_P,), {}),
    ("conv_transpose", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, (_S,), {}),
    ("conv_transpose", {"filters": 2, "kernel_size": 4, "strides": 2, "padding": "same"}, (_P,), {}),
    ("conv_transpose", {"filters": 2, "kernel_size": 2, "dilation_rate": 2}, (_P,), {}),
    ("max_pool", {"pool_size": 3, "strides": 2, "padding": "same"}, (_P,), {}),
    ("avg_pool", {"pool_size": 3, "strides": 2, "padding": "same"}, (_P,), {}),
    ("avg_pool", 2, (_S,), {}),
    ("global_max_pool", {}, (_P,), {}),
    ("global_avg_pool", {"keepdims": True}, (_P,), {}),
    ("adaptive_avg_pool", [4, 2], (_P,), {}),
    ("adaptive_max_pool", [4, 2], (_P,), {}),
    ("zero_pad", [[1, 2], [0, 1]], (_P,), {}),
    ("crop", [[1, 2], [0, 1]], (_P,), {}),
]
OTHERS: Cases = [
    ("dense", 3, (_P,), {}),
    ("dense", 3, (_V,), {}),
    ("embedding", {"input_dim": 9, "output_dim": 3}, ((6,),), {}),
    ("one_hot", 9, ((6,),), {}),
    ("flatten", {}, (_P,), {"i": 6, "j": 5, "c": 3}),
    ("permute", [3, 1, 2], (_P,), {}),
    ("repeat_vector", 4, (_V,), {}),
    ("channel_shuffle", 3, ((2, 2, 6),), {"z": 2, "g": 3}),
    ("space_to_depth", 2, ((4, 6, 3),), {"a": 2, "b": 2, "c": 3}),
    ("depth_to_space", 2, ((3, 2, 12),), {"a": 2, "b": 2, "c": 3}),
    ("slice", {"axis": 1, "index": -2}, (_P,), {}),
    ("slice", {"axis": -1, "start": 1, "step": 2}, (_P,), {}),
    ("slice", {"axis": 2, "start": -3, "stop": -1}, (_P,), {}),
    ("layer_norm", {}, (_S,), {}),
    ("layer_norm", {"scale": False, "center": False, "epsilon": 0.1}, (_S,), {}),
    ("rms_norm", {}, (_S,), {}),
    ("unit_norm", {}, (_S,), {}),
    ("batch_norm", {"epsilon": 0.1}, (_S,), {}),
    ("batch_norm", {"scale": False}, (_S,), {}),
    ("class_token", {}, (_S,), {}),
    ("dot", {"axes": -1}, ((3, 4), (5, 4)), {"u": 3, "v": 5}),
    ("local_response_norm", {"depth_radius": 1, "bias": 2, "alpha": 0.5, "beta": 0.75}, (_P,), {}),
    ("masking", {"mask_value": 0}, (_S,), {}),
    ("prelu", {"alpha_initializer": "ones"}, (_P,), {}),
    ("layer_scale", 0.5, (_P,), {}),
    ("position_embedding", {}, (_S,), {}),
    ("sinusoidal_position", {}, (_S,), {}),
    ("resizing", {"height": 4, "width": 10}, (_P,), {}),
]
PLAIN = ["leaky_relu", "identity", "rescaling", "dropout", "spatial_dropout", "gaussian_noise", "gaussian_dropout"]


def built(layer: Layer, shapes: tuple[tuple[int, ...], ...], ids: bool = False) -> keras.Model:
    """The layer in a model of its own, all weights drawn."""
    inputs = [keras.Input(shape, dtype="int32" if ids else "float32") for shape in shapes]
    given = inputs if len(inputs) > 1 else inputs[0]
    model = keras.Model(given, layer.build(keras, "it", *shapes)(given))
    draws = np.random.default_rng(7)
    model.set_weights([draws.uniform(0.2, 1.5, each.shape).astype(np.float32) for each in model.get_weights()])
    return model


def numbers(shape: tuple[int, ...], ids: bool) -> Any:
    draws = np.random.default_rng(11)
    return draws.integers(0, 9, (1, *shape)) if ids else draws.normal(size=(1, *shape)).astype(np.float32)


@pytest.mark.parametrize(("kind", "arguments", "shapes", "most"), SLIDING + OTHERS, ids=lambda case: str(case)[:40])
def test_a_formula_gives_what_keras_gives(
    kind: str, arguments: Any, shapes: tuple[tuple[int, ...], ...], most: dict[str, int]
) -> None:
    """At a dozen places of the output; what the sum reads beside a picture is not there."""
    layer, ids = read(kind, arguments), kind in ("embedding", "one_hot")
    model, x = built(layer, shapes, ids), [numbers(shape, ids) for shape in shapes]
    output = np.array(model(x if len(x) > 1 else x[0]))[0]
    names = _WITHOUT_SCALE if kind == "batch_norm" and not vars(layer)["scale"] else _NAMES.get(kind, ("w", "b"))
    weights = [_plain(each) if kind in _PLAINLY else each for each in model.get_weights()]
    arrays = dict(zip(names, weights, strict=False))
    read_at = there(x[0][0]) if len(x) == 1 else lambda r, *at: there(x[int(r)][0])(*at)
    values: dict[str, Any] = {"x": read_at, **{name: there(array) for name, array in arrays.items()}}
    found = equations(layer, shapes)
    pairs = list(compared(found, values_of(found, values), output, most))
    assert pairs
    for ours, keras_says in pairs:
        assert float(ours) == pytest.approx(float(keras_says), rel=1e-4, abs=1e-5)


def _plain(weight: Any) -> Any:
    """A kernel of 1 x 1 as a matrix, a table of one row as a vector."""
    while weight.shape[0] == 1:
        weight = weight[0]
    return weight


_PLAINLY = ("separable_conv", "class_token")
_WITHOUT_SCALE = ("beta", "M", "V")
_NAMES = {
    "batch_norm": ("gamma", "beta", "M", "V"),
    "separable_conv": ("w", "v", "b"),
    "rms_norm": ("scale",),
    "layer_norm": ("gamma", "beta"),
    "prelu": ("alpha",),
}


@pytest.mark.parametrize("kind", PLAIN)
def test_a_formula_without_indices_gives_at_each_place_what_keras_gives(kind: str) -> None:
    """Outside training."""
    arguments: Any = {"rescaling": {"scale": 0.5, "offset": -1}, "leaky_relu": 0.2, "identity": {}}.get(kind, 0.4)
    layer = read(kind, arguments)
    x = numbers(_P, False)
    equation = equations(layer, (_P,))[-1]
    assert isinstance(equation.left, Name)
    assert elementwise(equation.right, {"x": x[0]}, {}) == pytest.approx(np.array(built(layer, (_P,))(x))[0], abs=1e-5)


@pytest.mark.parametrize("name", sorted(Nonlinearity.members))
def test_the_formula_of_an_activation_is_its_curve(name: str) -> None:
    """Along an axis for those that look along one."""
    layer = read("activation", name)
    x = np.linspace(-4, 4, 9, dtype=np.float32)
    says = np.array(built(layer, ((9,),))(x[None]))[0]
    equation = equations(layer, ((9,),))[-1]
    if isinstance(equation.left, Name):
        assert elementwise(equation.right, {"x": x}, {}) == pytest.approx(says, abs=1e-5)
    elif "tau" not in equation.said:
        pairs = list(compared((equation,), {"x": there(x)}, says, {}))
        assert pairs and all(float(a) == pytest.approx(float(b), abs=1e-5) for a, b in pairs)


STEPS: list[tuple[str, Any, tuple[str, ...]]] = [
    ("lstm", {"units": 3}, ("W", "U", "b")),
    ("lstm", {"units": 2, "return_sequences": True, "use_bias": False}, ("W", "U")),
    ("gru", {"units": 3}, ("W", "U", "b")),
    ("gru", {"units": 3, "reset_after": False, "activation": "relu"}, ("W", "U", "b")),
    ("simple_rnn", {"units": 3}, ("W", "U", "b")),
]
_GATES = {"lstm": ("i", "f", "c", "o"), "gru": ("z", "r", "h"), "simple_rnn": ("",)}


@pytest.mark.parametrize(("kind", "arguments", "names"), STEPS, ids=lambda case: str(case)[:40])
def test_the_formula_of_a_recurrent_layer_step_by_step_is_keras(
    kind: str, arguments: Any, names: tuple[str, ...]
) -> None:
    """Its weights lie gate by gate, side by side."""
    layer = read(kind, arguments)
    model, x = built(layer, (_S,)), numbers(_S, False)
    values: dict[str, Any] = {"x": lambda t: x[0, t], "reset_after": int(arguments.get("reset_after", True))}
    for name, weight in zip(names, model.get_weights(), strict=True):
        values |= _by_gates(kind, name, weight)
    found = equations(layer, (_S,))
    values = values_of(found, values, np.zeros(arguments["units"]))
    output, last = np.array(model(x))[0], found[-1]
    for t in range(_S[0]) if output.ndim > 1 else [0]:
        says = output[t] if output.ndim > 1 else output
        assert work_out(last.right, {**values, "t": t}, OF_ARRAYS) == pytest.approx(says, abs=1e-5)


def _by_gates(kind: str, name: str, weight: Any) -> dict[str, Any]:
    gates = _GATES[kind]
    if name == "b" and weight.ndim == 2:
        return {**_by_gates(kind, "b", weight[0]), **_by_gates(kind, "d", weight[1])}
    parts = np.split(weight, len(gates), axis=-1)
    return {f"{name}_{gate}".rstrip("_"): part for gate, part in zip(gates, parts, strict=True)}


ATTENTION: list[tuple[str, Any]] = [
    ("multi_head_attention", {"num_heads": 2, "key_dim": 3}),
    ("multi_head_attention", {"num_heads": 2, "key_dim": 3, "use_bias": False, "value_dim": 2}),
    ("grouped_query_attention", {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}),
]


@pytest.mark.parametrize(("kind", "arguments"), ATTENTION, ids=lambda case: str(case)[:40])
def test_the_formula_of_attention_in_heads_is_keras(kind: str, arguments: Any) -> None:
    """Keras has query, key, value and output one after the other, each with its bias."""
    layer = read(kind, arguments)
    model, x = built(layer, (_S,)), numbers(_S, False)
    weights, biased = model.get_weights(), arguments.get("use_bias", True)
    kernels, biases = (weights[::2], weights[1::2]) if biased else (weights, [])
    values: dict[str, Any] = dict.fromkeys(("query", "key", "value"), x[0])
    for name, kernel in zip("QKV", kernels[:3], strict=True):
        values[f"W{name}"] = lambda e, kernel=kernel: kernel[:, int(e)]
    values["WO"] = lambda e: kernels[3][int(e)]
    for name, bias in zip("QKV", biases[:3], strict=False):
        values[f"b{name}"] = lambda e, bias=bias: bias[int(e)]
    if biased:
        values["bO"] = biases[3]
    found = equations(layer, (_S,))
    output = work_out(found[-1].right, values_of(found, values), OF_ARRAYS)
    assert output == pytest.approx(np.array(model(x))[0], abs=1e-4)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [("attention", {}), ("attention", {"use_scale": True}), ("attention", {"score_mode": "concat"}),
     ("additive_attention", {}), ("additive_attention", {"use_scale": False})],
)  # fmt: skip
def test_the_formula_of_scores_is_keras(kind: str, arguments: Any) -> None:
    """Scores are worked out pair by pair, then weighed by a softmax."""
    layer = read(kind, arguments)
    model, x = built(layer, (_S,)), numbers(_S, False)
    weights = model.get_weights()
    scale = weights[0] if weights else 1.0
    values: dict[str, Any] = {"query": there(x[0]), "key": there(x[0]), "w": scale}
    values["scale"] = there(scale) if kind == "additive_attention" and weights else scale
    found = equations(layer, (_S,))
    scores = next(each for each in found if "tanh" in str(each.right) or "query" in str(each.right))
    matrix = np.array(
        [[work_out(scores.right, {**values, "i": i, "j": j}, OF_ARRAYS) for j in range(_S[0])] for i in range(_S[0])]
    )
    output = work_out(found[-1].right, {"A": OF_ARRAYS["softmax"](matrix), "value": x[0]}, OF_ARRAYS)
    assert output == pytest.approx(np.array(model(x))[0], abs=1e-4)


MERGED = ["add", "subtract", "multiply", "average", "maximum", "minimum", "weighted_sum"]


@pytest.mark.parametrize("kind", MERGED)
def test_the_formula_of_a_merge_gives_at_each_place_what_keras_gives(kind: str) -> None:
    layer = read(kind, {})
    x = [numbers(_V, False), -2 * numbers(_V, False)]
    model = built(layer, (_V, _V))
    says = np.array(model(x))[0]
    equation = equations(layer, (_V, _V))[-1]
    weights = {"w": there(model.get_weights()[0])} if model.get_weights() else {}
    for place in range(_V[0]):
        values = {"x": lambda r, place=place: float(x[int(r)][0, place]), **weights}
        assert work_out(equation.right, values) == pytest.approx(says[place], abs=1e-5)


def test_the_formula_of_an_enlargement_takes_the_nearest_places() -> None:
    layer, x = read("up_sample", 2), numbers(_P, False)
    output, (equation,) = np.array(built(layer, (_P,))(x))[0], equations(layer, (_P,))
    for place in np.ndindex(*output.shape):
        values = {"x": there(x[0]), **dict(zip("ijc", place, strict=True))}
        assert work_out(equation.right, values, {"near": nearest}) == output[place]


def test_the_formula_of_a_concatenation_places_each_input_after_those_before_it() -> None:
    layer, x = read("concat", {"axis": 1}), [numbers((3, 4), False), numbers((2, 4), False)]
    output = np.array(built(layer, ((3, 4), (2, 4)))(x))[0]
    (equation,) = equations(layer, ((3, 4), (2, 4)))
    for r, e in ((0, 0), (1, 3)):
        for i, c in np.ndindex(*x[r][0].shape):
            values = {"x": lambda r, i, c: x[int(r)][0, i, c], "r": r, "e": e, "i": i, "c": c}
            assert isinstance(equation.left, Item)
            place = tuple(work_out(each, values) for each in equation.left.at)
            assert work_out(equation.right, values) == output[place]
