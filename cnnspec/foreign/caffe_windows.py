"""The layers of Caffe that slide a window over pictures."""

from collections.abc import Sequence

from cnnspec.foreign.caffe_blobs import Blobs, called, only, put, unknown
from cnnspec.foreign.growing import Pair, Unread, in_short, padding, window_arguments
from cnnspec.foreign.prototxt import Message


def _places(blobs: Blobs, layer: Message, read: str) -> tuple[int, int]:
    shape = blobs.grown.sizes(read)
    if len(shape) != 3:
        raise Unread(f"the layer {called(layer)} in line {layer.line} reads {list(shape)}, expected pictures")
    return shape[0], shape[1]


def _pair(given: Message, name: str, default: int, short: str = "") -> tuple[int, int]:
    """A size for height and width: one or two numbers, or one for each by its own name."""
    short = short or name
    both = given.wholes(name) or [default]
    along = (both[0], both[-1])
    return given.whole(f"{short}_h", along[0]), given.whole(f"{short}_w", along[1])


def convolution(blobs: Blobs, layer: Message, kind: str) -> None:
    """One whose kernels each read one channel is called by its name here."""
    given, read = layer.message("convolution_param"), only(blobs, layer)
    places, channels = _places(blobs, layer, read), blobs.grown.sizes(read)[-1]
    window, strides = _pair(given, "kernel_size", 0, "kernel"), _pair(given, "stride", 1)
    pads, dilation = _pair(given, "pad", 0), _pair(given, "dilation", 1)
    filters, groups = given.whole("num_output", 0), given.whole("group", 1)
    if min(window) < 1 or filters < 1:
        raise Unread(f"the layer {called(layer)} in line {layer.line} has no kernel_size or no num_output")
    zeros = padding([(each, each) for each in pads], places, window, strides, dilation[0])
    arguments = window_arguments(kernel_size=window, strides=strides, dilation_rate=dilation)
    arguments |= {"padding": zeros} if zeros != "valid" else {}
    arguments |= {} if given.flag("bias_term", True) else {"use_bias": False}
    groups = channels if "Depthwise" in kind else groups
    if groups == channels > 1 and filters % channels == 0:
        arguments |= {"depth_multiplier": filters // channels} if filters > channels else {}
        result = blobs.grown.add(called(layer), "depthwise_conv", arguments, [read])
    else:
        arguments = {"filters": filters, **arguments} | ({"groups": groups} if groups > 1 else {})
        result = blobs.grown.add(called(layer), "conv", arguments, [read])
    put(blobs, layer, result)


def deconvolution(blobs: Blobs, layer: Message, kind: str) -> None:
    """Its padding is cut off at either side."""
    given, read = layer.message("convolution_param"), only(blobs, layer)
    _places(blobs, layer, read)
    window, strides = _pair(given, "kernel_size", 0, "kernel"), _pair(given, "stride", 1)
    pads, groups = _pair(given, "pad", 0), given.whole("group", 1)
    short = any(size < by for size, by in zip(window, strides, strict=True))
    if groups > 1 or short or _pair(given, "dilation", 1) != (1, 1):
        unknown(blobs, layer, kind)
        return
    same = all(size - by == 2 * pad for size, by, pad in zip(window, strides, pads, strict=True))
    arguments: dict[str, object] = {"filters": given.whole("num_output", 0)}
    arguments |= window_arguments(kernel_size=window, strides=strides)
    arguments |= {"padding": "same"} if same and any(pads) else {}
    arguments |= {} if given.flag("bias_term", True) else {"use_bias": False}
    result = blobs.grown.add(called(layer), "conv_transpose", arguments, [read])
    if any(pads) and not same:
        result = blobs.grown.add(f"{called(layer)}_crop", "crop", {"cropping": in_short(list(pads))}, [result])
    put(blobs, layer, result)


def pooling(blobs: Blobs, layer: Message, kind: str) -> None:
    """Caffe rounds up: its last window may reach beyond what is there, and beyond the zeros round it."""
    given, read = layer.message("pooling_param"), only(blobs, layer)
    places, way = _places(blobs, layer, read), given.word("pool", "MAX")
    ours = {"MAX": "max_pool", "0": "max_pool", "AVE": "avg_pool", "1": "avg_pool"}.get(way)
    if ours is None:
        unknown(blobs, layer, kind)
        return
    if given.flag("global_pooling", False):
        put(blobs, layer, blobs.grown.add(called(layer), f"global_{ours}", {"keepdims": True}, [read]))
        return
    window, strides = _pair(given, "kernel_size", 0, "kernel"), _pair(given, "stride", 1)
    zeros = _pair(given, "pad", 0)
    if min(*window, *strides) < 1:
        raise Unread(f"the layer {called(layer)} in line {layer.line} has no kernel_size")
    pads = [_reached(*axis, any(zeros)) for axis in zip(places, window, strides, zeros, strict=True)]
    said = padding(pads, places, window, strides)
    arguments = window_arguments(pool_size=window)
    arguments |= {} if strides == window else {"strides": in_short(list(strides))}
    arguments |= {"padding": said} if said != "valid" else {}
    beyond = [after > zero for (_, after), zero in zip(pads, zeros, strict=True)]
    told = _mean_told(ours, said, zeros, any(beyond))
    put(blobs, layer, blobs.grown.add(called(layer), ours, arguments, [read], told))


def _reached(size: int, wide: int, by: int, zeros: int, padded: bool) -> Pair:
    """The zeros before an axis, and how far its last window reaches beyond it."""
    out = -(-(size + 2 * zeros - wide) // by) + 1
    if padded and (out - 1) * by >= size + zeros:
        out -= 1
    return zeros, max((out - 1) * by + wide - zeros - size, 0)


def _mean_told(ours: str, said: object, zeros: Sequence[int], beyond: bool) -> list[str]:
    """How a mean differs at the border: Caffe counts the zeros that it is told to add, and nothing beyond them."""
    if ours == "max_pool" or said == "valid":
        return []
    if said == "same":
        return ["means at the border, which count its zeros in Caffe, and none here"] if any(zeros) else []
    return ["means at the end, which count in Caffe no zeros beyond its padding, and all here"] if beyond else []
