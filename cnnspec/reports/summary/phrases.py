"""A layer in the papers' words: `7×7, 64, stride 2`, `3×3 max pool, stride 2`, `512 × 1000`."""

from collections.abc import Callable
from fractions import Fraction

from cnnspec.layers.base import Layer
from cnnspec.layers.shape import Shape
from cnnspec.reports.notation import Line
from cnnspec.reports.numbers import sizes
from cnnspec.reports.safe import shown
from cnnspec.source.values import show

_PROBABILITIES = "softmax"
_CONVOLUTIONS = {"conv": "", "conv_transpose": "transposed", "depthwise_conv": "dw", "separable_conv": "sep"}
_WINDOWS = {"avg_pool": "average pool", "max_pool": "max pool"}


def phrase(layer: Layer, read: Shape, output: Shape) -> Line:
    """The line for a layer that reads and gives these shapes."""
    return _SPECIAL.get(layer.kind, _other)(layer, read, output)


def words(kind: str) -> str:
    """A kind as people say it: `batch norm`, `global average pool`."""
    return kind.replace("avg", "average").replace("_", " ")


def _convolution(layer: Layer, read: Shape, output: Shape) -> Line:
    values = layer.arguments()
    rank = len(read) - 1
    groups = values.get("groups", 1)
    mark = _CONVOLUTIONS[layer.kind] or (f"g{groups}" if groups > 1 else "conv" if rank == 1 else "")
    window = f"{_window(values['kernel_size'], rank)} {mark}".rstrip()
    dilation = _step(values.get("dilation_rate", 1))
    tail = [*([f"dilation {dilation}"] if dilation else []), *_ending(layer)]
    return Line(f"{window}, {sizes(output[-1:])}", _step(values["strides"]), ", ".join(tail))


def _ending(layer: Layer) -> list[str]:
    """The activation of a layer that gives probabilities: the only one that the tables of papers list."""
    activation = getattr(layer, "activation", None)
    return [_PROBABILITIES] if activation is not None and activation.kind == _PROBABILITIES else []


def _pool(layer: Layer, read: Shape, output: Shape) -> Line:
    values, rank = layer.arguments(), len(read) - 1
    strides = values["strides"] if values["strides"] is not None else values["pool_size"]
    text = f"{_window(values['pool_size'], rank)} {_WINDOWS[layer.kind]}"
    return Line(text, _step(strides))


def _global_pool(layer: Layer, read: Shape, output: Shape) -> Line:
    known = all(isinstance(size, int) for size in read[:-1])
    kind = words(layer.kind)
    return Line(f"{sizes(read[:-1])} {kind.removeprefix('global ')}" if known else kind)


def _dense(layer: Layer, read: Shape, output: Shape) -> Line:
    return Line(f"{sizes(read[-1:])} × {sizes(output[-1:])}", tail=", ".join(_ending(layer)))


def _embedding(layer: Layer, read: Shape, output: Shape) -> Line:
    return Line(f"embedding {layer.arguments()['input_dim']} × {sizes(output[-1:])}")


def _activation(layer: Layer, read: Shape, output: Shape) -> Line:
    return Line(words(layer.arguments()["activation"].kind))


def _permute(layer: Layer, read: Shape, output: Shape) -> Line:
    return Line(f"permute {', '.join(map(str, layer.arguments()['dims']))}")


def _reshape(layer: Layer, read: Shape, output: Shape) -> Line:
    return Line(f"reshape {sizes(output)}")


def _resizing(layer: Layer, read: Shape, output: Shape) -> Line:
    return Line(f"resizing {sizes(output[:-1])}")


def _other(layer: Layer, read: Shape, output: Shape) -> Line:
    first = layer.first_argument()
    value = layer.written().get(first) if first else None
    return Line(f"{words(layer.kind)} {_value(value)}".rstrip())


_SPECIAL: dict[str, Callable[[Layer, Shape, Shape], Line]] = {
    **dict.fromkeys(_CONVOLUTIONS, _convolution),
    **dict.fromkeys(_WINDOWS, _pool),
    "global_avg_pool": _global_pool,
    "global_max_pool": _global_pool,
    "dense": _dense,
    "embedding": _embedding,
    "activation": _activation,
    "permute": _permute,
    "reshape": _reshape,
    "resizing": _resizing,
}


def _window(value: int | tuple[int, ...], rank: int) -> str:
    return sizes((value,) * max(rank, 1) if isinstance(value, int) else tuple(value))


def _step(value: int | tuple[int, ...]) -> str:
    """A stride or dilation: one number where all axes agree, nothing for one."""
    each = {value} if isinstance(value, int) else set(value)
    if each == {1}:
        return ""
    return str(each.pop()) if isinstance(value, int) or len(each) == 1 else sizes(tuple(value))


def _value(value: object) -> str:
    """A layer's first argument, where it is short enough to say."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, float):
        return _decimal(value)
    if isinstance(value, (list, tuple)):
        nested = any(isinstance(item, (list, tuple)) for item in value)
        return show(list(value), 40) if nested else "×".join(map(_value, value))
    return shown(str(value))[:24] if isinstance(value, (int, str)) else ""


def _decimal(value: float) -> str:
    """`0.5`, and `1/255` for what it stands for."""
    near = Fraction(value).limit_denominator(1000)
    if near.numerator == 1 and near.denominator > 10 and abs(value * near.denominator - 1) < 1e-12:
        return f"1/{near.denominator}"
    return f"{value:.4g}"
