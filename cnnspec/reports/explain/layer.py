"""One layer: what it does, its formula, the formula with its own numbers, and what comes of it."""

from collections.abc import Iterator

from cnnspec.graph.nodes import Node, Step
from cnnspec.layers.activation import Activation, Nonlinearity
from cnnspec.layers.affine import Affine
from cnnspec.layers.base import Layer
from cnnspec.layers.docstrings import field_docs
from cnnspec.layers.examples import purpose_of
from cnnspec.layers.formulas.filling import filled_all
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.formulas.terms import Equation, words_in
from cnnspec.layers.phrase import Phrase, words
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.layers.symbol import Symbol
from cnnspec.reports.explain.costs import cost_figures
from cnnspec.reports.explain.ideas import idea_sections
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Formula, Paragraph, Part, Points, Section
from cnnspec.reports.explain.plain_math import number
from cnnspec.reports.explain.sizes import worked_sizes


def step_sections(network: Network, step: Step) -> Iterator[Section]:
    """A layer as it is written, and the plain layers that it stands for."""
    assert step.layer is not None
    main = main_node(network, step)
    yield from plain_sections(network, step.layer, network.shapes(step.reads), main)
    yield from _applied(network, main)
    for position in step.nodes:
        node = network.graph.nodes[position]
        if position != main and node.layer is not None and not _pads(node, step):
            heading = f"then {words(node.kind)}" if position > main else f"before it {words(node.kind)}"
            yield from plain_sections(network, node.layer, network.read(node), position, heading)


def main_node(network: Network, step: Step) -> int:
    """The position of the node that is the layer itself, and not its padding, norm or activation."""
    assert step.layer is not None
    own = [position for position in step.nodes if network.graph.nodes[position].kind == step.layer.kind]
    return own[0] if own else step.output


def _applied(network: Network, position: int) -> Iterator[Section]:
    """The activation that is part of the layer itself."""
    node = network.graph.nodes[position]
    function = getattr(node.layer, "activation", None)
    if isinstance(node.layer, Affine) and node.layer.acting is not None and isinstance(function, Nonlinearity):
        layer = Activation(activation=function)
        said: tuple[Part, ...] = (Paragraph(_sentence(function)),)
        yield Section(f"then {words(function.kind)}", (*said, *formulas(layer, (node.output,))))
        yield from idea_sections(network, layer, (node.output,), position)


def _sentence(function: Nonlinearity) -> str:
    return f"Its activation: {purpose_of(type(function)).rstrip('.')}."


def _pads(node: Node, step: Step) -> bool:
    """Whether it is the padding of the window after it, which is told there."""
    return step.layer is not None and node.name == f"{step.name}.pad"


def plain_sections(
    network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int, heading: str = ""
) -> Iterator[Section]:
    """One plain layer: in words, as a formula, in figures, and what its idea has more to tell."""
    node = network.graph.nodes[position]
    yield Section(heading, (Paragraph(purpose_of(type(layer))), Paragraph(_passage(layer, shapes, node))))
    equations = tuple(formulas(layer, shapes))
    if equations:
        yield Section("what it computes" if not heading else "", equations)
    slides = layer.slides_over(*shapes)
    if slides:
        yield Section("how large its output is", (Points(worked_sizes(slides, getattr(layer, "padding", "valid"))),))
    yield Section("", (cost_figures(network, position),))
    yield from idea_sections(network, layer, shapes, position)


def _passage(layer: Layer, shapes: tuple[Shape, ...], node: Node) -> str:
    phrase = layer.phrase(shapes[0], node.output) if shapes else Phrase(words(layer.kind))
    said = ", ".join(filter(None, (phrase.text, phrase.tail)))
    reads = " and ".join(write_shape(shape) for shape in shapes)
    return f"Here: {said}. It reads {reads} and gives {write_shape(node.output)}."


def formulas(layer: Layer, shapes: tuple[Shape, ...]) -> Iterator[Formula]:
    """The formula in general, and with the layer's numbers where these change it."""
    general = read_formula(layer.formula)
    if not general:
        return
    symbols = layer.symbols(*shapes)
    mine = filled_all(general, symbols)
    yield Formula("in general", general, tuple(_told(layer, general, symbols)))
    if mine != general:
        yield Formula("with its numbers", mine)


def _told(layer: Layer, equations: tuple[Equation, ...], symbols: dict[str, Symbol]) -> Iterator[tuple[str, str]]:
    """The names in a formula that stand for something here."""
    used = frozenset().union(*(words_in(each.right) | words_in(each.left) for each in equations))
    docs = field_docs(type(layer))
    for name in sorted(used & symbols.keys()):
        symbol = symbols[name]
        said = symbol.said or docs.get(name, "").split(";")[0].rstrip(".").lower()
        if said and symbol.value != ():
            yield name, f"{said}: {_value(symbol)}"


def _value(symbol: Symbol) -> str:
    value = symbol.value
    if isinstance(value, tuple):
        items = [str(each) for each in value]
        same = len(set(items)) == 1 and not any(isinstance(each, str) and not each.isdigit() for each in value)
        return items[0] if same else ", ".join(items)
    return number(value) if isinstance(value, (int, float)) else str(value) if isinstance(value, str) else "unknown"
