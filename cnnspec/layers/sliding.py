"""How a window moves along an axis: where it begins, what is padded on either side, in how many places it fits."""

from cnnspec.layers.fields import Sided, over, sides
from cnnspec.layers.shape import Dim, Shape, ceil_div
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import PLACES
from cnnspec.source.frozen import frozen

WITHIN = ("a", "b", "e")
"""What the axes of a place in a window are called."""


@frozen
class Slide:
    """A window of `window` samples, `dilation` apart, over `size` places, moving by `stride`.

    `before` and `after` are how many places are padded; None where an unknown length decides them.
    """

    size: Dim
    window: int
    stride: int
    dilation: int
    before: int | None
    after: int | None
    output: Dim

    @property
    def reach(self) -> int:
        """From its first to its last sample."""
        return 1 + (self.window - 1) * self.dilation


@frozen
class Steps:
    """The arguments of a window that slides, as they are written."""

    window: int | tuple[int, ...]
    strides: int | tuple[int, ...]
    dilation: int | tuple[int, ...]
    padding: str | Sided


def slid(steps: Steps, read: Shape) -> tuple[Slide, ...]:
    """How the window moves along each spatial axis of what is read."""
    space = read[:-1]
    each = zip(
        space,
        over(steps.window, space, "kernel_size"),
        over(steps.strides, space, "strides"),
        over(steps.dilation, space, "dilation_rate"),
        *[(steps.padding,) * len(space) if isinstance(steps.padding, str) else sides(steps.padding, space)],
        strict=True,
    )
    return tuple(_slide(size, window, stride, dilation, pad) for size, window, stride, dilation, pad in each)


def _slide(size: Dim, window: int, stride: int, dilation: int, pad: str | tuple[int, int]) -> Slide:
    reach = 1 + (window - 1) * dilation
    before, after = _padded(size, reach, stride, pad)
    if isinstance(pad, str) and pad != "valid":
        return Slide(size, window, stride, dilation, before, after, ceil_div(size, stride))
    output = (size + (before or 0) + (after or 0) - reach) // stride + 1
    return Slide(size, window, stride, dilation, before, after, output)


def _padded(size: Dim, reach: int, stride: int, pad: str | tuple[int, int]) -> tuple[int | None, int | None]:
    """Before and after; `same` adds as few as the last place needs, the odd one at the end."""
    if not isinstance(pad, str):
        return pad
    if pad == "valid":
        return 0, 0
    if pad == "causal":
        return reach - 1, 0
    whole = reach - 1 if stride == 1 else _added(size, reach, stride)
    return (None, None) if whole is None else (whole // 2, whole - whole // 2)


def _added(size: Dim, reach: int, stride: int) -> int | None:
    return max((-(-size // stride) - 1) * stride + reach - size, 0) if isinstance(size, int) else None


def sliding_symbols(slides: tuple[Slide, ...]) -> dict[str, Symbol]:
    """What the names in the formula of a window stand for: places `p`, places `q` in it, its size `k`, and so on."""
    axes = len(slides)
    before = tuple("t" if each.before is None else each.before for each in slides)
    return {
        "p": Symbol(PLACES[:axes], "a place of the output"),
        "q": Symbol(WITHIN[:axes], "a place in the window"),
        "k": Symbol(tuple(each.window for each in slides), "the window"),
        "s": Symbol(tuple(each.stride for each in slides), "strides"),
        "d": Symbol(tuple(each.dilation for each in slides), "dilation"),
        "t": Symbol(tuple(map(str, before)), "padded before"),
    }
