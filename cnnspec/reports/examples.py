"""What the examples of a training are called: images, sentences, or just examples."""

from typing import TYPE_CHECKING

from cnnspec.graph.nodes import Graph

if TYPE_CHECKING:
    from cnnspec.language.data import DataSection


def examples_word(data: "DataSection | None", graph: Graph) -> str:
    """`images` or `sentences` where there is one input of that kind, else `examples`."""
    if data is None or len(graph.inputs) != 1:
        return "examples"
    if data.source in ("digits", "image_folder") or getattr(data, "image", None):
        return "images"
    if data.source == "text_lines" or getattr(data, "text", None):
        return "sentences"
    feature = next(iter((getattr(data, "inputs", None) or {}).values()), None)
    if getattr(feature, "text", None):
        return "sentences"
    shape = graph.nodes[next(iter(graph.inputs.values()))].output
    pictured = getattr(feature, "image", None) or (len(shape) == 3 and shape[-1] in (1, 3, 4))
    return "images" if pictured else "examples"


def to_predict(data: "DataSection | None", graph: Graph, pictures: bool) -> list[str]:
    """What a trained network can be given to predict, as arguments; `pictures` says whether arrays may be pictures."""
    word, source = examples_word(data, graph), "" if data is None else data.source
    if word == "sentences":
        return ["--text", "a sentence"]
    if source == "image_folder" or (word == "images" and (pictures or _reads_images(data))):
        return ["PICTURE.png"]
    if source == "table":
        return ["ROWS.csv"]
    return ["ARRAY.npy" if len(graph.inputs) == 1 else "ARRAYS.npz"]


def _reads_images(data: "DataSection | None") -> bool:
    """Whether the only input is made from a column of pictures."""
    if data is None or data.source != "table":
        return False
    features = (data, *(getattr(data, "inputs", None) or {}).values())
    return any(getattr(each, "image", None) for each in features)
