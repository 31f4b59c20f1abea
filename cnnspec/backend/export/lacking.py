"""What a format cannot hold: operations that it lacks, and the layers of the network that are made of them."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from cnnspec.backend.export.network import Network
from cnnspec.results.exported import KINDS, Format
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

REFUSALS = (
    RuntimeError, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, NotImplementedError,
)  # fmt: skip
"""What converters raise on what they do not know."""
_MOST = 6


def lacking(network: Network, format: Format, operations: Collection[str], why: str = "") -> Rejected:
    """What to raise where a format has no such operations; `why` is said where nobody knows which they are."""
    layers = list(dict.fromkeys(_layers(network, set(operations))))
    named = f": {', '.join(layers[:_MOST])}{' and more' if len(layers) > _MOST else ''}" if layers else ""
    what = f"no {', '.join(sorted(operations)[:_MOST])}, which this network is made of{named}" if operations else why
    others = ", ".join(each for each in (Format.keras, Format.saved_model) if each != format)
    return rejected(
        "format-lacks",
        f"{KINDS[format].runtime} has {what}" if operations else f"{KINDS[format].runtime}: {what}",
        help=f"write --format {others.replace(', ', ' or ')}, which hold every network",
        at=NOWHERE,
    )


def _layers(network: Network, operations: set[str]) -> Iterator[str]:
    """The network's names for what a function's nodes belong to."""
    names = {node.name for node in network.graph.nodes}
    for path in _paths(network.frozen().graph.as_graph_def(), operations):
        called = [re.sub(r"_\d+\Z", "", part) for part in path.split("/")]
        yield from (each for each in called if each in names)


def _paths(graph: Any, operations: set[str]) -> Iterator[str]:
    """The paths of the nodes that are such operations, in functions those of what calls them."""
    inside = {
        each.signature.name for each in graph.library.function if {node.op for node in each.node_def} & operations
    }
    for node in graph.node:
        called = {value.func.name for value in node.attr.values()}
        if node.op in operations or called & inside:
            yield node.name
