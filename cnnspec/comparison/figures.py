"""What follows from the layers, of a stage and of the network: sizes, parameters, multiply-adds, receptive field."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnnspec.comparison.difference import NOWHERE
from cnnspec.comparison.differences import Figure, FiguresChanged
from cnnspec.graph.facts import View, output_shape, totals, views
from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.source.units import scaled

Told = dict[str, tuple[Any, str]]
"""Figures by name, exact and in words."""


def figures_of(one: Graph, other: Graph, stages: Mapping[str, str]) -> Iterator[FiguresChanged]:
    """The figures of each stage that both have, and of the network, as far as they differ."""
    mine, theirs = _by_stage(one), _by_stage(other)
    for title, there in stages.items():
        if title in mine and there in theirs and (figures := _differing(mine[title], theirs[there])):
            yield FiguresChanged(there, figures)
    if figures := _differing(_of_network(one), _of_network(other)):
        yield FiguresChanged(NOWHERE, figures)


def _differing(one: Told, other: Told) -> tuple[Figure, ...]:
    found = []
    for name, (before, said) in one.items():
        after, told = other[name]
        if before == after:
            continue
        if name == "multiply-adds" and None not in (before, after) and scaled(before) != scaled(after):
            said, told = scaled(before), scaled(after)
        found.append(Figure(name, before, after, (said, told)))
    return tuple(found)


def _by_stage(graph: Graph) -> dict[str, Told]:
    seen = views(graph)
    return {
        stage.title: {
            "output": _shape(graph.nodes[stage.output].output),
            **_costs([graph.nodes[at] for at in stage.all_nodes()]),
            "receptive field": _field(seen[stage.output]),
        }
        for stage in graph.stages
    }


def _of_network(graph: Graph) -> Told:
    shape = output_shape(graph)
    whole = {name: list(_sizes(each)) for name, each in shape.items()} if isinstance(shape, dict) else _sizes(shape)
    said = ", ".join(map(write_shape, shape.values())) if isinstance(shape, dict) else write_shape(shape)
    return {"output": (whole, said), **_costs(graph.nodes)}


def _costs(nodes: Sequence[Node]) -> Told:
    held = totals(nodes)
    return {
        "parameters": (held.params, f"{held.params:,}"),
        "trainable": (held.trainable_params, f"{held.trainable_params:,}"),
        "multiply-adds": (held.macs, _macs(held.macs)),
    }


def _macs(number: int | None) -> str:
    """All digits: two networks may differ in the last."""
    return "unknown" if number is None else f"{number:,}"


def _shape(shape: Shape) -> tuple[Any, str]:
    return _sizes(shape), write_shape(shape)


def _sizes(shape: Shape) -> tuple[int | None, ...]:
    return tuple(size if isinstance(size, int) else None for size in shape)


def _field(view: View | None) -> tuple[Any, str]:
    if view is None:
        return None, "none"
    sizes = [float(size) if size.denominator > 1 else size.numerator for size in view.window]
    return tuple(sizes), "×".join(f"{size:g}" for size in (sizes if len(set(sizes)) > 1 else sizes[:1]))
