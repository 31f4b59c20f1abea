"""Networks of Caffe (Jia et al. 2014): from a `.prototxt` to layers, as they are when it is tested; architecture alone.

Of layers that a phase has for itself those of TEST count. A result is found by the name of its blob, which a layer may
take up again in place. Sizes stand in Caffe as (n, channels, height, width), here as (height, width, channels).
"""

from collections.abc import Iterator, Mapping

from cnnspec.foreign.caffe_blobs import Blobs, called, unknown
from cnnspec.foreign.caffe_layers import LAYER_READERS
from cnnspec.foreign.growing import Growing, Unread
from cnnspec.foreign.network import ForeignNetwork
from cnnspec.foreign.prototxt import Message, read_message

_NEWER = (
    *("AbsVal", "Accuracy", "ArgMax", "BNLL", "Concat", "ContrastiveLoss", "Convolution", "Data", "Deconvolution"),
    *("Dropout", "DummyData", "Eltwise", "EuclideanLoss", "Exp", "Flatten", "HDF5Data", "HDF5Output", "HingeLoss"),
    *("Im2col", "ImageData", "InfogainLoss", "InnerProduct", "LRN", "MemoryData", "MultinomialLogisticLoss", "MVN"),
    *("Pooling", "Power", "ReLU", "Sigmoid", "SigmoidCrossEntropyLoss", "Silence", "Slice", "Softmax", "Split", "TanH"),
    *("Threshold", "WindowData"),
)
_OLDER = {**{name.upper(): name for name in _NEWER}, "SOFTMAXLOSS": "SoftmaxWithLoss"}
"""Types as older files have them without underscores, in `layers { type: INNER_PRODUCT }`."""
_INPUTS = frozenset({"Input", "Data", "ImageData", "HDF5Data", "MemoryData", "DummyData", "WindowData"})
_LABELS = frozenset({"label", "labels", "target", "clip"})


def caffe_network(text: str, name: str) -> ForeignNetwork:
    """The network of a `.prototxt`; raises Unread."""
    net = read_message(text)
    blobs = Blobs(Growing(net.word("name") or name))
    _read_inputs(net, blobs)
    listed = [*net.messages("layer"), *net.messages("layers")]
    if any(layer.messages("layer") for layer in listed):
        raise Unread("it has the first form of Caffe's layers: bring it up to date with upgrade_net_proto_text")
    for layer in filter(_in_test, listed):
        kind = _OLDER.get(layer.word("type").replace("_", ""), layer.word("type"))
        if kind in _INPUTS:
            _read_data(layer, kind, blobs)
        else:
            LAYER_READERS.get(kind, unknown)(blobs, layer, kind)
    if not blobs.grown.inputs:
        raise Unread("it does not say the size of its input: take the deploy.prototxt, or add input_shape")
    outputs = dict(_outputs(blobs))
    return blobs.grown.network(outputs, len(outputs) > 1)


def _outputs(blobs: Blobs) -> Iterator[tuple[str, str]]:
    """What nothing reads, and what losses read."""
    heads = {result: blob for blob, result in blobs.heads.items()}
    inputs = {each.name for each in blobs.grown.inputs}
    for blob, result in blobs.held.items():
        if result not in inputs and result not in heads and result not in blobs.read:
            heads[result] = blob
    seen: set[str] = set()
    for result, blob in heads.items():
        if result not in seen:
            seen.add(result)
            yield blob, result


def _in_test(layer: Message) -> bool:
    """Whether a layer is there in the phase TEST, at level 0 and in no stage."""
    included, excluded = layer.messages("include"), layer.messages("exclude")
    if included:
        return any(map(_holds, included))
    return not any(map(_holds, excluded))


def _holds(rule: Message) -> bool:
    phase = rule.word("phase", "TEST")
    levels = rule.whole("min_level", 0) <= 0 <= rule.whole("max_level", 0)
    return phase in ("TEST", "1") and levels and not rule.words("stage")


# Inputs


def _read_inputs(net: Message, blobs: Blobs) -> None:
    """Those that the network names at its beginning, as deploy.prototxt does."""
    names = net.words("input")
    shapes = [each.wholes("dim") for each in net.messages("input_shape")]
    dims = net.wholes("input_dim")
    shapes = shapes or [dims[at : at + 4] for at in range(0, len(dims), 4)]
    for name, shape in zip(names, shapes, strict=False):
        _input(blobs, name, shape)
    for name in names[len(shapes) :]:
        raise Unread(f"it does not say the size of its input {name}: add input_shape")


def _input(blobs: Blobs, blob: str, dims: list[int]) -> None:
    """An input of (n, channels, places ...), or a label."""
    if len(dims) < 2 or blob in _LABELS:
        blobs.absent.add(blob)
        return
    blobs.held[blob] = blobs.grown.input(blob, (*dims[2:], dims[1]))


def _read_data(layer: Message, kind: str, blobs: Blobs) -> None:
    """A layer that hands in data; of files only the part that is cut out of a picture is known."""
    tops, shapes = layer.words("top"), _shapes(layer, kind)
    for at, blob in enumerate(tops):
        shape = shapes[min(at, len(shapes) - 1)] if shapes else []
        if not shape or (at and kind not in ("Input", "DummyData")):
            blobs.absent.add(blob)
        elif blob not in blobs.held:
            _input(blobs, blob, shape)
    if kind != "Input":
        blobs.grown.left_out.append(f"where its data comes from: {called(layer)} ({kind})")


def _shapes(layer: Message, kind: str) -> list[list[int]]:
    """What a layer of data says of sizes."""
    if kind == "Input":
        return [each.wholes("dim") for each in layer.message("input_param").messages("shape")]
    if kind == "DummyData":
        given = layer.message("dummy_data_param")
        older = [[given.whole(key, 0) for key in ("num", "channels", "height", "width")]] if given.words("num") else []
        return [each.wholes("dim") for each in given.messages("shape")] or older
    if kind == "MemoryData":
        given = layer.message("memory_data_param")
        return [[given.whole(key, 0) for key in ("batch_size", "channels", "height", "width")]]
    changed = layer.message("transform_param")
    older_param = layer.message(_DATA_PARAMS.get(kind, "data_param"))
    size = changed.whole("crop_size", older_param.whole("crop_size", 0))
    means = len(changed.words("mean_value"))
    return [[1, 1 if means == 1 or changed.flag("force_gray", False) else 3, size, size]] if size else []


_DATA_PARAMS: Mapping[str, str] = {"ImageData": "image_data_param", "WindowData": "window_data_param"}
