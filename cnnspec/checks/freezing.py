"""What `training.freeze` leaves to learn, and what it keeps."""

from collections.abc import Iterator

from cnnspec.checks.subject import Sections, Subject
from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph
from cnnspec.source.diagnostic import Diagnostic, Note, warning


def nothing_left(subject: Subject) -> Iterator[Diagnostic]:
    """Something must be left that training changes."""
    training = subject.spec.training
    if training is None or not training.freeze or totals(subject.graph.nodes).trainable_params:
        return
    help = "leave out what is to learn, as a rule the last stage with weights"
    message = "freeze leaves no weight that training changes"
    yield Diagnostic("nothing-to-learn", message, subject.place("training", "freeze"), help=help)


def frozen_as_drawn(subject: Subject) -> Iterator[Diagnostic]:
    """What is frozen from the start should come from somewhere; `train` refuses it if the command does not say so."""
    first = Sections(subject.spec.each_phase()[0])
    training = first.spec.training
    if training is None or not training.freeze or training.start_from is not None:
        return
    message = "freeze without start_from: what it names would stay as drawn at the start, and never learn"
    if subject.spec.phases:
        message = "freeze without start_from: what it names would stay as drawn while the rest learns"
    help = "write start_from, or give the run to the command: cnnspec train --start-from RUN"
    yield warning("frozen-as-drawn", message, first.place("training", "freeze"), help)


def statistics_learnt_alone(subject: Subject) -> Iterator[Diagnostic]:
    """A batch normalisation that learns while all before it is frozen loses what the frozen weights were trained with.

    Of one that starts anew, as `start_from` says by `new`, nothing is lost.
    """
    training = subject.spec.training
    if training is None or not training.freeze:
        return
    graph, anew = subject.graph, getattr(training.start_from, "new", ())
    alone = [at for at in _learning_alone(graph) if not any(_lies_in(graph, at, name) for name in anew)]
    if not alone:
        return
    first, more = graph.nodes[alone[0]], len(alone) - 1
    others = f" and {more} other{'s' * (more > 1)}" if more else ""
    message = (
        f"the batch normalisation {first.name}{others} learns statistics of this data, while the weights that it"
        " normalises are frozen"
    )
    help = f"name it in freeze, too: {', '.join(_to_freeze(graph, alone)[:_MOST])}"
    note = Note("the normalisation is made here", first.span)
    yield warning("lone-statistics", message, subject.place("training", "freeze"), help, (note,))


_MOST = 8
"""How many names a help lists."""


def _learning_alone(graph: Graph) -> Iterator[int]:
    """The positions of batch normalisations that learn behind weights of which none does."""
    frozen: dict[int, tuple[bool, bool]] = {}
    for at, node in enumerate(graph.nodes):
        held = [frozen[each] for each in node.inputs]
        learns, keeps = any(each[0] for each in held), any(each[1] for each in held)
        layer, owner = node.layer, graph.nodes[at if node.shared is None else node.shared]
        if layer is not None and layer.remembers:
            if layer.trainable and node.shared is None and keeps and not learns:
                yield at
        elif layer is not None and owner.facts.weights and not layer.prepares:
            learns, keeps = learns or layer.trainable, keeps or not layer.trainable
        frozen[at] = learns, keeps


def _lies_in(graph: Graph, position: int, name: str) -> bool:
    """Whether a layer lies in a stage, or below a path, of this name."""
    path = graph.nodes[position].name
    titled = any(stage.title == name and position in stage.all_nodes() for stage in graph.stages)
    return titled or path == name or path.startswith(f"{name}.")


def _to_freeze(graph: Graph, alone: list[int]) -> list[str]:
    """Names for `freeze`: a stage in which nothing else learns, else each layer."""
    found: list[str] = []
    for stage in graph.stages:
        mine = [at for at in stage.all_nodes() if at in alone]
        learning = [at for at in stage.all_nodes() if graph.nodes[at].facts.weights and at not in alone]
        whole = not any(layer.trainable for at in learning if (layer := graph.nodes[at].layer) is not None)
        found += [stage.title] if mine and whole else [graph.nodes[at].name for at in mine]
    return found
