"""`training.freeze` and `training.rates`: what each phase of a training changes of a network, and how fast."""

from collections.abc import Collection, Iterable
from dataclasses import field, replace
from itertools import chain

from cnnspec.graph.nodes import Changes, Graph, Step
from cnnspec.graph.scope import Result, ResultScope
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Diagnostic, Note, Report, misspelt, warning
from cnnspec.source.frozen import frozen
from cnnspec.source.patience import to_compare
from cnnspec.source.span import Span
from cnnspec.source.values import follow


def with_changes(graph: Graph, spec: Spec, results: ResultScope, report: Report) -> Graph:
    """The graph that knows what each phase freezes, in which what all of them do is not trained.

    Names that nothing has are reported. A name is one that `from` could use in `results`, the scope of the model, or
    the path of a layer or block as the summary prints it (`conv2_x.basic1`). Weights that are used again elsewhere
    belong to it there, too.
    """
    training = spec.training
    if training is None or not (training.freeze or training.rates or training.phases):
        return graph
    specs = spec.each_phase()
    names = _Names(graph, results)
    changes = tuple(Changes(_frozen(names, each, report), _rates(names, each, report)) for each in specs)
    always = frozenset.intersection(*(each.frozen for each in changes))
    nodes = (node.frozen() if names.owner(at) in always else node for at, node in enumerate(graph.nodes))
    return replace(graph, nodes=tuple(nodes), changes=changes)


@frozen
class _Named:
    """What a name stands for: the layers that own the weights, and how many parts the whole path has."""

    name: str
    owners: frozenset[int]
    depth: int
    span: Span


@frozen
class _Names:
    """What can be named in a network."""

    graph: Graph
    results: ResultScope
    known: dict[str, tuple[frozenset[int], int]] = field(default_factory=dict)
    """What names stand for that were found before: phases name the same ones."""

    def owner(self, position: int) -> int:
        """The node whose weights a node uses."""
        shared = self.graph.nodes[position].shared
        return position if shared is None else shared

    def find(self, name: str, span: Span, key: str, report: Report, taken: Collection[str] = ()) -> _Named | None:
        """What a name stands for; None where nothing has it, which is reported; what is `taken` was not meant."""
        positions, depth = self.known.setdefault(name, self.known.get(name) or self._positions(name))
        if not positions:
            report(self._unknown(name, span, key, taken))
            return None
        return _Named(name, frozenset(map(self.owner, positions)), depth, span)

    def weigh(self, named: _Named) -> bool:
        """Whether what is named has weights."""
        return any(self.graph.nodes[owner].facts.weights for owner in named.owners)

    def users(self, owners: frozenset[int]) -> frozenset[int]:
        """The nodes that use the weights of these."""
        return frozenset(at for at in range(len(self.graph.nodes)) if self.owner(at) in owners)

    def _unknown(self, name: str, span: Span, key: str, taken: Collection[str]) -> Diagnostic:
        if name in self.results.inputs:
            help = "name what reads it"
            return Diagnostic("unknown-name", f"{key} names {name}, an input: it has no weights", span, help=help)
        known = (each for each in self.results.known() if each not in self.results.inputs)
        paths = (step.name for stage in self.graph.stages for step in stage.steps)
        words = (each for each in dict.fromkeys(to_compare(chain(known, paths))) if each not in taken)
        return misspelt("unknown-name", f"{key} names {name}, which is no stage or entry", name, words, span)

    def _positions(self, name: str) -> tuple[frozenset[int], int]:
        """The layers that a name stands for, none where it is unknown or an input's; and the parts of its path."""
        result, found, depth = self.results.find(name), set[int](), name.count(".")
        if result is not None:
            steps = tuple(_steps(self.graph, result))
            found |= {position for step in steps for position in step.all_nodes()}
            paths = [0] if result.last is not None else [step.name.count(".") for step in steps]
            depth = max([depth, *paths])
        layers = [(position, node.name) for position, node in enumerate(self.graph.nodes) if node.layer is not None]
        lying = {position for position, path in layers if _lies_in(path, name)}
        lying = lying or {position for position, path in layers if _lies_in(self.graph.numbered(path), name)}
        return frozenset(found | lying), depth


def _frozen(names: _Names, spec: Spec, report: Report) -> frozenset[int]:
    """The positions of what a phase freezes."""
    owners: set[int] = set()
    for at, name in enumerate(spec.training.freeze if spec.training is not None else ()):
        named = names.find(name, follow(spec.root, ("training", "freeze", at)).span, "freeze", report)
        if named is not None and not names.weigh(named):
            said = f"freeze names {name}, which has no weights"
            report(warning("nothing-to-freeze", said, named.span, "leave it out"))
        owners |= named.owners if named is not None else frozenset()
    return names.users(frozenset(owners))


def _rates(names: _Names, spec: Spec, report: Report) -> dict[int, float]:
    """What the learning rate is multiplied by, by position: what lies deeper goes before what it lies in."""
    written = (spec.training.rates if spec.training is not None else None) or {}
    listed = []
    for name in written:
        named = names.find(name, follow(spec.root, ("training", "rates", name)).key_span, "rates", report, written)
        if named is not None and not names.weigh(named):
            said = f"rates names {name}, which has no weights"
            report(warning("idle-rate", said, named.span, "leave it out"))
        listed += [named] if named is not None else []
    _refuse_twice(listed, report)
    ordered = sorted(listed, key=lambda named: (named.depth, -len(named.owners)))
    found = {owner: written[named.name] for named in ordered for owner in named.owners}
    return {at: found[at] for at in sorted(found) if names.graph.nodes[at].facts.weights and found[at] != 1}


def _refuse_twice(listed: list[_Named], report: Report) -> None:
    """Two names of one and the same thing."""
    seen: dict[tuple[frozenset[int], int], _Named] = {}
    for named in listed:
        first = seen.setdefault((named.owners, named.depth), named)
        if first is not named:
            note = Note(f"{first.name} is the same", first.span)
            message = f"rates names {named.name} twice"
            report(Diagnostic("duplicate-name", message, named.span, help="keep one of them", notes=(note,)))


def _lies_in(path: str, name: str) -> bool:
    return path == name or path.startswith(f"{name}.")


def _steps(graph: Graph, result: Result) -> Iterable[Step]:
    """What a stage holds, or every repeat of an entry, of which the result is the last one's."""
    if result.last is not None:
        return result.steps
    return (step for stage in graph.stages for step in stage.steps if step.span == result.span)
