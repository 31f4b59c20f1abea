"""Hypothesis strategies: arguments of each layer kind, and shapes for it to read, good and bad alike.

Arguments are what a spec would hold (numbers, words, lists, maps), spelled as in Keras.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]
Shape = tuple[int, ...]
Arguments = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A layer with its arguments and the shapes that it is to read."""

    kind: str
    arguments: Arguments
    shapes: tuple[Shape, ...]


_INITIALIZERS = [
    *("zeros", "ones", "glorot_normal", "he_uniform", "lecun_normal"),
    {"constant": {"value": 0.5}},
    {"variance_scaling": {"scale": 2.0, "mode": "fan_out", "distribution": "uniform"}},
    {"he_normal": {"input_axes": [0], "output_axes": [-1], "seed": 1}},
    {"random_normal": {"stddev": 0.1, "seed": 3}},
    {"truncated_normal": {"mean": 1.0}},
]
INITIALIZERS = st.sampled_from([*_INITIALIZERS * 2, "identity", "orthogonal"])
_REGULARIZERS = ["l1", {"l2": {"l2": 0.1}}, {"l1_l2": {"l1": 0.1, "l2": 0.2}}]
REGULARIZERS = st.sampled_from([*_REGULARIZERS * 4, "orthogonal_regularizer"])
ACTIVATIONS = st.sampled_from(["relu", "tanh", "softmax", "silu", "leaky_relu", "linear"])


CHANNELS = st.integers(1, 6)


def _some(draw: Draw, **choices: st.SearchStrategy[Any]) -> Arguments:
    """Some of the arguments; about one in three."""
    return {name: draw(values) for name, values in choices.items() if draw(st.integers(0, 2)) == 0}


def _window(rank: int, most: int, least: int = 1) -> st.SearchStrategy[Any]:
    size = st.integers(least, most)
    each = st.lists(size, min_size=rank, max_size=rank) if 1 <= rank <= 3 else size
    odd = st.lists(size, min_size=1, max_size=3)
    return st.one_of(*[size, each] * 6, odd, st.just(0))


def _one_in(draw: Draw, count: int) -> bool:
    """Rarely true; examples that cannot be built teach less than those that can."""
    return bool(draw(st.integers(0, count - 1)) == count - 1)


def _rank(draw: Draw, most: int = 3) -> int:
    return draw(st.sampled_from([0, most + 1])) if _one_in(draw, 20) else draw(st.integers(1, most))


def _shape(draw: Draw, rank: int, most: int = 8, channels: st.SearchStrategy[int] = CHANNELS) -> Shape:
    if rank == 0:
        return draw(st.sampled_from([(), (3,)]))
    sizes = st.integers(1, most) if _one_in(draw, 5) else st.integers(most // 2, most)
    return (*draw(st.lists(sizes, min_size=rank, max_size=rank)), draw(channels))


def _any_shape(draw: Draw, least: int = 0, most: int = 4) -> Shape:
    rank = 0 if least == 0 and _one_in(draw, 8) else draw(st.integers(1, most))
    return tuple(draw(st.lists(st.integers(1, 5), min_size=rank, max_size=rank)))


def _axis(shape: Shape) -> st.SearchStrategy[int]:
    """Axes with the batch as 0, some beyond the shape; never the batch itself."""
    rank = len(shape) + 1
    inside = [*range(-rank + 1, 0), *range(1, rank)]
    return st.sampled_from([*inside * 5, rank, -rank - 1])


def _weights(draw: Draw, *names: str) -> Arguments:
    initializers = {f"{name}_initializer": INITIALIZERS for name in names}
    regularizers = {f"{name}_regularizer": REGULARIZERS for name in names}
    rest = {"activation": ACTIVATIONS, "use_bias": st.booleans(), "activity_regularizer": REGULARIZERS}
    few = draw(st.booleans())
    return _some(draw, trainable=st.booleans(), use_bias=st.booleans(), activation=ACTIVATIONS) | (
        {} if few else _some(draw, **initializers, **regularizers, **rest)
    )


def _slides(draw: Draw, rank: int) -> Arguments:
    both = _one_in(draw, 10)
    strided = draw(st.booleans())
    moves: Arguments = {}
    if strided or both:
        moves["strides"] = draw(_window(rank, 3))
    if not strided or both:
        moves["dilation_rate"] = draw(_window(rank, 3))
    return {"kernel_size": draw(_window(rank, 4)), **moves}


def _conv(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    rank = _rank(draw)
    paddings = st.sampled_from(["same", "valid", "causal"] if rank == 1 or _one_in(draw, 20) else ["same", "valid"])
    groups = draw(st.integers(1, 3))
    multiples = st.integers(1, 6) if _one_in(draw, 8) else st.integers(1, 2).map(lambda by: by * groups)
    some = {"groups": groups} if groups > 1 else {}
    drawn = {"filters": draw(multiples), **_slides(draw, rank), **some, **_some(draw, padding=paddings)}
    return drawn | _weights(draw, "kernel", "bias"), (_shape(draw, rank, channels=multiples),)


def _conv_transpose(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    rank = _rank(draw)
    some = _some(draw, padding=st.sampled_from(["valid", "same"]), output_padding=_window(rank, 2, 0))
    drawn = {"filters": draw(st.integers(1, 4)), **_slides(draw, rank), **some}
    return drawn | _weights(draw, "kernel", "bias"), (_shape(draw, rank, 4, st.integers(1, 4)),)


def _depthwise_conv(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    rank = _rank(draw, 2)
    some = _some(draw, padding=st.sampled_from(["valid", "same"]), depth_multiplier=st.sampled_from([1, 2, 3, 2, 3, 0]))
    return _slides(draw, rank) | some | _weights(draw, "depthwise", "bias"), (_shape(draw, rank),)


def _separable_conv(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    rank = _rank(draw, 2)
    some = _some(draw, padding=st.sampled_from(["valid", "same"]), depth_multiplier=st.integers(1, 3))
    drawn = {"filters": draw(st.integers(1, 6)), **_slides(draw, rank), **some}
    return drawn | _weights(draw, "depthwise", "pointwise", "bias"), (_shape(draw, rank),)


def _pool(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    rank = _rank(draw)
    strides = st.one_of(st.none(), _window(rank, 3).filter(lambda strides: strides != 0))
    drawn = _some(draw, pool_size=_window(rank, 3), strides=strides, padding=st.sampled_from(["valid", "same"]))
    if draw(st.booleans()):
        drawn["pool_size"] = draw(st.integers(1, 3))
    return drawn | _some(draw, trainable=st.booleans()), (_shape(draw, rank),)


def _global_pool(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    return _some(draw, keepdims=st.booleans()), (_shape(draw, _rank(draw)),)


def _dense(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    return {"units": draw(st.sampled_from([*range(1, 7)] * 2 + [0]))} | _weights(draw, "kernel", "bias"), (
        _any_shape(draw),
    )


def _embedding(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    some = _some(
        draw,
        embeddings_initializer=INITIALIZERS,
        embeddings_regularizer=REGULARIZERS,
        mask_zero=st.booleans(),
        trainable=st.booleans(),
    )
    sizes = {"input_dim": draw(st.sampled_from([*range(1, 10), 0])), "output_dim": draw(st.integers(1, 5))}
    return sizes | some, (_any_shape(draw, 0, 3),)


def _one_hot(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    # A last axis of size 1 is Keras' special case, and ours: it has a test of its own.
    shape = _any_shape(draw, 0, 3)
    return {"num_tokens": draw(st.sampled_from([*range(1, 10), 0]))}, (shape if shape[-1:] != (1,) else (*shape, 2),)


def _shape_only(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    return _some(draw, trainable=st.booleans()), (_any_shape(draw),)


def _reshape(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw)
    target = list(draw(st.permutations(shape)))
    if target and draw(st.booleans()):
        target[draw(st.integers(0, len(target) - 1))] = -1
    if draw(st.integers(0, 3)) == 0:
        target.append(draw(st.sampled_from([-1, 0, 1, 2])))
    return {"target_shape": target}, (shape,)


def _permute(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw, 1)
    dims = list(draw(st.permutations(range(1, len(shape) + 1))))
    if draw(st.integers(0, 3)) == 0:
        dims.append(draw(st.integers(0, len(dims) + 1)))
    return {"dims": dims}, (shape,)


def _sides(draw: Draw, rank: int) -> Any:
    side = st.one_of(st.integers(0, 3), st.lists(st.integers(0, 3), min_size=2, max_size=2))
    each = st.lists(side, min_size=rank, max_size=rank) if 1 <= rank <= 3 else st.integers(0, 3)
    return draw(st.one_of(st.integers(0, 3), each, each, st.lists(side, min_size=1, max_size=3)))


def _zero_pad(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    rank = _rank(draw)
    return {"padding": _sides(draw, rank)} if draw(st.integers(0, 4)) else {}, (_shape(draw, rank),)


def _crop(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    rank = _rank(draw)
    return {"cropping": _sides(draw, rank)} if draw(st.integers(0, 4)) else {}, (_shape(draw, rank),)


_INTERPOLATIONS = st.sampled_from(["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"])


def _up_sample(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    rank = _rank(draw)
    some = _some(draw, size=_window(rank, 3)) | _some(draw, interpolation=_INTERPOLATIONS)
    return some, (_shape(draw, rank),)


def _resizing(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    some = _some(
        draw,
        interpolation=_INTERPOLATIONS,
        crop_to_aspect_ratio=st.booleans(),
        pad_to_aspect_ratio=st.booleans(),
        fill_value=st.sampled_from([0.0, 1.5]),
        antialias=st.booleans(),
    )
    # Keras takes (height, width) for one image without a batch, so other ranks are no oracle here.
    return {"height": draw(st.integers(1, 9)), "width": draw(st.integers(1, 9))} | some, (_shape(draw, 2),)


def _normalised(draw: Draw, axis: st.SearchStrategy[Any]) -> Arguments:
    return _some(
        draw,
        axis=axis,
        epsilon=st.sampled_from([1e-5, 0.1]),
        center=st.booleans(),
        scale=st.booleans(),
        beta_initializer=INITIALIZERS,
        gamma_initializer=INITIALIZERS,
        beta_regularizer=REGULARIZERS,
        gamma_regularizer=REGULARIZERS,
        trainable=st.booleans(),
    )


def _batch_norm(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw)
    more = _some(draw, momentum=st.sampled_from([0.0, 0.9, 1.0]), moving_mean_initializer=INITIALIZERS)
    return _normalised(draw, _axis(shape)) | more, (shape,)


def _layer_norm(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    # Without an axis Keras normalises over the batch.
    shape = _any_shape(draw, 1)
    axes = st.one_of(_axis(shape), st.lists(_axis(shape), min_size=1, max_size=3))
    return _normalised(draw, axes), (shape,)


def _group_norm(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw)
    groups: Arguments = {"groups": draw(st.sampled_from([1, -1, 2, shape[-1] if shape else 3, 3, 5, 0]))}
    if _one_in(draw, 10):
        groups = {}
    return _normalised(draw, _axis(shape)) | groups, (shape,)


def _dropout(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw, 1)
    noise = [None, *(draw(st.sampled_from([None, 1, size, 2])) for size in shape)]
    if draw(st.booleans()):
        return {"rate": 0.5, "noise_shape": noise} | _some(draw, seed=st.integers(0, 99)), (shape,)
    drawn = {"rate": draw(st.sampled_from([0, 0.25, 0.5, 1.0, -0.5, 1.5]))}
    return drawn | _some(draw, seed=st.integers(0, 99)), (shape,)


def _spatial_dropout(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    drawn = {"rate": draw(st.sampled_from([0, 0.25, 0.5, 1.0, -0.5, 1.5]))} | _some(draw, seed=st.integers(0, 99))
    return drawn, (_shape(draw, _rank(draw)),)


def _gaussian_noise(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    drawn = {"stddev": draw(st.sampled_from([0, 0.25, 1.0, -0.5, 1.5]))} | _some(draw, seed=st.integers(0, 99))
    return drawn, (_any_shape(draw),)


PLAIN = [
    *("linear", "relu", "relu6", "elu", "selu", "celu", "gelu", "silu", "swish", "mish", "sigmoid", "tanh", "softmax"),
    *("softplus", "softsign", "exponential", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "hard_shrink"),
    *("soft_shrink", "tanh_shrink", "log_sigmoid", "log_softmax", "sparsemax", "sparse_plus", "sparse_sigmoid"),
    *("squareplus", "leaky_relu"),
]


def _activation(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw, 1)
    with_arguments = [
        {"relu": {"max_value": 6.0, "negative_slope": 0.1}},
        {"leaky_relu": {"negative_slope": 0.3}},
        {"elu": {"alpha": 0.5}},
        {"softmax": {"axis": draw(_axis(shape))}},
    ]
    some = _some(draw, trainable=st.booleans(), activity_regularizer=REGULARIZERS)
    return {"activation": draw(st.sampled_from([*PLAIN, *with_arguments * 3]))} | some, (shape,)


def _leaky_relu(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    return _some(draw, negative_slope=st.sampled_from([0.0, 0.2, 1.5, -0.1])), (_any_shape(draw),)


def _prelu(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw)
    axis = st.integers(1, len(shape) + 1)
    some = _some(
        draw,
        alpha_initializer=INITIALIZERS,
        alpha_regularizer=REGULARIZERS,
        shared_axes=st.one_of(axis, st.lists(axis, min_size=1, max_size=3)),
        trainable=st.booleans(),
    )
    return some, (shape,)


def _rescaling(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw, 1)
    number = st.floats(-4, 4, allow_nan=False, width=32)
    values = st.one_of(number, st.lists(number, min_size=shape[-1], max_size=shape[-1]), st.lists(number, min_size=1))
    return {"scale": draw(values)} | _some(draw, offset=values), (shape,)


def _normalization(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw, 1, 3)
    several = st.lists(_axis(shape), min_size=1, max_size=2, unique_by=lambda axis: axis % (len(shape) + 1))
    axes = st.one_of(_axis(shape), several, st.none())
    drawn = _some(draw, axis=axes, invert=st.booleans())
    length = draw(st.sampled_from([*shape, 1, shape[-1]]))
    given = draw(st.sampled_from(["none", "numbers", "lists", "lists", "odd"]))
    if given == "numbers":
        drawn |= {"mean": 1.5, "variance": 2}
    if given == "lists":
        drawn |= {"mean": [0.5] * length, "variance": [2.0] * length}
    if given == "odd":
        drawn |= draw(st.sampled_from([{"mean": 1.0}, {"variance": 1.0}, {"mean": [1.0, 2.0], "variance": 1.0}]))
    return drawn, (shape,)


def _inputs(draw: Draw, shape: Shape) -> tuple[Shape, ...]:
    """Two or three shapes, mostly ones that agree."""

    def similar() -> Shape:
        sizes = [draw(st.sampled_from([size, size, size, 1])) for size in shape]
        if draw(st.integers(0, 4)) == 0:
            sizes = sizes[draw(st.integers(0, len(sizes))) :]
        if sizes and draw(st.integers(0, 4)) == 0:
            sizes[draw(st.integers(0, len(sizes) - 1))] = draw(st.integers(1, 5))
        return tuple(sizes)

    return (shape, *(similar() for _ in range(draw(st.integers(1, 2)))))


def _merge(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    return _some(draw, trainable=st.booleans()), _inputs(draw, _any_shape(draw, 1))


def _subtract(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    return {}, _inputs(draw, _any_shape(draw, 1))[:2]


def _concat(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw, 1)
    drawn = _some(draw, axis=_axis(shape))
    if draw(st.integers(0, 3)) == 0:
        return drawn, _inputs(draw, shape)
    place = drawn.get("axis", -1)
    place = place - 1 if place > 0 else place
    if not -len(shape) <= place < len(shape):
        return drawn, (shape, shape)
    grown = []
    for _ in range(draw(st.integers(1, 3))):
        sizes = list(shape)
        sizes[place] = draw(st.integers(1, 5))
        grown.append(tuple(sizes))
    return drawn, (shape, *grown)


def _layer_scale(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    some = _some(draw, init_values=st.sampled_from([0.0, 1e-4, -2.5]), trainable=st.booleans())
    return some, (_any_shape(draw),)


def _stochastic_depth(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    drawn = {"rate": draw(st.sampled_from([0, 0.25, 0.5, -0.5, 1.5]))} | _some(draw, seed=st.integers(0, 99))
    return drawn, (_any_shape(draw),)


def _learnt_steps(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    names = {"embeddings_initializer": INITIALIZERS, "embeddings_regularizer": REGULARIZERS}
    return _some(draw, **names, trainable=st.booleans()), (_shape(draw, 1 if not _one_in(draw, 8) else _rank(draw)),)


_FUNCTIONS = st.sampled_from(["tanh", "relu", "sigmoid", "hard_sigmoid", "linear"])


def _recurrent(draw: Draw) -> Arguments:
    return _weights(draw, "kernel", "recurrent", "bias") | _some(
        draw,
        activation=_FUNCTIONS,
        dropout=st.sampled_from([0.25, 1.0, 0]),
        recurrent_dropout=st.sampled_from([0.25, 0]),
        seed=st.integers(0, 99),
        return_sequences=st.booleans(),
        go_backwards=st.booleans(),
        bidirectional=st.sampled_from(["concat", "sum", "ave", "mul", "none"]),
    )


def _steps(draw: Draw, gated: bool = True) -> tuple[Arguments, tuple[Shape, ...]]:
    some = _some(draw, unroll=st.booleans()) if _one_in(draw, 4) else {}
    drawn = {"units": draw(st.sampled_from([1, 2, 3, 4, 5, 0]))} | _recurrent(draw) | some
    if not gated:
        drawn.pop("activity_regularizer", None)
    return drawn, (_shape(draw, 1 if not _one_in(draw, 12) else _rank(draw), 4, st.integers(1, 4)),)


def _lstm(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    drawn, shapes = _steps(draw)
    return drawn | _some(draw, recurrent_activation=_FUNCTIONS, unit_forget_bias=st.booleans()), shapes


def _gru(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    drawn, shapes = _steps(draw)
    return drawn | _some(draw, recurrent_activation=_FUNCTIONS, reset_after=st.booleans()), shapes


def _attended(draw: Draw) -> tuple[Shape, ...]:
    """Query, and maybe value and key, which mostly agree."""
    axes = draw(st.sampled_from([1, 1, 1, 1, 2]))
    sizes = st.integers(1, 4)
    query = tuple(draw(st.lists(sizes, min_size=axes, max_size=axes)))
    steps = tuple(draw(sizes) for _ in query) if draw(st.booleans()) else query
    other = tuple(draw(sizes) for _ in query) if _one_in(draw, 8) else steps
    shapes = [(*each, draw(CHANNELS)) for each in (query, steps, other)]
    if _one_in(draw, 15):
        shapes[0] = (2, *shapes[0])
    return tuple(shapes[: draw(st.integers(1, 3))])


def _multi_head_attention(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shapes = _attended(draw)
    # Keras takes the channels as an axis, too, and gathers along the heads; ours refuses that in a test of its own.
    axes = [1, -2, [1], [-2], [5], *([2, [1, 2], [-3]] if len(shapes[0]) == 3 else [])]
    some = _some(
        draw,
        value_dim=st.integers(1, 4),
        output_shape=st.one_of(st.integers(1, 4), st.lists(st.integers(1, 3), min_size=1, max_size=2)),
        attention_axes=st.sampled_from(axes),
    ) | _projected(draw)
    if len(shapes[0]) == 3 and some.get("attention_axes") not in (1, [1], [-3]):
        # Keras takes these, too, where sizes happen to agree or are 1; ours refuses that in a test of its own.
        some = {name: value for name, value in some.items() if name not in ("use_causal_mask", "sliding_window")}
    return {"num_heads": draw(st.sampled_from([1, 2, 3, 0])), "key_dim": draw(st.integers(1, 4))} | some, shapes


def _conv_lstm(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    rank = draw(st.sampled_from([1, 1, 1, 2, 2, 3]))
    drawn = {"filters": draw(st.integers(1, 3)), **_slides(draw, rank)}
    gates = _some(draw, recurrent_activation=_FUNCTIONS, unit_forget_bias=st.booleans())
    some = _some(draw, padding=st.sampled_from(["valid", "same"])) | gates
    sizes = (draw(st.integers(3, 5)) for _ in range(rank))
    shape = (draw(st.integers(1, 3)), *sizes, draw(st.integers(1, 2)))
    return drawn | _recurrent(draw) | some, (shape if not _one_in(draw, 15) else shape[1:],)


def _projected(draw: Draw) -> Arguments:
    return _some(
        draw,
        dropout=st.sampled_from([0, 0.25]),
        use_bias=st.booleans(),
        sliding_window=st.integers(1, 3),
        kernel_initializer=INITIALIZERS,
        bias_initializer=st.sampled_from(["ones", "zeros"]),
        kernel_regularizer=REGULARIZERS,
        bias_regularizer=st.sampled_from(["l1", "l2"]),
        activity_regularizer=st.sampled_from(["l1", "l2", "orthogonal_regularizer"]),
        use_gate=st.booleans(),
        seed=st.integers(0, 99),
        trainable=st.booleans(),
        use_causal_mask=st.booleans(),
    )


def _sequences(draw: Draw, pictures: bool = False) -> tuple[Shape, ...]:
    """Query, and maybe value and key, of steps with channels that mostly agree; now and then more axes."""
    channels, length = draw(st.integers(2, 6)), draw(st.integers(1, 4))
    other = draw(st.integers(1, 4)) if _one_in(draw, 6) else length
    shapes = [(draw(st.integers(1, 4)), channels), (length, draw(st.integers(2, 6))), (other, channels)]
    if _one_in(draw, 2):
        shapes[1] = (length, channels)
    if pictures and _one_in(draw, 15):
        shapes[0] = (2, *shapes[0])
    return tuple(shapes[: draw(st.integers(1, 3))])


def _grouped(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shared = draw(st.integers(1, 2))
    heads = draw(st.sampled_from([shared, 2 * shared, 2 * shared, 3]))
    sizes = {"head_dim": draw(st.integers(1, 3)), "num_query_heads": heads, "num_key_value_heads": shared}
    return sizes | _projected(draw), _sequences(draw, pictures=True)


def _luong(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    some = _some(
        draw,
        use_scale=st.booleans(),
        score_mode=st.sampled_from(["dot", "concat"]),
        dropout=st.sampled_from([0, 0.25]),
        seed=st.integers(0, 99),
        trainable=st.booleans(),
        use_causal_mask=st.booleans(),
    )
    return some, _sequences(draw)


def _bahdanau(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    drawn, shapes = _luong(draw)
    return {name: value for name, value in drawn.items() if name not in ("score_mode", "seed")}, shapes


def _within(draw: Draw) -> tuple[Arguments, Shape]:
    """A layer to be wrapped, and a shape that it reads."""
    if draw(st.booleans()):
        return {"dense": {"units": draw(st.integers(1, 4)), "use_bias": draw(st.booleans())}}, (draw(CHANNELS),)
    if _one_in(draw, 4):
        return {"flatten": {}}, _any_shape(draw, 1, 3)
    rank = draw(st.integers(1, 2))
    drawn = {"filters": draw(st.integers(1, 3)), "kernel_size": draw(st.integers(1, 4))}
    return {"conv": drawn}, _shape(draw, rank, 6)


def _time_distributed(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    layer, shape = _within(draw)
    return {"layer": layer} | _some(draw, trainable=st.booleans()), ((draw(st.integers(1, 3)), *shape),)


def _spectral_norm(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    layer, shape = _within(draw)
    return {"layer": layer} | _some(draw, power_iterations=st.integers(0, 2), trainable=st.booleans()), (shape,)


def _rms_norm(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw, 1)
    # Keras scales along the last axes, whichever it normalises along; ours refuses others in a test of its own.
    axes = st.sampled_from([-1, len(shape), [-1], 9, *([[-2, -1]] if len(shape) > 1 else [])])
    return _some(draw, axis=axes, epsilon=st.sampled_from([1e-5, 0.1]), trainable=st.booleans()), (shape,)


def _unit_norm(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw, 1)
    return _some(draw, axis=st.one_of(_axis(shape), st.lists(_axis(shape), min_size=1, max_size=2))), (shape,)


def _local_response_norm(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    some = _some(
        draw,
        depth_radius=st.integers(0, 6),
        bias=st.sampled_from([1, 2.0]),
        alpha=st.sampled_from([1e-4, 2.0]),
        beta=st.sampled_from([0.75, 1.0, 2.0]),
    )
    return some, (_any_shape(draw, 1, 3),)


def _gaussian_dropout(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    drawn = {"rate": draw(st.sampled_from([0, 0.25, 0.5, -0.5, 1.5]))} | _some(draw, seed=st.integers(0, 99))
    return drawn, (_any_shape(draw),)


def _activity(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    return _some(draw, l1=st.sampled_from([0, 0.1]), l2=st.sampled_from([0, 0.1])), (_any_shape(draw),)


def _repeat_vector(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = (draw(CHANNELS),) if not _one_in(draw, 5) else _any_shape(draw)
    return {"n": draw(st.integers(0, 5))}, (shape,)


def _channel_shuffle(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    groups = draw(st.integers(1, 4))
    channels = st.integers(1, 3).map(lambda by: by * groups) if not _one_in(draw, 8) else CHANNELS
    return {"groups": groups}, ((*_any_shape(draw, 0, 3), draw(channels)),)


def _space_to_depth(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    by = draw(st.integers(2, 3))
    sizes = st.integers(1, 3).map(lambda size: size * by) if not _one_in(draw, 8) else st.integers(1, 6)
    return {"block_size": by}, ((draw(sizes), draw(sizes), draw(CHANNELS)),)


def _depth_to_space(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    by = draw(st.integers(2, 3))
    channels = st.integers(1, 3).map(lambda size: size * by * by) if not _one_in(draw, 8) else CHANNELS
    return {"block_size": by}, ((draw(CHANNELS), draw(CHANNELS), draw(channels)),)


def _slice(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    shape = _any_shape(draw, 1)
    places = st.integers(-6, 6)
    if draw(st.booleans()):
        return {"axis": draw(_axis(shape)), "index": draw(places)}, (shape,)
    return {"axis": draw(_axis(shape))} | _some(draw, start=places, stop=places, step=st.integers(1, 3)), (shape,)


def _cast(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    return {"dtype": draw(st.sampled_from(["float32", "float16", "int32", "int64"]))}, (_any_shape(draw),)


def _masking(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    return _some(draw, mask_value=st.sampled_from([0, -1.0])), (_any_shape(draw, 1),)


def _sinusoidal(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    return _some(draw, max_wavelength=st.sampled_from([10.0, 1000])), (_shape(draw, 1),)


def _adaptive(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    # More places than there are, and for a maximum a single one, end Python with a floating point exception in
    # TensorFlow; that ours refuses them has a test of its own.
    rank = draw(st.integers(1, 3))
    shape = (*(draw(st.integers(2, 6)) for _ in range(rank)), draw(CHANNELS))
    sizes = st.integers(2, min(shape[:-1]))
    each = st.lists(sizes, min_size=rank, max_size=rank) if rank > 1 else sizes
    return {"output_size": draw(st.one_of(sizes, each))}, (shape,)


def _dot(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    one = _any_shape(draw, 1, 3)
    other = list(_any_shape(draw, 1, 3))
    axes = [draw(st.integers(1, len(each))) for each in (one, other)]
    other[axes[1] - 1] = one[axes[0] - 1] if not _one_in(draw, 6) else 3
    negative = [axis - len(each) - 1 for axis, each in zip(axes, (one, other), strict=True)]
    written = draw(st.sampled_from([axes, axes, negative, axes[0], -1, 9]))
    return {"axes": written} | _some(draw, normalize=st.booleans()), (one, tuple(other))


def _weighted_sum(draw: Draw) -> tuple[Arguments, tuple[Shape, ...]]:
    ways = st.sampled_from(["none", "relu", "softmax"])
    some = _some(draw, normalize=ways, init_values=st.sampled_from([0.5, 2]), epsilon=st.sampled_from([0.1]))
    return some | _some(draw, trainable=st.booleans()), _inputs(draw, _any_shape(draw, 1))


_CASES: dict[str, Callable[[Draw], tuple[Arguments, tuple[Shape, ...]]]] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "depthwise_conv": _depthwise_conv,
    "separable_conv": _separable_conv,
    "max_pool": _pool,
    "avg_pool": _pool,
    "global_max_pool": _global_pool,
    "global_avg_pool": _global_pool,
    "dense": _dense,
    "embedding": _embedding,
    "one_hot": _one_hot,
    "flatten": _shape_only,
    "identity": _shape_only,
    "reshape": _reshape,
    "permute": _permute,
    "zero_pad": _zero_pad,
    "crop": _crop,
    "up_sample": _up_sample,
    "resizing": _resizing,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    "dropout": _dropout,
    "spatial_dropout": _spatial_dropout,
    "gaussian_noise": _gaussian_noise,
    "activation": _activation,
    "leaky_relu": _leaky_relu,
    "prelu": _prelu,
    "rescaling": _rescaling,
    "normalization": _normalization,
    **dict.fromkeys(("add", "multiply", "average", "maximum", "minimum"), _merge),
    "subtract": _subtract,
    "concat": _concat,
    "rms_norm": _rms_norm,
    "unit_norm": _unit_norm,
    "local_response_norm": _local_response_norm,
    "gaussian_dropout": _gaussian_dropout,
    "alpha_dropout": _dropout,
    "activity_regularization": _activity,
    "repeat_vector": _repeat_vector,
    "channel_shuffle": _channel_shuffle,
    "space_to_depth": _space_to_depth,
    "depth_to_space": _depth_to_space,
    "slice": _slice,
    "cast": _cast,
    "masking": _masking,
    "sinusoidal_position": _sinusoidal,
    **dict.fromkeys(("adaptive_avg_pool", "adaptive_max_pool"), _adaptive),
    "dot": _dot,
    "weighted_sum": _weighted_sum,
    "layer_scale": _layer_scale,
    "stochastic_depth": _stochastic_depth,
    "lstm": _lstm,
    "gru": _gru,
    "simple_rnn": lambda draw: _steps(draw, gated=False),
    "multi_head_attention": _multi_head_attention,
    "conv_lstm": _conv_lstm,
    "time_distributed": _time_distributed,
    "spectral_norm": _spectral_norm,
    "grouped_query_attention": _grouped,
    "attention": _luong,
    "additive_attention": _bahdanau,
    "position_embedding": _learnt_steps,
    "class_token": _learnt_steps,
}

KINDS = tuple(_CASES)


@st.composite
def cases(draw: Draw, kind: str) -> Case:
    """A layer of this kind with something to read."""
    arguments, shapes = _CASES[kind](draw)
    return Case(kind, arguments, shapes)
