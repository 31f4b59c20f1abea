"""Where attributions begin and end: numbers that stand for what was read, and stages whose places are those of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cnnspec.graph.heads import passed_on
from cnnspec.graph.nodes import Graph
from cnnspec.layers.shape import Shape, product, write_shape
from cnnspec.results.attribution import Stage
from cnnspec.source.diagnostic import likely, rejected
from cnnspec.source.route import NOWHERE

_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Point:
    """Where what an input gives is first a number of which a little more makes sense.

    The input itself; or the layer at `position` in the graph, which looks up a vector for each of its ids.
    """

    input: str
    position: int
    of_ids: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A stage or layer whose output has places, by its node's position; they are those of one `input`."""

    position: int
    input: str
    stage: Stage


def stage_of(graph: Graph, name: str, option: str) -> tuple[int, str]:
    """The position of the output of a stage, by title or slug, or of a layer; and its name. Raises Rejected."""
    for stage in graph.stages:
        if name in (stage.title, stage.slug):
            return stage.output, stage.title
    for position, node in enumerate(graph.nodes):
        if node.name == name and node.layer is not None:
            return position, name
    titles = [stage.title for stage in graph.stages]
    names = [*titles, *(node.name for node in graph.nodes if node.layer is not None)]
    meant = likely(name, names)
    which = " or ".join(meant) if meant else f"with one of {', '.join(titles[:_MOST_NAMED])}, or a layer's name"
    help = f"write {option} {which}"
    raise rejected("no-stage", f"the network has no stage {name}", help=help, at=NOWHERE)


def places_at(graph: Graph, name: str) -> Placed:
    """The stage or layer of this name, for a map over what was read; raises Rejected where it has no such places."""
    position, called = stage_of(graph, name, "--at")
    shape = graph.nodes[position].output
    sources = [each for each in graph.inputs if position in _after(graph, each)]
    fitting = [each for each in sources if _spatial(graph, position) == spatial_rank(graph, each)]
    help = _others(graph)
    if not _spatial(graph, position):
        expected = "a stage with spatial axes, as a map lies over them"
        raise rejected("no-stage", f"{called} gives {write_shape(shape)}", expected, help, at=NOWHERE)
    if len(fitting) != 1:
        reads = " and ".join(f"{each} {write_shape(graph.nodes[graph.inputs[each]].output)}" for each in sources)
        received = f"{called} gives {write_shape(shape)}, made from {reads}"
        raise rejected("no-stage", received, "places that are those of one input", help, at=NOWHERE)
    return Placed(position, fitting[0], Stage(called, _sizes(shape)))


def last_places(graph: Graph, output: str = "") -> tuple[Placed, ...]:
    """For each input the last place with spatial axes that are its own; none where there is no such place.

    It is the last on the ways to an `output`, without it to any.
    """
    outputs = [graph.outputs[output]] if output else list(graph.outputs.values())
    return tuple(found for name in graph.inputs if (found := _last(graph, name, outputs)) is not None)


def _last(graph: Graph, name: str, outputs: Sequence[int]) -> Placed | None:
    """The last node with places of which everything goes through: a branch of several would tell but a part."""
    before = min(_scored(graph, position) for position in outputs)
    passed = [position for position in _passed_by_all(graph, name, outputs) if position < before]
    fitting = [position for position in passed if _several_places(graph, position) and _alike(graph, position, name)]
    if not fitting:
        return None
    position, more = fitting[-1], "" if len(graph.inputs) == 1 else f" of {name}"
    title = next((stage.title for stage in graph.stages if stage.output == position), "")
    chosen = f"the last {'stage' if title else 'layer'} with spatial axes{more}"
    stage = Stage(title or graph.nodes[position].name, _sizes(graph.nodes[position].output), chosen)
    return Placed(position, name, stage)


def _scored(graph: Graph, output: int) -> int:
    """From where on there is but what an output says, at each of its places, and not what makes it say so."""
    if not _several_places(graph, output):
        return output + 1
    return min(output, *passed_on(graph, output))


def _alike(graph: Graph, position: int, name: str) -> bool:
    """Whether a node has as many spatial axes as an input, which has some."""
    return _spatial(graph, position) == spatial_rank(graph, name) > 0


def _several_places(graph: Graph, position: int) -> bool:
    """Whether it has more than one place."""
    return product(graph.nodes[position].output[:-1]) != 1


def _passed_by_all(graph: Graph, name: str, outputs: Sequence[int]) -> Iterator[int]:
    """The nodes after an input, and after no other, that each way from it to the outputs leads through, in order.

    No edge leads past them, from before to behind.
    """
    after = _after(graph, name)
    alone = after.difference(*(_after(graph, other) for other in graph.inputs if other != name))
    heard = _before(graph, outputs)
    furthest = graph.inputs[name]
    for position in sorted(after & heard):
        if furthest <= position and position in alone and position != graph.inputs[name]:
            yield position
        readers = [at for at in after & heard if position in graph.nodes[at].inputs]
        furthest = max([furthest, *readers])


def _before(graph: Graph, positions: Iterable[int]) -> set[int]:
    """The positions of all that these depend on, and they themselves."""
    found = set(positions)
    for at in range(len(graph.nodes) - 1, -1, -1):
        if at in found:
            found.update(graph.nodes[at].inputs)
    return found


def _fitting(graph: Graph, name: str) -> Iterator[tuple[int, str]]:
    """The stages that have places of this input alone."""
    after = _after(graph, name)
    alone = after.difference(*(_after(graph, other) for other in graph.inputs if other != name))
    rank = spatial_rank(graph, name)
    for stage in graph.stages:
        if rank and stage.output in alone and _spatial(graph, stage.output) == rank:
            yield stage.output, stage.title


def spatial_rank(graph: Graph, name: str) -> int:
    """How many axes of an input are spatial: ids stand in a row as a signal's steps do, channels are none."""
    rank = len(graph.nodes[graph.inputs[name]].output)
    return rank if any(point.of_ids for point in points_of(graph) if point.input == name) else max(0, rank - 1)


def _spatial(graph: Graph, position: int) -> int:
    return max(0, len(graph.nodes[position].output) - 1)


def _after(graph: Graph, name: str) -> set[int]:
    """The positions of all that depends on an input."""
    found = {graph.inputs[name]}
    for at, node in enumerate(graph.nodes):
        if found.intersection(node.inputs):
            found.add(at)
    return found


def _others(graph: Graph) -> str:
    names = dict.fromkeys(title for name in graph.inputs for _, title in _fitting(graph, name))
    return f"write --at {list(names)[-1]}; these have them: {', '.join(names)}" if names else ""


def _sizes(shape: Shape) -> tuple[int | None, ...]:
    return tuple(size if isinstance(size, int) else None for size in shape)


def points_of(graph: Graph) -> Iterator[Point]:
    """Each input's points: the layers that look its ids up, else the input itself."""
    for name, position in graph.inputs.items():
        looking_up = list(_looking_up(graph, position))
        for at in looking_up or [position]:
            yield Point(name, at, bool(looking_up))


def _looking_up(graph: Graph, position: int) -> Iterator[int]:
    """The layers that read the ids of an input, past others that only pass them on."""
    same = {position}
    for at, node in enumerate(graph.nodes):
        if node.layer is None or not same.intersection(node.inputs):
            continue
        if node.layer.ids is not None:
            yield at
        elif node.layer.passes_values or node.layer.moves:
            same.add(at)
