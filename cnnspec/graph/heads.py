"""The outputs of a network: what their numbers mean, and what they say about an example.

The one place that knows: losses, metrics, class names, evaluation, prediction and the checks ask it.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from cnnspec.graph.nodes import Graph
from cnnspec.layers.meaning import UNTOLD, Meaning
from cnnspec.layers.shape import Shape
from cnnspec.source.frozen import frozen

if TYPE_CHECKING:
    from cnnspec.language.losses import Loss

Scale = Literal["probabilities", "logits", "log-probabilities", "numbers", "unknown"]
Form = Literal["class", "labels", "values"]


@frozen
class Head:
    """One output of the network.

    `activation` is the last one whose values reach it unchanged; `meaning` is what its numbers can be. `loss` is what
    it learns by: None where that is left open (`auto`, or no training at all), and where it is not `learnt`.
    """

    name: str
    shape: Shape
    activation: str
    shown: str
    """`the output`, or `output kind` where there are names."""
    meaning: Meaning = UNTOLD
    loss: "Loss | None" = None
    learnt: bool = True

    @property
    def units(self) -> int:
        """The size of the last axis: how many classes a softmax has."""
        last = self.shape[-1] if self.shape else 1
        return last if isinstance(last, int) else 1

    @property
    def of_shares(self) -> bool:
        """Whether it gives probabilities of several classes that exclude each other, as a softmax does."""
        return self.meaning.shares and self.units > 1

    @property
    def of_chances(self) -> bool:
        """Whether it gives probabilities each for itself, as a sigmoid does."""
        return self.meaning.probable and not self.of_shares

    @property
    def yes_or_no(self) -> bool:
        """Whether each of its numbers says yes or no for itself, by what it gives or by its loss."""
        return self.of_chances or self.form == "labels" or (self.form == "class" and self.units == 1)

    @property
    def of_sides(self) -> bool:
        """Whether each of its numbers says yes above 0 and no below, as a hinge loss has it."""
        return self.loss is not None and self.loss.answers == "sides" and self.loss.compares == "alike"

    @property
    def scale(self) -> Scale:
        """What its numbers are, under its loss."""
        if getattr(self.loss, "from_logits", False):
            return "logits"
        if self.meaning.probable or (self.loss is not None and self.loss.of_probabilities):
            return "probabilities"
        if self.meaning.logarithms:
            return "log-probabilities"
        return "numbers" if self.meaning.told else "unknown"

    @property
    def form(self) -> Form:
        """What it says: one `class` of several, yes or no for each of its `labels`, or `values`.

        At each place, where it has several axes. A single unit that says yes or no tells two classes apart.
        """
        answers = self.loss.answers if self.loss is not None else ""
        if self.units > 1 and (self.of_shares or answers == "class"):
            return "class"
        if answers == "labels" or (self.loss is None and self.of_chances):
            return "class" if self.units == 1 else "labels"
        return "values"

    @property
    def function(self) -> Literal["softmax", "sigmoid", ""]:
        """What still makes probabilities of its numbers."""
        if self.scale != "logits":
            return ""
        return "softmax" if self.form == "class" and self.units > 1 else "sigmoid"

    @property
    def of_numbers(self) -> bool:
        """Whether it learns a number, and no class, by its loss alone; rows may turn out to be one-hot."""
        regressed = self.loss is not None and self.loss.answers == "values"
        return regressed and self.units == 1 and not self.meaning.probable

    @property
    def missing(self) -> Literal["", "softmax", "sigmoid"]:
        """The activation after which its loss would find the probabilities that it expects; empty where it does."""
        loss = self.loss
        if loss is None or not loss.of_probabilities or self.scale == "logits" or not self.meaning.improbable:
            return ""
        return "softmax" if self.units > 1 and loss.answers != "labels" else "sigmoid"

    def under(self, loss: "Loss | None") -> "Head":
        """The same output, learning by this loss."""
        return replace(self, loss=loss)


def heads(graph: Graph) -> tuple[Head, ...]:
    """The network's outputs."""
    return tuple(_head(graph, name, position) for name, position in graph.outputs.items())


def learnt_heads(graph: Graph) -> tuple[Head, ...]:
    """Those that a loss reads, or may read."""
    return tuple(_head(graph, name, graph.outputs[name]) for name in graph.learnt)


def _head(graph: Graph, name: str, position: int) -> Head:
    shown = f"output {name}" if graph.named_outputs else "the output"
    written = graph.losses.get(name)
    return Head(
        name,
        graph.nodes[position].output,
        last_activation(graph, position),
        shown,
        meaning_of(graph, position),
        None if isinstance(written, str) else written,
        name in graph.learnt,
    )


def last_activation(graph: Graph, position: int) -> str:
    """The activation whose values reach this node unchanged; `linear` if there is none."""
    return graph.nodes[passed_on(graph, position)[-1]].ends_in


def passed_on(graph: Graph, position: int) -> tuple[int, ...]:
    """A node and those before it whose values reach it unchanged, going back to the one that computes them."""
    found = [position]
    node = graph.nodes[position]
    while node.layer is not None and node.layer.passes_values:
        found += node.inputs
        node = graph.nodes[found[-1]]
    return tuple(found)


def meaning_of(graph: Graph, position: int) -> Meaning:
    """What the numbers of a node can be, going back as far as that depends on what it reads."""
    needed, waiting = set[int](), [position]
    while waiting:
        node = graph.nodes[at := waiting.pop()]
        if at not in needed:
            needed.add(at)
            waiting += node.inputs if node.layer is not None and node.layer.hands_on else ()
    found: dict[int, Meaning] = {}
    for at in sorted(needed):
        node = graph.nodes[at]
        read = [found.get(source, UNTOLD) for source in node.inputs]
        shapes = [graph.nodes[source].output for source in node.inputs]
        found[at] = node.layer.gives(read, shapes) if node.layer is not None else UNTOLD
    return found[position]
