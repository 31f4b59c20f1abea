"""ONNX by tf2onnx; what it tells of itself is an entry of the file's own metadata."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import tf2onnx
from onnxruntime import quantization
from onnxruntime.transformers.float16 import convert_float_to_float16

from cnnspec import __version__
from cnnspec.backend.data.splits import Array
from cnnspec.backend.export.lacking import REFUSALS, lacking
from cnnspec.backend.export.network import Network, quietly
from cnnspec.backend.export.standalone import KEY
from cnnspec.results.exported import Format, Precision
from cnnspec.source.diagnostic import Rejected

_OPSET = 18
_FOLDED = re.compile(r"__\d+$")
"""How the names end that tf2onnx makes."""
_LARGEST = 2**31 - 2**20
"""Bytes of what protobuf can hold in one file, with some to spare."""
_HALF = "computed in half precision; what goes in and comes out stays float32"
_WHOLE = "convolutions and products in whole numbers of 8 bits; what goes in and comes out stays float32"


def write(network: Network, path: Path) -> tuple[str, ...]:
    """With the spec's names for what goes in and comes out, and as many examples at once as anybody likes."""
    weights = 4 * network.model.count_params()
    if weights > _LARGEST:
        raise lacking(network, Format.onnx, (), f"{weights:,} bytes of weights are more than one file holds")
    with quietly():
        proto, notes = _of_loops(network)
        if network.precision is Precision.float16:
            proto = convert_float_to_float16(proto, keep_io_types=True)
        elif network.precision is Precision.int8:
            proto = _whole(proto, network, path)
    _describe(proto, network)
    path.write_bytes(proto.SerializeToString(deterministic=True))
    told = {Precision.float16: _HALF, Precision.int8: _WHOLE}
    return (*notes, *([told[network.precision]] if network.precision in told else []))


def _of_loops(network: Network) -> tuple[Any, tuple[str, ...]]:
    """The graph, with ONNX's own loops; where tf2onnx knows none of the kind, with the steps laid out, and a note."""
    try:
        return _named(_converted(network, False), network), ()
    except Rejected:
        if network.unrolled is network.model:
            raise
        return _named(_converted(network, True), network), network.notes


def _converted(network: Network, unrolled: bool) -> tuple[Any, dict[str, str]]:
    """tf2onnx's graph, with what its inputs and outputs are called in the spec."""
    frozen = network.frozen(unrolled)
    inputs = [tensor.name for tensor in frozen.inputs]
    in_order = sorted(network.graph.outputs)  # as TensorFlow flattens a map
    outputs = dict(zip(in_order, (tensor.name for tensor in frozen.outputs), strict=True))
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    try:
        proto, _ = tf2onnx.convert.from_graph_def(
            frozen.graph.as_graph_def(), network.name, inputs, list(outputs.values()), _OPSET
        )
    except REFUSALS as error:
        raise lacking(network, Format.onnx, (), str(error).strip().splitlines()[-1][:200]) from None
    known = {each.name for each in onnx.defs.get_all_schemas()}
    if strange := {node.op_type for node in _nodes(proto.graph) if not node.domain and node.op_type not in known}:
        raise lacking(network, Format.onnx, strange)
    return proto, dict(zip(inputs, network.graph.inputs, strict=True)) | {said: name for name, said in outputs.items()}


def _named(converted: tuple[Any, dict[str, str]], network: Network) -> Any:
    """What goes in and comes out by the spec's names; what tf2onnx numbers on and on, from 0: the same file again."""
    proto, wanted = converted
    wanted = _constants(proto) | wanted
    taken, numbers = set(wanted.values()) - wanted.keys(), dict[str, int]()

    def numbered(name: str) -> str:
        return re.sub(r"__(\d+)", lambda found: f"__{numbers.setdefault(found[1], len(numbers))}", name)

    def renamed(name: str) -> str:
        return wanted.get(name) or numbered(f"{name}_" if name in taken else name)

    for graph in _graphs(proto.graph):
        for node in graph.node:
            node.name = numbered(node.name)
            node.input[:], node.output[:] = map(renamed, node.input), map(renamed, node.output)
        for each in (*graph.input, *graph.output, *graph.initializer):
            each.name = renamed(each.name)
        graph.initializer.sort(key=lambda each: each.name)
        del graph.value_info[:]
    for each in (*proto.graph.input, *proto.graph.output):
        each.type.tensor_type.shape.dim[0].dim_param = "batch"
    return proto


def _constants(proto: Any) -> dict[str, str]:
    """Names for what tf2onnx folded, by the order of their use: of equal constants it keeps any one."""
    folded = {each.name for graph in _graphs(proto.graph) for each in graph.initializer if _FOLDED.search(each.name)}
    used = dict.fromkeys(name for node in _nodes(proto.graph) for name in node.input if name in folded)
    return {name: f"constant{at}" for at, name in enumerate(used)}


def _graphs(graph: Any) -> Iterator[Any]:
    """A graph, and those within it that loops repeat."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                yield from _graphs(inner)


def _nodes(graph: Any) -> Iterator[Any]:
    return (node for each in _graphs(graph) for node in each.node)


class _Reader:
    """The examples that whole numbers are fitted to, as ONNX Runtime asks for them."""

    def __init__(self, examples: Iterator[dict[str, Array]]) -> None:
        self._examples = examples

    def get_next(self) -> dict[str, Array] | None:
        """The next one."""
        return next(self._examples, None)


def _whole(proto: Any, network: Network, path: Path) -> Any:
    """ONNX Runtime's own quantization, channel by channel where there are channels."""
    quantization.quantize_static(
        proto,
        str(path),
        _Reader(network.calibration()),
        per_channel=True,
        activation_type=quantization.QuantType.QInt8,
        weight_type=quantization.QuantType.QInt8,
    )
    return onnx.load(str(path))


def _describe(proto: Any, network: Network) -> None:
    proto.producer_name, proto.producer_version, proto.doc_string = "cnnspec", __version__, ""
    proto.graph.name = network.name
    del proto.metadata_props[:]
    proto.metadata_props.add(key=KEY, value=network.about)
