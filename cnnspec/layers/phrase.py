"""How a layer is said in the papers' words: `7×7, 64, stride 2`, `3×3 max pool, stride 2`, `512 × 1000`."""

from fractions import Fraction

from cnnspec.layers.kind import Kind
from cnnspec.layers.shape import Dim, Shape, ceil_div
from cnnspec.source.frozen import frozen
from cnnspec.source.values import show

_LONGEST, _WORD = 40, 24
Steps = int | tuple[int, ...]
Pads = str | tuple[tuple[int, int], ...]
"""A padding: `same`, `valid`, `causal`, or zeros (before, after) along each spatial axis."""


@frozen
class Ending:
    """What follows on the product with the weights. `spatial`: whether the weights are those of a window."""

    bias: bool
    norm: Kind | None
    activation: Kind | None
    spatial: bool = True


@frozen
class Padded:
    """What a padding comes to, where it is not zeros evenly round what is read, or as good as none.

    `said`: what must be told. `even`: what need not be where all layers of a network agree in it, since zeros on both
    sides and `same` give the same size: `same` with a stride puts the odd one at the end. `kinds`: what it can be
    called; two paddings that have one of these in common are alike.
    """

    said: str = ""
    even: str = ""
    kinds: frozenset[str] = frozenset()


@frozen
class Phrase:
    """What it does, its stride (empty for one), and what comes last; `told` are the arguments that these tell.

    A `rate` is said after the text; repeats that differ in nothing else are alike, and say from which to which it goes.
    """

    text: str
    stride: str = ""
    tail: str = ""
    padded: Padded = Padded()
    ending: Ending | None = None
    told: frozenset[str] = frozenset()
    rate: float | None = None


def words(kind: str) -> str:
    """A kind as people say it: `batch norm`, `global average pool`."""
    return kind.replace("avg", "average").replace("_", " ")


def sizes(shape: Shape) -> str:
    """`56×56×64`; an unknown length is `?`."""
    return "×".join(str(size) if isinstance(size, int) else "?" for size in shape)


def window(value: Steps, read: Shape) -> str:
    """A window over the places of what is read: `3×3`, and `width 3` where there is one axis."""
    each = each_axis(value, len(read) - 1)
    return f"width {each[0]}" if len(each) == 1 else sizes(each)


def each_axis(value: Steps, axes: int) -> tuple[int, ...]:
    """A size for each spatial axis."""
    return (value,) * max(axes, 1) if isinstance(value, int) else value


def step(value: Steps) -> str:
    """A stride or dilation: one number where all axes agree, nothing for one."""
    each = {value} if isinstance(value, int) else set(value)
    if each == {1}:
        return ""
    return str(each.pop()) if isinstance(value, int) or len(each) == 1 else sizes(tuple(value))


ENDING = frozenset({"norm", "activation", "use_bias"})
"""The arguments that an ending tells."""
SLIDING = ENDING | {"filters", "kernel_size", "strides", "dilation_rate", "groups", "padding"}
"""Those that the phrase of a sliding window tells."""


def sliding(
    read: Shape, kernel: Steps, mark: str, filters: Shape, strides: Steps, dilation: Steps, pads: Padded, end: Ending
) -> Phrase:
    """A convolution: `3×3 dw, 64, stride 2, dilation 2`."""
    spread = step(dilation)
    text = f"{window(kernel, read)} {mark}".rstrip() + f", {sizes(filters)}"
    return Phrase(text, step(strides), f"dilation {spread}" if spread else "", pads, end, SLIDING)


def pads_of(padding: str | int | tuple[int | tuple[int, int], ...], axes: int) -> Pads:
    """A padding as a word, or as zeros (before, after) along each axis; none is `valid`."""
    if isinstance(padding, str):
        return padding
    each = (padding,) * axes if isinstance(padding, int) else padding
    pairs = tuple((side, side) if isinstance(side, int) else side for side in each)
    return pairs if any(map(any, pairs)) else "valid"


def padding_told(
    pads: Pads, space: Shape, window: Steps, strides: Steps, dilation: Steps = 1, counts: bool = False
) -> Padded:
    """What a padding comes to for a window that slides over `space`; `counts`: whether only explicit zeros count."""
    axes = len(space)
    sized = zip(each_axis(window, axes), each_axis(dilation, axes), strict=True)
    reach = [1 + (size - 1) * by for size, by in sized]
    each = list(zip(space, reach, each_axis(strides, axes), strict=True))
    if max(reach) == 1 and isinstance(pads, str):
        return Padded()
    if pads == "causal":
        return Padded("causal", "", frozenset({"causal"}))
    if pads == "valid":
        smaller = any((size - wide) // by + 1 != ceil_div(size, by) for size, wide, by in each)
        return Padded("valid" if smaller else "", "", frozenset({"valid"} if smaller else {"valid", "none"}))
    same, both = [same_pads(*axis) for axis in each], [_both(wide) for wide in reach]
    odd = all(wide % 2 for wide in reach)
    if isinstance(pads, str):
        none = {"none"} if all(pair == (0, 0) for pair in same) else set()
        if odd and same == both and all(by == 1 for _, _, by in each):
            return Padded("", "", frozenset({"same", "both"}))
        return Padded("", "same" if odd else "", frozenset({"same", *none}))
    said = f"pad {_pairs(pads)}"
    fits = all(
        (size + before + after - wide) // by + 1 == ceil_div(size, by)
        for (size, wide, by), (before, after) in zip(each, pads, strict=True)
    )
    if counts or not fits:
        return Padded(said, "", frozenset({said}))
    if odd and list(pads) == both:
        unmoved = all(by == 1 for _, _, by in each)
        return Padded("", "" if unmoved else said, frozenset({"both", *(["same"] if unmoved else [])}))
    if list(pads) == same:
        return Padded("", "", frozenset({"same", said}))
    return Padded(said, "", frozenset({said}))


def same_pads(size: Dim, wide: int, by: int) -> tuple[int, int] | None:
    """The zeros that `same` adds before and after an axis; None where an unknown length decides."""
    if by == 1:
        return (wide - 1) // 2, wide // 2
    if not isinstance(size, int):
        return None
    total = max((-(-size // by) - 1) * by + wide - size, 0)
    return total // 2, total - total // 2


def _both(wide: int) -> tuple[int, int]:
    return (wide - 1) // 2, (wide - 1) // 2


def _pairs(pads: tuple[tuple[int, int], ...]) -> str:
    if len(set(pads)) == 1 and pads[0][0] == pads[0][1]:
        return str(pads[0][0])
    return show([list(pair) for pair in pads])


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


def said_with_arguments(kind: Kind) -> str:
    """An activation or a norm by name, with what was written of its arguments: `leaky relu 0.1`, `group norm 8`."""
    first, parts = kind.first_argument(), [words(kind.kind)]
    for name, value in kind.written().items():
        parts.append(argument(value) if name == first else f"{words(name)} {written_argument(value)}")
    return " ".join(filter(None, parts))


def written_argument(value: object) -> str:
    """Any value of an argument: as `argument` tells it, where that tells all."""
    if isinstance(value, Kind):
        return said_with_arguments(value)
    text = argument(value)
    if text and not isinstance(value, (list, tuple)) and is_exact(value, text):
        return text
    return value if isinstance(value, str) else show(value, 10**6)


def is_exact(value: object, text: str) -> bool:
    """Whether a text of `argument` tells the value to the last digit."""
    if isinstance(value, float):
        return float(Fraction(text)) == value
    if isinstance(value, (list, tuple)):
        return text == show(list(value), 10**6) or all(is_exact(item, argument(item)) for item in value)
    return text == str(value)


def _decimal(value: float) -> str:
    """`0.5`, and `1/255` for what it stands for."""
    near = Fraction(value).limit_denominator(1000)
    if near.numerator in (1, 2) and near.denominator > 10 and abs(value * near.denominator - near.numerator) < 1e-12:
        return str(near)
    return f"{value:.4g}"
