"""Which entries read a variable."""

from collections.abc import Iterator

from cnnspec.graph.nodes import Step
from cnnspec.language.references import references
from cnnspec.reports.explain.arguments import block_around, entry_of
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Points, Section
from cnnspec.source.values import Mapping, Scalar, Value

_MOST_USES = 8


def use_sections(network: Network, name: str) -> Iterator[Section]:
    """The layers and blocks whose entries name the variable, once for each time that they run."""
    found: list[Step] = []
    for _, step in network.steps:
        made_by_one = any(step.span == outer.span and step.name.startswith(f"{outer.name}.") for outer in found)
        if not made_by_one and name in _names_of(network, step):
            found.append(step)
    if found:
        more = (f"and {len(found) - _MOST_USES} more",) if len(found) > _MOST_USES else ()
        yield Section("which entries read it", (Points((*(step.name for step in found[:_MOST_USES]), *more)),))


def _names_of(network: Network, step: Step) -> frozenset[str]:
    """The names that the step's own entry uses, but for parameters of the block that it stands in."""
    entry = entry_of(network.spec, step.span)
    if entry is None:
        return frozenset()
    own = [entry.value] if step.layer is not None or step.block else _beside_entries(entry.value)
    block = block_around(network.spec, step.span)
    hidden = frozenset(block.parameter_names) if block is not None else frozenset()
    return frozenset[str]().union(*map(references, own)) - hidden


def _beside_entries(value: Value) -> list[Value]:
    """Of an entry around others, as a residual, the arguments that are not entries themselves."""
    each = [entry.value for entry in value] if isinstance(value, Mapping) else [value]
    return [argument for argument in each if isinstance(argument, Scalar)]
