"""What the examples of a training are called, and what its network can be given to predict."""

from typing import TYPE_CHECKING

from cnnspec.graph.nodes import Graph

if TYPE_CHECKING:
    from cnnspec.language.sources.section import DataSection


def examples_word(data: "DataSection | None", graph: Graph) -> str:
    """`images` or `sentences` where there is one input of that kind, else `examples`."""
    if data is None or len(graph.inputs) != 1:
        return "examples"
    return data.word(graph.nodes[next(iter(graph.inputs.values()))].output)


def to_predict(data: "DataSection | None", graph: Graph, pictures: bool) -> list[str]:
    """What a trained network can be given to predict, as arguments; `pictures` says whether arrays may be pictures."""
    if data is None:
        return ["INPUT"]
    return list(data.predicts([graph.nodes[position].output for position in graph.inputs.values()], pictures))
