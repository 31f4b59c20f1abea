"""The sections of Darknet, each in the words of the language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cnnspec.foreign.darknet_file import Section
from cnnspec.foreign.growing import Growing, Unread, in_short, misspelt, padding, window_arguments

_ACTIVATIONS: Mapping[str, object] = {
    "relu": "relu",
    "relu6": "relu6",
    "leaky": {"leaky_relu": {"negative_slope": 0.1}},
    "logistic": "sigmoid",
    "tanh": "tanh",
    "elu": "elu",
    "selu": "selu",
    "mish": "mish",
    "swish": "silu",
    "gelu": "gelu",
    "hard_mish": None,
    "ramp": None,
    "loggy": None,
    "relie": None,
    "plse": None,
    "stair": None,
    "hardtan": "hard_tanh",
    "lhtan": None,
}
"""Darknet's activations in Keras' words; None: one that the language has not."""
_LOSSES = frozenset({"cost", "region", "yolo", "gaussian_yolo", "detection", "iseg", "contrastive", "logxent"})
"""Sections that decode boxes or compute a loss: what they read is an output."""
_FLAT_BEFORE = frozenset({"softmax", "connected", "cost"})
_EPSILON = 1e-5


@dataclass(slots=True, eq=False, repr=False)
class Reading:
    """The sections on their way; `results` are the results of sections by their index, which others read by it."""

    grown: Growing
    results: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    following: str = ""

    @property
    def before(self) -> str:
        """What the next section reads."""
        return self.results[-1] if self.results else self.grown.inputs[0].name

    def at(self, index: int, section: Section) -> str:
        """The result of a section by its index, from the end where that is negative."""
        place = index + len(self.results) if index < 0 else index
        if not 0 <= place < len(self.results):
            raise Unread(f"[{section.kind}] in line {section.line} reads layer {index}, which is not before it")
        return self.results[place]

    def named(self, section: Section, part: str = "") -> str:
        """A layer's name: its kind and its index, as Darknet prints it."""
        return f"{section.kind}_{len(self.results)}{part and f'_{part}'}"


def _convolutional(reading: Reading, section: Section) -> str:
    grown, read = reading.grown, reading.before
    size, groups, dilation = (section.whole(key, 1) for key in ("size", "groups", "dilation"))
    stride = section.whole("stride", 1)
    strides = (section.whole("stride_y", stride), section.whole("stride_x", stride))
    pad = dilation * (size // 2 if section.whole("pad", 0) else section.whole("padding", 0))
    places = _places(reading, section)
    zeros = padding([(pad, pad)] * 2, places, (size, size), strides, dilation)
    arguments = window_arguments(kernel_size=(size, size), strides=strides, dilation_rate=(dilation, dilation))
    arguments |= {"padding": zeros} if zeros != "valid" else {}
    filters, channels = section.whole("filters", 1), grown.sizes(read)[-1]
    depthwise = groups == channels > 1 and filters % channels == 0
    if depthwise:
        arguments |= {"depth_multiplier": filters // channels} if filters > channels else {}
    else:
        arguments = {"filters": filters, **arguments} | ({"groups": groups} if groups > 1 else {})
    normed = bool(section.whole("batch_normalize", 0))
    arguments |= {"use_bias": False} if normed else {}
    unknown = [f"{key}={section.values[key]}" for key in ("binary", "xnor", "antialiasing") if section.whole(key, 0)]
    read = grown.add(reading.named(section), "depthwise_conv" if depthwise else "conv", arguments, [read], unknown)
    return _ended(reading, section, read, normed, "logistic")


def _places(reading: Reading, section: Section) -> tuple[int, ...]:
    shape = reading.grown.sizes(reading.before)
    if len(shape) != 3:
        raise Unread(f"[{section.kind}] in line {section.line} reads {list(shape)}, expected pictures")
    return shape[:2]


def _ended(reading: Reading, section: Section, read: str, normed: bool, default: str) -> str:
    """The normalisation and the activation that a section says beside its own layer."""
    if normed:
        read = reading.grown.add(reading.named(section, "bn"), "batch_norm", {"epsilon": _EPSILON}, [read])
    return _activated(reading, section, read, default)


def _activated(reading: Reading, section: Section, read: str, default: str) -> str:
    word = section.word("activation", default)
    if word == "linear":
        return read
    if word not in _ACTIVATIONS:
        hint = misspelt(word, tuple(_ACTIVATIONS))
        raise Unread(f"[{section.kind}] in line {section.line}: there is no activation {word[:40]}{hint}")
    name, meant = reading.named(section, word), _ACTIVATIONS[word]
    if meant is None:
        return reading.grown.strange(name, f"activation {word}", (), [read])
    if read == reading.named(section) and reading.grown.activated(read, meant):
        return read
    return reading.grown.add(name, "activation", {"activation": meant}, [read])


def _maxpool(reading: Reading, section: Section) -> str:
    stride = section.whole("stride", 1)
    strides = (section.whole("stride_y", stride), section.whole("stride_x", stride))
    size = section.whole("size", stride)
    whole = section.whole("padding", size - 1)
    places = _places(reading, section)
    if size < 1 or min(strides) < 1 or whole < 0:
        raise Unread(f"[maxpool] in line {section.line} has size {size}, stride {stride} and padding {whole}")
    pads = []
    for length, by in zip(places, strides, strict=True):
        out = (length + whole - size) // by + 1
        pads.append((whole // 2, max((out - 1) * by + size - whole // 2 - length, 0)))
    zeros = padding(pads, places, (size, size), strides)
    arguments = window_arguments(pool_size=(size, size))
    arguments |= {} if strides == (size, size) else {"strides": in_short(list(strides))}
    arguments |= {"padding": zeros} if zeros != "valid" else {}
    return reading.grown.add(reading.named(section), "max_pool", arguments, [reading.before])


def _avgpool(reading: Reading, section: Section) -> str:
    _places(reading, section)
    kept = {} if reading.following in _FLAT_BEFORE else {"keepdims": True}
    return reading.grown.add(reading.named(section), "global_avg_pool", kept, [reading.before])


def _connected(reading: Reading, section: Section) -> str:
    read, normed = _flat(reading, section), bool(section.whole("batch_normalize", 0))
    arguments: dict[str, object] = {"units": section.whole("output", 1)}
    arguments |= {"use_bias": False} if normed else {}
    read = reading.grown.add(reading.named(section), "dense", arguments, [read])
    return _ended(reading, section, read, normed, "logistic")


def _flat(reading: Reading, section: Section) -> str:
    if len(reading.grown.sizes(reading.before)) == 1:
        return reading.before
    return reading.grown.flattened(reading.named(section, "flatten"), reading.before)


def _softmax(reading: Reading, section: Section) -> str:
    read = _flat(reading, section)
    if section.whole("groups", 1) > 1:
        told = (f"in {section.whole('groups', 1)} groups",)
        return reading.grown.strange(reading.named(section), "softmax", told, [read])
    if (heat := section.number("temperature", 1)) not in (0, 1):
        read = reading.grown.add(reading.named(section, "temperature"), "rescaling", {"scale": 1 / heat}, [read])
    return reading.grown.add(reading.named(section), "activation", {"activation": "softmax"}, [read])


def _shortcut(reading: Reading, section: Section) -> str:
    reads = [reading.before, *(reading.at(index, section) for index in section.wholes("from"))]
    if len(reads) < 2:
        raise Unread(f"[shortcut] in line {section.line} does not say from which layer")
    name, shapes = reading.named(section), {reading.grown.shapes[each] for each in reads}
    if len(shapes) > 1:
        told = (f"it adds layers of the shapes {', '.join(str(reading.grown.sizes(each)) for each in reads)}",)
        return reading.grown.strange(name, "shortcut", told, reads)
    unknown = [f"weights_type={section.values['weights_type']}"] if "weights_type" in section.values else []
    read = reading.grown.add(name, "add", {}, reads, [each for each in unknown if not each.endswith("none")])
    return _activated(reading, section, read, "linear")


def _route(reading: Reading, section: Section) -> str:
    reads = [reading.at(index, section) for index in section.wholes("layers")]
    if not reads:
        raise Unread(f"[route] in line {section.line} does not say which layers")
    groups, which, name = section.whole("groups", 1), section.whole("group_id", 0), reading.named(section)
    if groups > 1:
        reads = [_part(reading, section, each, groups, which, at) for at, each in enumerate(reads)]
    return reads[0] if len(reads) == 1 else reading.grown.add(name, "concat", {}, reads)


def _part(reading: Reading, section: Section, read: str, groups: int, which: int, at: int) -> str:
    """One of equal parts of the channels."""
    channels = reading.grown.sizes(read)[-1]
    if not 0 <= which < groups or channels % groups:
        place = f"[route] in line {section.line}"
        raise Unread(f"{place} takes group {which} of {groups} of {channels} channels, expected equal parts")
    share = channels // groups
    arguments: dict[str, object] = {"axis": -1}
    arguments |= {"start": which * share} if which else {}
    arguments |= {"stop": (which + 1) * share} if which + 1 < groups else {}
    return reading.grown.add(reading.named(section, f"part{at}" if at else "part"), "slice", arguments, [read])


def _upsample(reading: Reading, section: Section) -> str:
    by, scale = section.whole("stride", 2), section.number("scale", 1)
    unknown = [f"scale={scale:g}"] if scale != 1 else []
    return reading.grown.add(
        reading.named(section), "up_sample", {"size": by} if by != 2 else {}, [reading.before], unknown
    )


def _crop(reading: Reading, section: Section) -> str:
    """The middle of a picture, its numbers moved from 0 to 1 to -1 to 1 unless it is told not to."""
    places, wanted = _places(reading, section), (section.whole("crop_height", 1), section.whole("crop_width", 1))
    spare = [size - kept for size, kept in zip(places, wanted, strict=True)]
    if min(*spare, *(kept - 1 for kept in wanted)) < 0:
        raise Unread(f"[crop] in line {section.line} cuts {list(wanted)} out of {list(places)}")
    sides = in_short([in_short([each // 2, each - each // 2]) for each in spare])
    read = reading.grown.add(reading.named(section), "crop", {"cropping": sides}, [reading.before])
    if section.whole("noadjust", 0):
        return read
    return reading.grown.add(reading.named(section, "scale"), "rescaling", {"scale": 2, "offset": -1}, [read])


def _dropout(reading: Reading, section: Section) -> str:
    rate = section.number("probability", 0.5)
    return reading.grown.add(reading.named(section), "dropout", {"rate": rate}, [reading.before])


def _batchnorm(reading: Reading, section: Section) -> str:
    return reading.grown.add(reading.named(section), "batch_norm", {"epsilon": _EPSILON}, [reading.before])


def _activation(reading: Reading, section: Section) -> str:
    return _activated(reading, section, reading.before, "linear")


def _logistic(reading: Reading, section: Section) -> str:
    return reading.grown.add(reading.named(section), "activation", {"activation": "sigmoid"}, [reading.before])


def _normalization(reading: Reading, section: Section) -> str:
    """Summed over `size` channels, of which those after are one more where it is even."""
    size = section.whole("size", 5)
    numbers = {word: section.number(key, 1) for word, key in (("bias", "kappa"), ("alpha", "alpha"), ("beta", "beta"))}
    told = [] if size % 2 else [f"its window of {size} channels, here {size // 2 * 2 + 1}"]
    arguments = {"depth_radius": size // 2, **numbers}
    return reading.grown.add(reading.named(section), "local_response_norm", arguments, [reading.before], told)


def _scale_channels(reading: Reading, section: Section) -> str:
    (other,) = section.wholes("from", (-1,))[:1]
    reads = [reading.at(other, section), reading.before]
    read = reading.grown.add(reading.named(section), "multiply", {}, reads)
    return _activated(reading, section, read, "linear")


def _loss(reading: Reading, section: Section) -> str:
    name = f"{section.kind}{1 + sum(each.startswith(section.kind) for each in reading.outputs)}"
    said = f": {section.told()[:160]}" if section.values else ""
    reading.grown.left_out.append(f"the section [{section.kind}], which reads {reading.before}{said}")
    if reading.before not in reading.outputs.values():
        reading.outputs[name] = reading.before
    return reading.before


def unknown(reading: Reading, section: Section) -> str:
    """A section that the language has no layer for; it is taken to give what it reads."""
    told = [section.told()] if section.values else []
    return reading.grown.strange(reading.named(section), f"[{section.kind}]", told, [reading.before])


SECTIONS: Mapping[str, Callable[[Reading, Section], str]] = {
    **dict.fromkeys(("convolutional", "conv"), _convolutional),
    **dict.fromkeys(("maxpool", "max"), _maxpool),
    **dict.fromkeys(("avgpool", "avg"), _avgpool),
    **dict.fromkeys(("connected", "conn"), _connected),
    **dict.fromkeys(("softmax", "soft"), _softmax),
    **dict.fromkeys(("normalization", "lrn"), _normalization),
    **dict.fromkeys(_LOSSES, _loss),
    **dict.fromkeys(("scale_channels", "sam"), _scale_channels),
    "shortcut": _shortcut,
    "route": _route,
    "upsample": _upsample,
    "dropout": _dropout,
    "crop": _crop,
    "batchnorm": _batchnorm,
    "activation": _activation,
    "logistic": _logistic,
}
"""By the name in brackets."""
