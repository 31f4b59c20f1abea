"""What layers cost, in the words of a drawing: parameters as in a summary's table, beside them statistics."""

from collections.abc import Callable, Sequence

from cnnspec.graph.facts import learnt, totals
from cnnspec.graph.nodes import Node
from cnnspec.reports import numbers


def costs(nodes: Sequence[Node], written: Callable[[int], str], macs: str) -> tuple[str, ...]:
    """`9,536 parameters`, `128 statistics`, `118M multiply-adds`, where there are some; `macs` is their word."""
    found, params = totals(nodes), learnt(nodes)
    said = (
        f"{written(params)} parameters" if params else "",
        f"{written(found.params - params)} statistics" if found.params > params else "",
        f"{numbers.macs(found.macs)} {macs}" if found.macs or found.macs is None else "",
    )
    return tuple(filter(None, said))


def heads(nodes: Sequence[Node]) -> tuple[str, ...]:
    """The parameters of a stage, where there are some."""
    params = learnt(nodes)
    return (f"{numbers.scaled(params)} parameters",) if params else ()
