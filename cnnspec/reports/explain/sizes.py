"""How large the output of a window that slides is, worked out along each axis with the padding on both sides."""

from cnnspec.layers.shape import Dim
from cnnspec.layers.sliding import Slide

_AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def worked_sizes(slides: tuple[Slide, ...], padding: object) -> tuple[str, ...]:
    """A few lines: along all axes together where they agree, else along each."""
    if len(set(slides)) == 1 and len(slides) > 1:
        return tuple(_along(slides[0], " and ".join(_AXES[len(slides)]), padding))
    return tuple(
        line for slide, axis in zip(slides, _AXES[len(slides)], strict=True) for line in _along(slide, axis, padding)
    )


def _along(slide: Slide, axis: str, padding: object) -> list[str]:
    said = [_padding(slide, axis, padding)]
    if slide.before is None or slide.after is None or not isinstance(slide.size, int):
        return [*said, f"{axis}: {_dim(slide.output)}"]
    padded = slide.size + slide.before + slide.after
    sides = f"{slide.size} + {slide.before} + {slide.after}" if padded != slide.size else f"{slide.size}"
    reach = f"{slide.reach}"
    if slide.dilation > 1:
        said.append(
            f"a window of {slide.window}, {slide.dilation} apart, reaches over "
            f"1 + {slide.window - 1} · {slide.dilation} = {reach}"
        )
    steps = padded - slide.reach
    if slide.stride == 1:
        return [*said, f"{axis}: {sides} - {reach} + 1 = {slide.output}"]
    said.append(f"{axis}: floor(({sides} - {reach}) / {slide.stride}) + 1 = {slide.output}")
    if left := steps % slide.stride:
        said.append(
            f"the last {left} of {padded} no window reaches" if left > 1 else f"the last of {padded} no window reaches"
        )
    return said


def _padding(slide: Slide, axis: str, padding: object) -> str:
    if padding == "valid":
        return f"padding valid: nothing is added, a window begins wherever {slide.reach} places are left"
    if padding == "causal":
        return f"padding causal: {slide.before} before and 0 after, so that no window looks ahead"
    if padding != "same":
        return f"padding: {slide.before} before and {slide.after} after"
    if slide.before is None or slide.after is None:
        return "padding same: as much as is missing, half on either side, the odd one after"
    return _same(slide)


def _same(slide: Slide) -> str:
    whole = (slide.before or 0) + (slide.after or 0)
    sides = f"{whole} {'is' if whole == 1 else 'are'} added, {slide.before} before and {slide.after} after"
    if slide.stride == 1:
        return f"padding same: {slide.reach} - 1 = {sides}"
    output = slide.output
    assert isinstance(output, int)  # else nothing would be known of the sides
    need = (output - 1) * slide.stride + slide.reach
    return (
        f"padding same: {_dim(slide.size)} / {slide.stride} rounded up is {output}, which needs "
        f"({output} - 1) · {slide.stride} + {slide.reach} = {need} places; {sides}"
    )


def _dim(size: Dim) -> str:
    return str(size)
