"""How a layer is said in the papers' words: `7×7, 64, stride 2`, `3×3 max pool, stride 2`, `512 × 1000`."""

from fractions import Fraction

from cnnspec.layers.shape import Shape
from cnnspec.source.frozen import frozen
from cnnspec.source.values import show

_LONGEST, _WORD = 40, 24
_PROBABILITIES = "softmax"
Steps = int | tuple[int, ...]


@frozen
class Phrase:
    """What it does, its stride (empty for one), and what comes last."""

    text: str
    stride: str = ""
    tail: str = ""


def words(kind: str) -> str:
    """A kind as people say it: `batch norm`, `global average pool`."""
    return kind.replace("avg", "average").replace("_", " ")


def sizes(shape: Shape) -> str:
    """`56×56×64`; an unknown length is `?`."""
    return "×".join(str(size) if isinstance(size, int) else "?" for size in shape)


def window(value: Steps, read: Shape) -> str:
    """A window over the places of what is read: `3×3`."""
    return sizes((value,) * max(len(read) - 1, 1) if isinstance(value, int) else value)


def step(value: Steps) -> str:
    """A stride or dilation: one number where all axes agree, nothing for one."""
    each = {value} if isinstance(value, int) else set(value)
    if each == {1}:
        return ""
    return str(each.pop()) if isinstance(value, int) or len(each) == 1 else sizes(tuple(value))


def sliding(over: Shape, kernel: Steps, mark: str, filters: Shape, strides: Steps, dilation: Steps, end: str) -> Phrase:
    """A convolution: `3×3 dw, 64, stride 2, dilation 2`."""
    spread = step(dilation)
    tail = [f"dilation {spread}" if spread else "", last(end)]
    return Phrase(f"{window(kernel, over)} {mark}".rstrip() + f", {sizes(filters)}", step(strides), _joined(tail))


def _joined(parts: list[str]) -> str:
    return ", ".join(filter(None, parts))


def last(activation: str) -> str:
    """The activation that a layer ends in, if it gives probabilities: the only one that the tables of papers list."""
    return activation if activation == _PROBABILITIES else ""


def argument(value: object) -> str:
    """A layer's first argument, where it is short enough to say."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, float):
        return _decimal(value)
    if isinstance(value, (list, tuple)):
        nested = any(isinstance(item, (list, tuple)) for item in value)
        return show(list(value), _LONGEST) if nested else "×".join(map(argument, value))
    return str(value)[:_WORD] if isinstance(value, (int, str)) else ""


def _decimal(value: float) -> str:
    """`0.5`, and `1/255` for what it stands for."""
    near = Fraction(value).limit_denominator(1000)
    if near.numerator == 1 and near.denominator > 10 and abs(value * near.denominator - 1) < 1e-12:
        return f"1/{near.denominator}"
    return f"{value:.4g}"
