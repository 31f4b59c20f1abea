"""Skip connections: the sum, its derivative with the 1 in it, and what came of it in a run that watched gradients."""

from collections.abc import Iterator

from cnnspec.graph.nodes import Step
from cnnspec.layers.base import Layer
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Drawing, Formula, Grid, Paragraph, Section
from cnnspec.reports.explain.pictures import tidy
from cnnspec.reports.numbers import plural

_MOST_DRAWN = 4
_FACTORS = (0.1, 0.5, -0.1)

_SUM = """
y = F(x) + x
dy = dF(x) + 1  # the derivative by x: the 1 is the way around
"""
_PROJECTED = """
y = F(x) + W @ x  # W: a convolution of 1 x 1, or a dense layer, that gives x the shape of F(x)
dy = dF(x) + W
"""
_PADDED = """
y = F(x) + padded(x)  # option A: every stride-th place, zeros for the channels that x does not have
dy = dF(x) + 1  # along the channels that x has
"""
_FORMS = {"projection": _PROJECTED, "pad": _PADDED}


def told(network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int) -> Iterator[Section]:
    """Of the padding of a shortcut: why it is there."""
    text = "Option A of He et al. (2015): a shortcut without weights where the main path changes the shape."
    yield Section("", (Paragraph(text),))


def residual_sections(network: Network, step: Step) -> Iterator[Section]:
    """A residual block: its two ways, its sum, and why gradients pass it."""
    read, given = network.shapes(step.reads)[0], network.graph.nodes[step.output].output
    yield Section("", (Paragraph(_passage(step, read, given)), Drawing("", _drawn(step))))
    if step.shortcut == "none":
        yield Section("", (Paragraph("Shapes do not agree here, and no shortcut was asked for: nothing is added."),))
        return
    equations = read_formula(_FORMS.get(step.shortcut, _SUM))
    yield Section("what it computes", (Formula("in general", equations),))
    yield Section("the highway of the gradient", tuple(_highway(network)))


def _passage(step: Step, read: Shape, given: Shape) -> str:
    layers = sum(1 for each in step.branches[0].steps for _ in each.all_nodes())
    chosen = ", which the program chose by itself (auto)" if step.auto else ""
    return (
        f"A residual block (He et al. 2015): it reads {write_shape(read)}, and what {plural(layers, 'layer')} on the "
        f"main path make of it is added to the shortcut, here {_SHORTCUTS.get(step.shortcut, step.shortcut)}{chosen}. "
        f"It gives {write_shape(given)}."
    )


_SHORTCUTS = {
    "identity": "the input as it is",
    "projection": "a projection of it by weights",
    "pad": "the input with zero channels (option A)",
    "custom": "entries of its own",
    "none": "none",
}


def _drawn(step: Step) -> tuple[str, ...]:
    kinds = [each.kind for each in step.branches[0].steps]
    main = " ── ".join(kinds) if len(kinds) <= _MOST_DRAWN else f"{kinds[0]} ── ... ── {kinds[-1]}"
    around = {"identity": "", "none": ""}.get(step.shortcut, f" {step.shortcut} ")
    if step.shortcut == "none":
        return (f"x ── {main} ── y",)
    inner = f"─ {main} ─"
    return (f"x ─┬{inner}─ + ── y", f"   └{around:─^{len(inner)}}──┘")


def _highway(network: Network) -> Iterator[Paragraph | Grid]:
    blocks = sum(step.kind == "residual" and step.shortcut != "none" for _, step in network.steps)
    yield Paragraph(
        "By the chain rule the gradient at the front of a row of blocks is the product of all their derivatives. "
        "Without the shortcut these are dF, and a product of small numbers vanishes; with it they are dF + 1, and the "
        "product multiplied out has a term that is 1, the gradient as it came. "
        f"This network has {plural(blocks, 'such block')}. If each dF were:"
    )
    head = ("dF of every block", *map(tidy, _FACTORS))
    without = (f"product of {blocks}, without shortcuts", *(f"{factor**blocks:.2g}" for factor in _FACTORS))
    along = (f"product of {blocks}, with them", *(f"{(1 + factor) ** blocks:.2g}" for factor in _FACTORS))
    yield Grid("", (head, without, along))
