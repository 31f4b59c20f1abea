"""Losses: cross entropy as a formula, in an example with the network's classes, and as its gradient."""

from collections.abc import Iterator
from math import exp, log

from cnnspec.graph.nodes import Node
from cnnspec.language.losses import Loss
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Formula, Grid, Paragraph, Part, Section
from cnnspec.reports.explain.pictures import tidy

_SEVERAL = """
p[c] = exp(s[c]) / sum(r < n: exp(s[r]))  # softmax: scores become probabilities
L = -ln(p[t])  # t is the right class
g[c] = p[c] - (1 if c == t else 0)  # the gradient of L by the score of class c
"""
_ONE = """
p = 1 / (1 + exp(-s))  # sigmoid: a score becomes a probability
L = -(t * ln(p) + (1 - t) * ln(1 - p))  # t is 1 for yes, 0 for no
g = p - t  # the gradient of L by the score
"""
_SCORES, _RIGHT = (2.0, 1.0, 0.0), 0


def loss_sections(network: Network, output: str | None) -> Iterator[Section]:
    """Cross entropy where it is what an output learns; of `auto`, what it will be by the last activation."""
    for name in network.graph.learnt:
        if output in (None, name):
            node = network.graph.nodes[network.graph.outputs[name]]
            yield from _of_output(node, network.graph.losses.get(name), name if len(network.graph.outputs) > 1 else "")


def _of_output(node: Node, loss: object, name: str) -> Iterator[Section]:
    kind = loss.kind if isinstance(loss, Loss) else ""
    where = f" of {name}" if name else ""
    if "categorical_crossentropy" in kind or (loss == "auto" and node.ends_in == "softmax"):
        yield Section(f"cross entropy{where}", tuple(_several(node, loss == "auto")))
    elif kind == "binary_crossentropy" or (loss == "auto" and node.ends_in == "sigmoid"):
        yield Section(f"binary cross entropy{where}", tuple(_one(loss == "auto")))
    elif loss == "auto":
        text = f"auto reads the loss off the last activation, {node.ends_in}, and the labels when a training begins."
        yield Section("", (Paragraph(text),))


def _auto(activation: str, auto: bool) -> list[Part]:
    text = f"auto reads it off the last activation, {activation}, and the labels; a training shows what it chose."
    return [Paragraph(text)] if auto else []


def _several(node: Node, auto: bool) -> Iterator[Part]:
    yield from _auto("softmax", auto)
    yield Formula("in general", read_formula(_SEVERAL))
    whole = sum(map(exp, _SCORES))
    shares = [exp(score) / whole for score in _SCORES]
    rows = (
        ("class", *map(str, range(len(_SCORES)))),
        ("score s", *map(tidy, _SCORES)),
        ("probability p", *map(tidy, shares)),
        ("label, one-hot", *(str(int(c == _RIGHT)) for c in range(len(_SCORES)))),
        ("gradient g", *(tidy(share - (c == _RIGHT)) for c, share in enumerate(shares))),
    )
    yield Grid("an example of three classes, of which the first is right", rows)
    right = shares[_RIGHT]
    last = shares[-1]
    yield Paragraph(
        f"L = -ln {tidy(right)} = {tidy(-log(right))}. Had the network been sure, L would be -ln 1 = 0; "
        f"were the last class the right one, it would be -ln {tidy(last)} = {tidy(-log(last))}."
    )
    classes = node.output[-1] if node.output else 1
    if isinstance(classes, int) and classes > 1:
        yield Paragraph(
            f"Here are {classes} classes: a network that knows nothing gives each 1/{classes}, and its loss is "
            f"ln {classes} = {tidy(log(classes))}. A loss that stays there says that nothing is learnt."
        )


def _one(auto: bool) -> Iterator[Part]:
    yield from _auto("sigmoid", auto)
    yield Formula("in general", read_formula(_ONE))
    chances = (0.9, 0.5, 0.1)
    rows = (
        ("probability p", *map(tidy, chances)),
        ("L, if the answer is yes", *(tidy(-log(p)) for p in chances)),
        ("L, if it is no", *(tidy(-log(1 - p)) for p in chances)),
    )
    yield Grid("an example", rows)
    yield Paragraph(f"Who knows nothing says 0.5, and has the loss ln 2 = {tidy(log(2))}.")
