"""One argument of a layer: what it means, what it is here, where that comes from, and what it does."""

from collections.abc import Iterator

from cnnspec.layers.activation import Activation, Nonlinearity
from cnnspec.layers.base import Layer
from cnnspec.layers.docstrings import field_docs
from cnnspec.reports.explain.arguments import Argument, origins_of_argument
from cnnspec.reports.explain.ideas import idea_sections
from cnnspec.reports.explain.layer import formulas, main_node
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Origins, Paragraph, Points, Section
from cnnspec.reports.explain.sizes import worked_sizes
from cnnspec.reports.explain.value import origin, said

_OF_WINDOWS = frozenset({"kernel_size", "pool_size", "strides", "padding", "dilation_rate"})


def argument_sections(network: Network, argument: Argument) -> Iterator[Section]:
    """The argument of a layer; of a window's the size that comes of it, of an activation its curve."""
    step, layer = argument.step, argument.step.layer
    assert layer is not None
    shapes = network.shapes(step.reads)
    value = layer.effective(*shapes).get(argument.name, getattr(layer, argument.name))
    meaning = " ".join(field_docs(type(layer)).get(argument.name, "").split())
    yield Section("", tuple(Paragraph(text) for text in (meaning, f"It is {said(value)}.") if text))
    passed = tuple(map(origin, origins_of_argument(network, step, argument.name)))
    if passed:
        yield Section("where it comes from", (Origins("", passed),))
    else:
        yield Section("where it comes from", (Paragraph(_unwritten(layer, argument.name, value)),))
    if argument.name in _OF_WINDOWS and (slides := layer.slides_over(*shapes)):
        points = worked_sizes(slides, getattr(layer, "padding", "valid"))
        yield Section("how large the output is by it", (Points(points),))
    if isinstance(value, Nonlinearity):
        position = main_node(network, step)
        output = network.graph.nodes[position].output
        function = Activation(activation=value)
        yield Section("what it computes", tuple(formulas(function, (output,))))
        yield from idea_sections(network, function, (output,), position)


def _unwritten(layer: Layer, name: str, value: object) -> str:
    if name in layer.written():
        return "The program sets it by itself."
    default = type(layer).model_fields[name].default
    if value != default:
        return f"Nothing is written of it: {said(value)} follows from the other arguments."
    return f"Nothing is written of it: it is Keras' default, {said(default)}."
