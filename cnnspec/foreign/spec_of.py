"""The spec that says the same as a network of a file."""

import re
from collections.abc import Iterator
from typing import Any

from cnnspec.foreign.fused import fused
from cnnspec.foreign.network import ForeignLayer, ForeignNetwork
from cnnspec.foreign.places import placed
from cnnspec.foreign.regions import regions
from cnnspec.foreign.spec_document import input_of, model_of
from cnnspec.foreign.yaml_text import lines
from cnnspec.source.frozen import frozen

_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


@frozen
class ImportedSpec:
    """The text of a spec, and in a sentence each what of the file it does not say."""

    text: str
    left_out: tuple[str, ...]

    def __str__(self) -> str:
        """The text."""
        return self.text


def spec_of(network: ForeignNetwork, origin: str) -> ImportedSpec:
    """The spec of a network, folded; `origin` is what it was read from."""
    joined = fused(network)
    rows = regions(joined, [each.name for each in network.inputs])
    where = placed(network, joined.outputs, rows)
    left = tuple(_left_out(network, joined.lost))
    document: dict[str, Any] = {"cnnspec": 1, "name": _spec_name(network.name)}
    document["inputs"] = {name: input_of(given) for name, given in where.inputs.items()}
    document["model"] = model_of(where.stages)
    if where.outputs:
        document["outputs"] = dict(where.outputs)
    return ImportedSpec(_text(document, origin, left), left)


def _spec_name(name: str) -> str:
    word = _NAME.sub("-", name).strip("-_.")[:64]
    return word if re.match(r"[A-Za-z]", word) else f"model-{word}".rstrip("-")[:64]


def _left_out(network: ForeignNetwork, lost: tuple[ForeignLayer, ...]) -> Iterator[str]:
    """What the spec does not say, a sentence each."""
    for layer in lost:
        called = layer.written or layer.kind
        known = f": {'; '.join(layer.unknown)}" if layer.unknown else ""
        reads = f", reads {', '.join(layer.inputs[:3])}" if layer.inputs else ""
        yield f"the layer {layer.name} of class {called}{reads}{known}"
    gone = {layer.name for layer in lost}
    for layer in network.layers:
        if layer.unknown and layer.name not in gone:
            yield f"of {layer.name} ({layer.kind}): {'; '.join(layer.unknown)}"
    yield from network.left_out


def _text(document: dict[str, Any], origin: str, left: tuple[str, ...]) -> str:
    head = [f"# Imported from {_one_line(origin)}."]
    if left:
        head.append("# Left out, as no spec can say it:")
        head += [f"# - {_one_line(each)}" for each in left]
    body = [line for key, value in document.items() for line in lines(key, value)]
    return "\n".join([*head, "", *body, ""])


def _one_line(text: str) -> str:
    return re.sub(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]+", " ", text)[:300]
