"""What results are called where an entry stands: by the names that people gave them, as short as can be."""

from collections.abc import Iterator
from dataclasses import field

from cnnspec.graph.nodes import Graph, Step
from cnnspec.language.composites import APART
from cnnspec.source.frozen import frozen


@frozen
class Names:
    """Names by position: of stages and inputs, of what lies below any stage, and, before these, of the scope."""

    titles: dict[int, str]
    paths: dict[int, str]
    own: dict[int, str] = field(default_factory=dict)

    def find(self, graph: Graph, at: int) -> str:
        """The name of a result; else that of its layer below the stage."""
        name = self.own.get(at) or self.titles.get(at) or self.paths.get(at)
        path = graph.nodes[at].name
        return name or path.partition(".")[2] or path

    def inside(self, steps: tuple[Step, ...], path: str, read: int | None = None) -> "Names":
        """The names in a stage or in the body of a block, which calls what it reads its input."""
        own = {} if read is None else {read: "input"}
        for step in _in_scope(steps):
            own.setdefault(step.output, step.called or step.name.removeprefix(f"{path}.").rpartition(".")[2])
        return Names(self.titles, self.paths, own)


def names_in(graph: Graph) -> Names:
    """Those of the whole network."""
    titles = {
        **{stage.output: stage.title for stage in graph.stages},
        **{at: name for name, at in graph.inputs.items()},
    }
    paths: dict[int, str] = {}
    for stage in graph.stages:
        for step in _in_scope(stage.steps):
            paths.setdefault(step.output, f"{stage.slug}.{step.called}" if step.called else step.name)
    return Names(titles, paths)


def _in_scope(steps: tuple[Step, ...]) -> Iterator[Step]:
    """The steps that names may stand for: what a block holds is known inside of it alone."""
    for step in steps:
        yield step
        if not step.block:
            for branch in step.branches:
                yield from _in_scope(branch.steps)


def left_apart(step: Step) -> tuple[int, ...]:
    """What a step leaves to the next one: its output, or those of branches that are not merged."""
    if step.merge != APART or len(step.branches) == 1:
        return (step.output,)
    return tuple(branch.steps[-1].output if branch.steps else step.reads[0] for branch in step.branches)


Before = tuple[int, ...]
"""The positions of what stands before a step; none where nothing does."""


def told_by_name(step: Step, before: Before) -> tuple[int, ...]:
    """The positions of what a step reads that must be told, where `before` is what stands before it.

    What stands before it is among them where its place among the others would be lost.
    """
    if len(before) > 1:
        return () if step.reads == before else step.reads
    others = tuple(at for at in step.reads if at not in before)
    keeps_order = step.layer is None or step.layer.ordered or step.layer.moves
    goes_on = len(others) == len(step.reads) - 1 and (not keeps_order or step.reads[0] in before)
    return others if goes_on or step.reads == before else step.reads


def read_by_name(graph: Graph) -> frozenset[int]:
    """The positions of results that are told by name somewhere, and of entries that are used again.

    The input of a block needs none.
    """
    before = tuple(graph.inputs.values()) if len(graph.inputs) == 1 else ()
    found: set[int] = set()
    for stage in graph.stages:
        found |= {max(again) for step in _steps(stage.steps) if (again := _used_again(step, graph))}
        _read(stage.steps, before, None, found)
        before = (stage.output,)
    return frozenset(found)


def _steps(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        for branch in step.branches:
            yield from _steps(branch.steps)


def _used_again(step: Step, graph: Graph) -> list[int]:
    """The positions of the layers whose weights a reuse shares."""
    shared = [graph.nodes[at].shared for at in step.nodes] if step.kind == "reuse" else []
    return [at for at in shared if at is not None]


def _read(steps: tuple[Step, ...], before: Before, own: int | None, found: set[int]) -> None:
    """Collect what steps read by name, in a block that calls what it reads, `own`, its input."""
    for step in steps:
        found.update(at for at in told_by_name(step, before) if at != own)
        for branch in step.branches:
            _read(branch.steps, step.reads[:1], step.reads[0] if step.block else own, found)
        before = left_apart(step)
