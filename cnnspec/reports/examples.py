"""What the examples of a training are called, and what its network can be given to predict."""

from typing import TYPE_CHECKING

from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.ranges import known_range
from cnnspec.runs.recorded import read_ranges
from cnnspec.source.diagnostic import Rejected

if TYPE_CHECKING:
    from cnnspec.language.sources.section import DataSection


def examples_word(data: "DataSection | None", graph: Graph) -> str:
    """`images` or `sentences` where there is one input of that kind, else `examples`."""
    if data is None or len(graph.inputs) != 1:
        return "examples"
    return data.word(graph.nodes[next(iter(graph.inputs.values()))].output)


def inputs_of(folder: RunFolder, spec: Spec, graph: Graph) -> list[str]:
    """What to write after `cnnspec predict RUN`: a picture only where its run knows what white is."""
    name = next(iter(graph.inputs))
    try:
        found = known_range(spec.data, read_ranges(folder), name)
    except Rejected:
        found = None
    return to_predict(spec.data, graph, found is not None and found.ends is not None)


def to_predict(data: "DataSection | None", graph: Graph, pictures: bool) -> list[str]:
    """What a trained network can be given to predict, as arguments; `pictures` says whether arrays may be pictures."""
    if data is None:
        return ["INPUT"]
    return list(data.predicts([graph.nodes[position].output for position in graph.inputs.values()], pictures))
