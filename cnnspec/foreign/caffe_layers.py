"""The layers of Caffe, each in the words of the language."""

from collections.abc import Mapping

from cnnspec.foreign.caffe_blobs import Blobs, Read, called, only, put, simple, unknown
from cnnspec.foreign.caffe_windows import convolution, deconvolution, pooling
from cnnspec.foreign.growing import Unread, in_short
from cnnspec.foreign.prototxt import Message

_EPSILON, _MOMENTUM = 1e-5, 0.999
"""Of Caffe's BatchNorm, where it says nothing."""


def _inner_product(blobs: Blobs, layer: Message, kind: str) -> None:
    given, read = layer.message("inner_product_param"), only(blobs, layer)
    if given.whole("axis", 1) != 1:
        unknown(blobs, layer, kind)
        return
    if len(blobs.grown.sizes(read)) > 1:
        read = blobs.grown.flattened(f"{called(layer)}_flatten", read)
    arguments: dict[str, object] = {"units": given.whole("num_output", 0)}
    arguments |= {} if given.flag("bias_term", True) else {"use_bias": False}
    put(blobs, layer, blobs.grown.add(called(layer), "dense", arguments, [read]))


def _activation(meant: object) -> Read:
    """An activation; one in place, of the layer before it, is that layer's own."""

    def read(blobs: Blobs, layer: Message, kind: str) -> None:
        in_place = layer.words("bottom")[:1] == layer.words("top")[:1]
        if not in_place or not blobs.grown.activated(blobs.held.get(layer.word("top"), ""), meant):
            simple("activation", activation=meant)(blobs, layer, kind)

    return read


def _relu(blobs: Blobs, layer: Message, kind: str) -> None:
    slope = layer.message("relu_param").number("negative_slope", 0)
    meant: object = {"leaky_relu": {"negative_slope": slope}} if slope else "relu"
    _activation(meant)(blobs, layer, kind)


def _elu(blobs: Blobs, layer: Message, kind: str) -> None:
    alpha = layer.message("elu_param").number("alpha", 1)
    _activation("elu" if alpha == 1 else {"elu": {"alpha": alpha}})(blobs, layer, kind)


def _prelu(blobs: Blobs, layer: Message, kind: str) -> None:
    """One slope a channel, or one for all."""
    read = only(blobs, layer)
    axes = len(blobs.grown.sizes(read))
    shared = list(range(1, axes + layer.message("prelu_param").flag("channel_shared", False)))
    put(blobs, layer, blobs.grown.add(called(layer), "prelu", {"shared_axes": shared} if shared else {}, [read]))


def _softmax(blobs: Blobs, layer: Message, kind: str) -> None:
    if layer.message("softmax_param").whole("axis", 1) not in (1, -_rank(blobs, layer)):
        unknown(blobs, layer, kind)
    else:
        _activation("softmax")(blobs, layer, kind)


def _rank(blobs: Blobs, layer: Message) -> int:
    return max(
        (len(blobs.grown.sizes(blobs.held[blob])) for blob in layer.words("bottom") if blob in blobs.held), default=0
    )


def _lrn(blobs: Blobs, layer: Message, kind: str) -> None:
    """Its alpha is divided by the size of the window, and TensorFlow's is not."""
    given = layer.message("lrn_param")
    size = given.whole("local_size", 5)
    if given.word("norm_region", "ACROSS_CHANNELS") not in ("ACROSS_CHANNELS", "0") or size < 1:
        unknown(blobs, layer, kind)
        return
    alpha, beta, bias = (given.number(key, default) for key, default in (("alpha", 1), ("beta", 0.75), ("k", 1)))
    arguments = {"depth_radius": (size - 1) // 2, "bias": bias, "alpha": alpha / size, "beta": beta}
    put(blobs, layer, blobs.grown.add(called(layer), "local_response_norm", arguments, [only(blobs, layer)]))


def _batch_norm(blobs: Blobs, layer: Message, kind: str) -> None:
    """Without scale and shift, which a Scale after it has."""
    given = layer.message("batch_norm_param")
    arguments: dict[str, object] = {"scale": False, "center": False}
    epsilon, momentum = given.number("eps", _EPSILON), given.number("moving_average_fraction", _MOMENTUM)
    arguments |= {"epsilon": epsilon, "momentum": momentum}
    put(blobs, layer, blobs.grown.add(called(layer), "batch_norm", arguments, [only(blobs, layer)]))


def _scale(blobs: Blobs, layer: Message, kind: str) -> None:
    """Part of the normalisation before it; else a product with another result, or a 1x1 kernel on each channel."""
    reads, given = blobs.of(layer), layer.message("scale_param")
    bias = given.flag("bias_term", False)
    if len(reads) == 2 and not bias:
        put(blobs, layer, blobs.grown.add(called(layer), "multiply", {}, reads))
    elif len(reads) != 1 or given.whole("axis", 1) != 1:
        unknown(blobs, layer, kind)
    elif blobs.grown.rescaled(reads[0], bias):
        put(blobs, layer, reads[0])
    elif len(blobs.grown.sizes(reads[0])) == 3:
        arguments: dict[str, object] = {"kernel_size": 1}
        arguments |= {} if bias else {"use_bias": False}
        put(blobs, layer, blobs.grown.add(called(layer), "depthwise_conv", arguments, reads))
    else:
        unknown(blobs, layer, kind)


def _power(blobs: Blobs, layer: Message, kind: str) -> None:
    given = layer.message("power_param")
    if given.number("power", 1) != 1:
        unknown(blobs, layer, kind)
        return
    offset = given.number("shift", 0)
    arguments: dict[str, object] = {"scale": given.number("scale", 1)}
    arguments |= {"offset": offset} if offset else {}
    put(blobs, layer, blobs.grown.add(called(layer), "rescaling", arguments, [only(blobs, layer)]))


def _dropout(blobs: Blobs, layer: Message, kind: str) -> None:
    rate = layer.message("dropout_param").number("dropout_ratio", 0.5)
    simple("dropout", rate=rate)(blobs, layer, kind)


def _flatten(blobs: Blobs, layer: Message, kind: str) -> None:
    given = layer.message("flatten_param")
    if given.whole("axis", 1) != 1 or given.whole("end_axis", -1) not in (-1, 3):
        unknown(blobs, layer, kind)
        return
    read = only(blobs, layer)
    flat = len(blobs.grown.sizes(read)) == 1
    put(blobs, layer, read if flat else blobs.grown.flattened(called(layer), read))


def _shuffle(blobs: Blobs, layer: Message, kind: str) -> None:
    groups = layer.message("shuffle_channel_param").whole("group", 1)
    simple("channel_shuffle", groups=groups)(blobs, layer, kind)


# Several results


def _axis(layer: Message, name: str, rank: int, older: str) -> int:
    """An axis of (n, channels, places ...) as one of (n, places ..., channels)."""
    given = layer.message(name)
    axis = given.whole("axis", given.whole(older, 1))
    axis = axis + rank + 1 if axis < 0 else axis
    if not 1 <= axis <= rank:
        raise Unread(f"the layer {called(layer)} in line {layer.line} has axis {axis} of {rank + 1}")
    return -1 if axis == 1 else axis - 1


def _concat(blobs: Blobs, layer: Message, kind: str) -> None:
    reads = blobs.of(layer)
    if len(reads) == 1:
        put(blobs, layer, reads[0])
        return
    axis = _axis(layer, "concat_param", _rank(blobs, layer), "concat_dim")
    put(blobs, layer, blobs.grown.add(called(layer), "concat", {} if axis == -1 else {"axis": axis}, reads))


def _eltwise(blobs: Blobs, layer: Message, kind: str) -> None:
    given, reads = layer.message("eltwise_param"), blobs.of(layer)
    way = given.word("operation", "SUM")
    weights = [float(word) for word in given.words("coeff")] or [1.0] * len(reads)
    ours = {"PROD": "multiply", "0": "multiply", "SUM": "add", "1": "add", "MAX": "maximum", "2": "maximum"}.get(way)
    if ours == "add" and weights == [1, -1]:
        ours = "subtract"
    elif ours == "add" and set(weights) != {1.0}:
        ours = None
    if ours is None or len(reads) < 2:
        unknown(blobs, layer, kind)
    else:
        put(blobs, layer, blobs.grown.add(called(layer), ours, {}, reads))


def _slice(blobs: Blobs, layer: Message, kind: str) -> None:
    """Parts one after the other along an axis, as many as there are tops."""
    read, tops, given = only(blobs, layer), layer.words("top"), layer.message("slice_param")
    rank = _rank(blobs, layer)
    axis = _axis(layer, "slice_param", rank, "slice_dim")
    size, points = blobs.grown.sizes(read)[axis if axis < 0 else axis - 1], given.wholes("slice_point")
    points = points or [size * part // len(tops) for part in range(1, len(tops))]
    bounds = [0, *points, size]
    if len(bounds) != len(tops) + 1 or bounds != sorted(set(bounds)):
        raise Unread(f"the layer {called(layer)} in line {layer.line} does not cut {size} into {len(tops)} parts")
    for at, top in enumerate(tops):
        arguments: dict[str, object] = {"axis": axis}
        arguments |= {"start": bounds[at]} if at else {}
        arguments |= {"stop": bounds[at + 1]} if bounds[at + 1] < size else {}
        blobs.held[top] = blobs.grown.add(f"{called(layer)}_{top}", "slice", arguments, [read])


def _crop(blobs: Blobs, layer: Message, kind: str) -> None:
    """The first result cut to the size of the second, which starts at an offset in it."""
    reads, given = blobs.of(layer), layer.message("crop_param")
    offsets = given.wholes("offset") or [0]
    if len(reads) != 2 or given.whole("axis", 2) != 2 or any(len(blobs.grown.sizes(each)) != 3 for each in reads):
        unknown(blobs, layer, kind)
        return
    whole, part = (blobs.grown.sizes(each)[:2] for each in reads)
    starts = (offsets[0], offsets[-1])
    sides = [[start, size - start - kept] for start, size, kept in zip(starts, whole, part, strict=True)]
    if min(each for pair in sides for each in pair) < 0:
        raise Unread(f"the layer {called(layer)} in line {layer.line} cuts {list(part)} out of {list(whole)}")
    short = in_short([in_short(pair) for pair in sides])
    put(blobs, layer, blobs.grown.add(called(layer), "crop", {"cropping": short}, reads[:1]))


def _pass(blobs: Blobs, layer: Message, kind: str) -> None:
    """What reads one result and hands it on as it is, under one name or several."""
    read = only(blobs, layer)
    for at in range(len(layer.words("top"))):
        put(blobs, layer, read, at)


def _silence(blobs: Blobs, layer: Message, kind: str) -> None:
    blobs.of(layer)


# Losses


def _loss(ending: str = "") -> Read:
    """What a loss reads is an output, of an activation that belongs to it."""

    def read(blobs: Blobs, layer: Message, kind: str) -> None:
        results = blobs.of(layer)[:1]
        blobs.grown.left_out.append(f"the loss {called(layer)} ({kind})")
        for result in results:
            name = (layer.words("top") or [called(layer)])[0]
            head = result
            if ending:
                head = blobs.grown.add(called(layer), "activation", {"activation": ending}, [result])
            blobs.heads[name] = head
        blobs.absent |= {top for top in layer.words("top") if top not in blobs.held}

    return read


def _measure(blobs: Blobs, layer: Message, kind: str) -> None:
    """Figures that are told and nothing reads; what they read may still be an output."""
    blobs.grown.left_out.append(f"the figure {called(layer)} ({kind})")
    blobs.absent |= set(layer.words("top"))


LAYER_READERS: Mapping[str, Read] = {
    **dict.fromkeys(("Convolution", "ConvolutionDepthwise", "DepthwiseConvolution"), convolution),
    **dict.fromkeys(("SoftmaxWithLoss", "InfogainLoss"), _loss("softmax")),
    **dict.fromkeys(
        ("MultinomialLogisticLoss", "EuclideanLoss", "HingeLoss", "ContrastiveLoss", "SmoothL1Loss"), _loss()
    ),
    **dict.fromkeys(("Accuracy", "ArgMax", "HDF5Output"), _measure),
    "SigmoidCrossEntropyLoss": _loss("sigmoid"),
    "Deconvolution": deconvolution,
    "Pooling": pooling,
    "InnerProduct": _inner_product,
    "ReLU": _relu,
    "ReLU6": _activation("relu6"),
    "PReLU": _prelu,
    "ELU": _elu,
    "Sigmoid": _activation("sigmoid"),
    "TanH": _activation("tanh"),
    "Swish": _activation("silu"),
    "BNLL": _activation("softplus"),
    "Exp": _activation("exponential"),
    "Softmax": _softmax,
    "LRN": _lrn,
    "BatchNorm": _batch_norm,
    "Scale": _scale,
    "Power": _power,
    "Dropout": _dropout,
    "Flatten": _flatten,
    "ShuffleChannel": _shuffle,
    "Concat": _concat,
    "Eltwise": _eltwise,
    "Slice": _slice,
    "Crop": _crop,
    "Split": _pass,
    "Silence": _silence,
}
"""By the type that Caffe has for a layer."""
