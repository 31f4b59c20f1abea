"""A squeeze-and-excitation gate: each channel times a number that is made of the means of all (Hu et al. 2018)."""

from dataclasses import replace

from cnnspec.graph.builder import SPOILT, GraphBuilder, Made
from cnnspec.graph.composite import one_input
from cnnspec.graph.entries import Use
from cnnspec.graph.nodes import Branch
from cnnspec.graph.scope import Result
from cnnspec.graph.walk import Walk
from cnnspec.language.check import read_fields
from cnnspec.language.composites import ENTRY_ARGUMENTS, SqueezeExcite
from cnnspec.language.resolve import compute_arguments
from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.base import Layer, Misfit, spatial
from cnnspec.layers.conv import Conv
from cnnspec.layers.core import Dense
from cnnspec.layers.merge import Multiply
from cnnspec.layers.pool import GlobalAvgPool
from cnnspec.source.values import Mapping


def squeeze_excite(walk: Walk, use: Use, arguments: Mapping, sources: list[Result]) -> Made:
    """Global average pool, a layer of `units`, one of as many as there are channels; what is read, times that."""
    computed, broken = compute_arguments(arguments, use.around.scope, use.around.report)
    wanted = read_fields(SqueezeExcite, computed, use.around.report, SqueezeExcite.kind, broken, also=ENTRY_ARGUMENTS)
    source = one_input(use, sources)
    if wanted is None or source.position is None:
        return SPOILT
    return _gated(walk, use, wanted, source.position)


def _gated(walk: Walk, use: Use, wanted: SqueezeExcite, source: int) -> Made:
    graph = walk.graph
    try:
        _, channels = spatial(graph.output(source), SqueezeExcite.kind)
    except Misfit as misfit:
        graph.complain(misfit, (source,), use)
        return SPOILT
    layers = {
        "pool": GlobalAvgPool(keepdims=True),
        "squeeze": _layer(walk, use, wanted.form, units=wanted.units, activation=wanted.activation),
        "excite": _layer(walk, use, wanted.form, units=channels, activation=wanted.gate),
    }
    steps, end = [], source
    for name, layer in layers.items():
        made = graph.apply(layer, (end,), use.part(name)) if layer is not None else SPOILT
        if made.step is None:
            return SPOILT
        steps.append(made.step)
        end = made.step.output
    return _multiplied(graph, use, source, Branch("gate", tuple(steps)))


def _layer(walk: Walk, use: Use, form: str, units: int, activation: Nonlinearity) -> Layer | None:
    """One of its two layers with weights; None after a mistake in the defaults, which was reported."""
    if form == "dense":
        return walk.defaults.made(Dense, use, units=units, activation=activation)
    return walk.defaults.made(Conv, use, filters=units, kernel_size=1, activation=activation)


def _multiplied(graph: GraphBuilder, use: Use, source: int, gate: Branch) -> Made:
    product = graph.apply(Multiply(), (source, gate.steps[-1].output), use.part(Multiply.kind))
    if product.step is None:
        return SPOILT
    kind, itself = SqueezeExcite.kind, Branch("itself", ())
    step = replace(product.step, kind=kind, name=use.name, reads=(source,), layer=None, merge=Multiply.kind)
    return Made(product.position, replace(step, branches=(itself, gate)))
