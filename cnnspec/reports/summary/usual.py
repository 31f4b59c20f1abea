"""What is as usual in a network, and so not said of each of its layers: norm, activation, bias, the kind of zeros."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cnnspec.graph.nodes import Graph, Step
from cnnspec.layers.kind import Kind
from cnnspec.layers.phrase import Ending, Phrase, said_with_arguments
from cnnspec.reports.summary.gate import Gate, gate_of, said
from cnnspec.source.frozen import frozen

INSIDE, BEFORE, SUMMED, FACTOR, END = "inside", "before", "summed", "factor", "end"
"""Where a layer stands: before a norm or activation that is an entry of its own, last before the addition of a
shortcut, last in a factor of a product, last of all; or elsewhere. A table shows it, and so what is usual there.
"""


@frozen
class Leaf:
    """What has a line of its own: a layer, or a gate as one; where it stands, and how it is said.

    `normed`: whether the entry right after it is a normalisation.
    """

    step: Step
    place: str
    phrase: Phrase
    gate: Gate | None = None
    normed: bool = False


def leaves(graph: Graph) -> list[Leaf]:
    """All lines, in the order in which they run."""
    read = {position for node in graph.nodes for position in node.inputs}
    nexts = [*(stage.steps[0] for stage in graph.stages[1:]), None]
    found = [
        leaf
        for stage, after in zip(graph.stages, nexts, strict=True)
        for leaf in _Leaves(graph, read).under(stage.steps, INSIDE, after, in_stage=True)
    ]
    if any(leaf.phrase.ending and leaf.place != END for leaf in found):
        return found
    return [replace(leaf, place=INSIDE) if leaf.place == END else leaf for leaf in found]


@frozen
class _Leaves:
    """Goes through a network, of which some positions are read."""

    graph: Graph
    read: set[int]

    def under(
        self, steps: tuple[Step, ...], last: str, after: Step | None = None, in_stage: bool = False
    ) -> Iterator[Leaf]:
        """The lines of steps, the last of which stands where `last` says, and before the step `after`, if any.

        A layer that repeats, as one in a block does, stands where the others stand, whatever comes after the last.
        """
        end = _last_weighing(self.graph, steps) if last == SUMMED else len(steps) - 1
        for at, step in enumerate(steps):
            place, following = last if at == end else INSIDE, steps[at + 1] if at + 1 < len(steps) else after
            if step.layer is not None:
                repeats = at > 0 and steps[at - 1].layer == step.layer
                yield self._leaf(step, None if repeats else following, place, in_stage and not repeats)
            elif gate := gate_of(step, self.graph):
                yield Leaf(step, place, gate.phrase(self.graph), gate)
            else:
                for branch in step.branches:
                    yield from self.under(branch.steps, _last(step, place))

    def _leaf(self, step: Step, following: Step | None, place: str, may_end: bool) -> Leaf:
        after = _only(following).layer if following is not None and following.reads == (step.output,) else None
        normed = after is not None and after.normalises
        if normed or (after is not None and after.activates):
            place = BEFORE
        elif may_end and step.output not in self.read:
            place = END
        return Leaf(step, place, said(step, self.graph), normed=normed)


def _last_weighing(graph: Graph, steps: tuple[Step, ...]) -> int:
    """Where the last layer with weights is, if nothing but gates and what neither weighs nor activates comes after."""
    for at in reversed(range(len(steps))):
        step = _only(steps[at])
        layer = step.layer
        if layer is None and gate_of(step, graph) is None:
            return at
        if layer is not None and (layer.weighs or layer.activates or layer.normalises):
            return at
    return len(steps) - 1


def _last(step: Step, place: str) -> str:
    """Where the last layer of a branch stands."""
    if step.kind == "residual" and step.shortcut != "none":
        return SUMMED
    if step.kind == "residual" and step.nodes:
        return BEFORE
    if step.merge == "multiply" and not _is_list(step):
        return FACTOR
    return place if _is_list(step) or step.kind == "residual" else INSIDE


def _is_list(step: Step) -> bool:
    """Whether it is no more than the steps that it holds: a block, or a single branch."""
    return step.block or (step.kind == "parallel" and len(step.branches) == 1)


def _only(step: Step) -> Step:
    """A step, or the only one of the block that it is."""
    while step.block and len(step.branches[0].steps) == 1:
        (step,) = step.branches[0].steps
    return step


BiasClass = tuple[bool, bool, bool]


@frozen
class Usual:
    """What goes without saying: after convolutions, after an addition, and of zeros round what is read.

    `biases`: whether there is a bias, by what usually decides it. `adds`: whether there are additions. `even`: whether
    zeros on both sides need not be told from those of `same`, since only one of them is there. `silent`: arguments, as
    words, that layers have where others that look like them tell their own.
    """

    norm: Kind | None
    activation: Kind | None
    biases: dict[BiasClass, bool]
    after_addition: str
    adds: bool
    even: bool
    silent: tuple[str, ...] = ()

    def ending(self, leaf: Leaf) -> Ending | None:
        """How such a layer goes on where nothing is said."""
        end = leaf.phrase.ending
        if end is None:
            return None
        norm = self.norm if end.spatial and leaf.place != END and not leaf.normed else None
        activation = self.activation if leaf.place == INSIDE else None
        return Ending(self.biases.get(bias_class(leaf, end), end.norm is None), norm, activation, end.spatial)

    def in_words(self) -> tuple[str, ...]:
        """What a reader must know; nothing where nothing goes without saying."""
        after = f"linear before + and {self.after_addition} after it" if self.after_addition else ""
        parts = [
            said_with_arguments(self.norm) if self.norm else "",
            self._bias(),
            said_with_arguments(self.activation) if self.activation else "",
            after or "linear before and after +" if self.adds and (self.activation or after) else "",
            *self.silent,
        ]
        return tuple(filter(None, parts))

    def _bias(self) -> str:
        """Whether convolutions have one, where that is not as a norm usually decides it."""
        beside, alone = self.biases.get((True, True, False), False), self.biases.get((True, False, False), True)
        if beside:
            return "a bias beside norms" if alone else "a bias in convolutions beside norms, and in no others"
        return "" if alone else "no bias"


def bias_class(leaf: Leaf, end: Ending) -> BiasClass:
    """Layers that agree in this usually agree in whether they have a bias."""
    return end.spatial, end.norm is not None, leaf.normed


def usual_in(found: Sequence[Leaf], graph: Graph) -> Usual:
    """What most layers have, each in its place."""
    known = [(leaf, leaf.phrase.ending) for leaf in found]
    inner = [(leaf, end) for leaf, end in known if end is not None and leaf.place != END]
    biases: dict[BiasClass, Counter[bool]] = {}
    for leaf, end in inner:
        biases.setdefault(bias_class(leaf, end), Counter())[end.bias] += 1
    additions = [after_addition(step, graph) for stage in graph.stages for step in _additions(stage.steps)]
    activations = [end.activation for leaf, end in inner if leaf.place == INSIDE]
    kinds_of_zeros = {leaf.phrase.padded.even.partition(" ")[0] for leaf in found}
    return Usual(
        norm=_most([end.norm for leaf, end in inner if end.spatial and not leaf.normed]),
        activation=_most([each for each in activations if each is None or not _is_share(each)]),
        biases={key: count.most_common(1)[0][0] for key, count in biases.items()},
        after_addition=Counter(additions).most_common(1)[0][0] if additions else "",
        adds=bool(additions),
        even=not {"same", "pad"} <= kinds_of_zeros,
    )


def _is_share(activation: Kind) -> bool:
    """Whether it makes probabilities or shares, which are always said."""
    return activation.kind.endswith(("softmax", "sigmoid"))


def _most(found: Sequence[Kind | None]) -> Kind | None:
    return Counter(found).most_common(1)[0][0] if found else None


def _additions(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        if step.kind == "residual" and step.shortcut != "none":
            yield step
        for branch in step.branches:
            yield from _additions(branch.steps)


def after_addition(step: Step, graph: Graph) -> str:
    """The activation that a residual applies to its sum, in words; nothing for none."""
    node = graph.nodes[step.nodes[-1]] if step.nodes else None
    if node is None or node.layer is None or not node.layer.activates:
        return ""
    return node.layer.phrase(node.output, node.output).text
