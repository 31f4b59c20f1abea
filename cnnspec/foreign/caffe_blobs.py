"""Results of a network of Caffe by the names of their blobs, and what all of its layers do with them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cnnspec.foreign.growing import Growing, Unread
from cnnspec.foreign.prototxt import Message


@dataclass(slots=True, eq=False, repr=False)
class Blobs:
    """A network on its way: `held` are the results by the name of their blob, `read` those that some layer reads.

    Blobs without a result, as labels, are `absent`.
    """

    grown: Growing
    held: dict[str, str] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    heads: dict[str, str] = field(default_factory=dict)

    def of(self, layer: Message) -> list[str]:
        """The results that a layer reads, but for labels."""
        found = []
        for blob in layer.words("bottom"):
            if blob in self.held:
                found.append(self.held[blob])
                self.read.add(self.held[blob])
            elif blob not in self.absent:
                raise Unread(f"the layer {called(layer)} in line {layer.line} reads {blob}, which is not before it")
        return found


def called(layer: Message) -> str:
    """A layer's name."""
    return layer.word("name") or layer.word("type") or "without a name"


Read = Callable[[Blobs, Message, str], None]
"""What a layer of a type becomes."""


def put(blobs: Blobs, layer: Message, result: str, at: int = 0) -> None:
    """A result under the name of the layer's blob, in place of what was there."""
    tops = layer.words("top") or [called(layer)]
    blobs.held[tops[min(at, len(tops) - 1)]] = result


def only(blobs: Blobs, layer: Message) -> str:
    """What a layer reads that reads one result."""
    found = blobs.of(layer)
    if len(found) != 1:
        raise Unread(f"the layer {called(layer)} in line {layer.line} reads {len(found)} results, expected one")
    return found[0]


def unknown(blobs: Blobs, layer: Message, kind: str) -> None:
    """A layer that the language has not; it is taken to give what it reads first."""
    reads = blobs.of(layer)
    told = [each.told() for name in layer.fields if name.endswith("_param") for each in layer.messages(name)]
    result = blobs.grown.strange(called(layer), kind or "without a type", [each for each in told if each], reads)
    for at in range(max(1, len(layer.words("top")))):
        put(blobs, layer, result, at)


def simple(kind: str, **arguments: object) -> Read:
    """A layer that stands for one of ours."""

    def read(blobs: Blobs, layer: Message, _: str) -> None:
        put(blobs, layer, blobs.grown.add(called(layer), kind, arguments, [only(blobs, layer)]))

    return read
