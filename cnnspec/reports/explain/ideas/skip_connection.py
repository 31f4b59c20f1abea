"""Skip connections: the sum, its derivative with the 1 in it, and what came of it in a run that watched gradients."""

from collections.abc import Iterator
from dataclasses import replace

from cnnspec.graph.nodes import Step
from cnnspec.layers.base import Layer
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Drawing, Formula, Grid, Paragraph, Section
from cnnspec.reports.explain.pictures import in_digits, tidy
from cnnspec.reports.explain.watched import watched_sections
from cnnspec.reports.numbers import plural

_MOST_DRAWN = 4
_FACTORS = (0.1, 0.5, -0.1)

_SUMS = {
    "projection": """
s = F(x) + W @ x  # W: a convolution of 1 x 1, or a dense layer, that gives x the shape of F(x)
ds = dF(x) + W  # the derivative by x: W is the way around
""",
    "pad": """
s = F(x) + padded(x)  # option A: every stride-th place, and zeros for the channels that x does not have
ds = dF(x) + 1  # the derivative by x, along the channels that x has: the 1 is the way around
""",
    "custom": """
s = F(x) + G(x)  # G: the entries of the shortcut
ds = dF(x) + dG(x)  # the derivative by x
""",
}
_IDENTITY = """
s = F(x) + x
ds = dF(x) + 1  # the derivative by x: the 1 is the way around
"""


def told(network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int) -> Iterator[Section]:
    """Of the padding of a shortcut: why it is there."""
    text = "Option A of He et al. (2015): a shortcut without weights where the main path changes the shape."
    yield Section("", (Paragraph(text),))


def residual_sections(network: Network, step: Step) -> Iterator[Section]:
    """A residual block: its two ways, its sum, and why gradients pass it."""
    if step.shortcut == "custom" and not any(branch.steps for branch in step.branches[1:]):
        step = replace(step, shortcut="identity")  # its own entries have none where `when` leaves them out
    read, given = network.shapes(step.reads)[0], network.graph.nodes[step.output].output
    yield Section("", (Paragraph(_passage(step, read, given)), Drawing("", _drawn(step))))
    if step.shortcut == "none":
        yield Section("", (Paragraph("Shapes do not agree here, and no shortcut was asked for: nothing is added."),))
        return
    yield Section("what it computes", (Formula("in general", read_formula(_formula(network, step))),))
    yield Section("the highway of the gradient", tuple(_highway(network, step)))
    yield from watched_sections(network)


def _after(network: Network, step: Step) -> str:
    """The activation after the sum, by name; nothing without one."""
    ends = network.graph.nodes[step.nodes[-1]].ends_in if step.nodes else "linear"
    return "" if ends == "linear" else ends


def _formula(network: Network, step: Step) -> str:
    after, text = _after(network, step), _SUMS.get(step.shortcut, _IDENTITY)
    if not after:
        return text.replace("ds =", "dy =").replace("s =", "y =")
    return f"{text}y = {after}(s)\ndy = {after}'(s) * ds  # {after}' is the slope of {after}"


def _passage(step: Step, read: Shape, given: Shape) -> str:
    entries = plural(len(step.branches[0].steps), "entry").replace("entrys", "entries")
    chosen = ", which the program chose by itself (auto)" if step.auto else ""
    return (
        f"A residual block (He et al. 2015): it reads {write_shape(read)}, and what the main path of "
        f"{entries} makes of it is added to the shortcut, here {_SHORTCUTS.get(step.shortcut, step.shortcut)}{chosen}. "
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


def _highway(network: Network, step: Step) -> Iterator[Paragraph | Grid]:
    blocks = sum(step.kind == "residual" and step.shortcut != "none" for _, step in network.steps)
    yield Paragraph(
        "By the chain rule the gradient at the front of a row of blocks is the product of all their derivatives. "
        "Without the shortcut these are dF, and a product of small numbers vanishes; with it they are dF + 1, and the "
        "product multiplied out has a term that is 1, the gradient as it came. "
        f"This network has {plural(blocks, 'such block')}. If each dF were:"
    )
    head = ("dF of every block", *map(tidy, _FACTORS))
    without = (f"product of {blocks}, without shortcuts", *(in_digits(factor**blocks, 3) for factor in _FACTORS))
    along = (f"product of {blocks}, with them", *(in_digits((1 + factor) ** blocks, 3) for factor in _FACTORS))
    yield Grid("", (head, without, along))
    if after := _after(network, step):
        yield Paragraph(
            f"After each sum comes {after}, whose slope is a factor, too: a gradient passes where that is not 0. Where "
            "a shortcut is a projection its weights stand in the place of the 1."
        )
