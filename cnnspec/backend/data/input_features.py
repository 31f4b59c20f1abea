"""What each input of a trained network reads, and the words that a run knows."""

from cnnspec.backend.data.load import length_of
from cnnspec.backend.data.sources.table import wanted_features
from cnnspec.backend.data.vocabulary import Vocabulary, from_lines
from cnnspec.graph.nodes import Graph
from cnnspec.language.data import DataSection, ImageFolder, Table, TextLines
from cnnspec.language.features import Feature, Image, TextOptions
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_lines
from cnnspec.source.diagnostic import rejected


def input_features(section: DataSection, graph: Graph) -> dict[str, Feature]:
    """What the inputs are made from: texts, pictures or columns; an input of plain numbers is not among them."""
    if isinstance(section, Table):
        return wanted_features(section, graph)
    if isinstance(section, TextLines):
        return dict.fromkeys(graph.inputs, Feature(text=section.text or TextOptions()))
    if isinstance(section, ImageFolder):
        return dict.fromkeys(graph.inputs, Feature(image=section.image or Image()))
    return {}


def read_vocabularies(folder: RunFolder, section: DataSection, graph: Graph) -> dict[str, Vocabulary]:
    """The run's own vocabularies by input, for the inputs that are texts; raises Rejected where one is missing."""
    several = len(graph.inputs) > 1
    found = {}
    for name, feature in input_features(section, graph).items():
        if feature.text is None:
            continue
        path = folder.vocabulary(name if several else "")
        lines = read_lines(path)
        if lines is None:
            received = f"{folder.path} has no {path.name}"
            raise rejected("no-run", received, "the words that the run knows", "copy the run's folder again")
        found[name] = from_lines(lines, feature.text, length_of(graph, name))
    return found
