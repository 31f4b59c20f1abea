"""From the data section to examples in memory."""

from collections.abc import Callable

from cnnspec.backend.data.arrays import arrays, fit_input
from cnnspec.backend.data.digits import digits
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.splits import Array, Dataset, Split, with_validation
from cnnspec.backend.data.wrong import rejected
from cnnspec.graph.nodes import Graph
from cnnspec.language.data import Arrays, DataSection, Digits

RUNNING_SOURCES = ("digits", "arrays")


def load_dataset(section: DataSection, graph: Graph, folder: DataFolder, seed: int) -> Dataset:
    """The splits of a spec's data, fitted to the network's inputs and checked; raises Rejected."""
    dataset = _read(section, graph, folder)
    for split in (dataset.train, dataset.validation, dataset.test):
        if split is not None:
            check_ids(split, graph)
    return with_validation(dataset, section.validation_split, seed)


def _read(section: DataSection, graph: Graph, folder: DataFolder) -> Dataset:
    if isinstance(section, Arrays):
        return arrays(section, graph, folder)
    assert isinstance(section, Digits)
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        received = f"a network with {len(graph.inputs)} inputs and {len(graph.outputs)} outputs"
        raise rejected("bad-source", received, "one of each, as digits has one picture and one label")
    ((name, position),) = graph.inputs.items()
    shape = graph.nodes[position].output
    return _each_input(digits(name, next(iter(graph.outputs))), lambda array: fit_input(array, shape, "digits"))


def _each_input(dataset: Dataset, change: Callable[[Array], Array]) -> Dataset:
    def changed(split: Split) -> Split:
        inputs = {name: change(array) for name, array in split.inputs.items()}
        return Split(split.name, inputs, split.labels, dict.fromkeys((*inputs, *split.labels), "digits"))

    test = None if dataset.test is None else changed(dataset.test)
    return Dataset(changed(dataset.train), None, test, dataset.classes)


def check_ids(split: Split, graph: Graph) -> None:
    """Raise Rejected where an id in the data has no row in the embedding (or place in the one-hot) that reads it."""
    names = {position: name for name, position in graph.inputs.items()}
    for node in graph.nodes:
        rows = getattr(node.layer, "input_dim", None) or getattr(node.layer, "num_tokens", None)
        name = names.get(node.inputs[0]) if len(node.inputs) == 1 else None
        if not isinstance(rows, int) or name is None:
            continue
        ids = split.inputs[name]
        if ids.min() < 0 or ids.max() >= rows:
            worst = ids.min() if ids.min() < 0 else ids.max()
            received = f"id {worst} in {split.source_of(name)}, which {node.name} reads"
            raise rejected("id-range", received, f"0 to {rows - 1}", "raise its first argument, or map rare ids to one")
