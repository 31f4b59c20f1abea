"""What reads ids of words, and whether it has a row for each of them."""

from collections.abc import Iterator, Mapping

import numpy as np

from cnnspec.backend.data.splits import Split
from cnnspec.backend.data.vocabulary import Vocabulary
from cnnspec.graph.nodes import Graph, Node
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import FeatureAt, LayerAt


def rows_for_ids(node: Node) -> int | None:
    """For how many ids an embedding has rows, or a one-hot places; None for other layers."""
    return None if node.layer is None else node.layer.ids


def readers_of_ids(graph: Graph) -> Iterator[tuple[str, int, str]]:
    """What reads ids straight from an input: the input's name, how many ids it knows, its own name."""
    names = {position: name for name, position in graph.inputs.items()}
    for node in graph.nodes:
        rows = rows_for_ids(node)
        name = names.get(node.inputs[0]) if len(node.inputs) == 1 else None
        if rows is not None and name is not None:
            yield name, rows, node.name


def check_vocabularies(vocabularies: Mapping[str, Vocabulary], graph: Graph) -> None:
    """Raise Rejected where a vocabulary has words for which the embedding (or one-hot) that reads it has no row."""
    for name, rows, reader in readers_of_ids(graph):
        if name in vocabularies and len(vocabularies[name]) > rows:
            received = f"a vocabulary of {len(vocabularies[name]):,} words, padding and unknown included"
            raise rejected(
                "vocabulary-size",
                received,
                f"at most {rows:,}, as {reader} reads",
                f"write max_tokens: {rows}",
                at=FeatureAt(name, ("text",)),
            )


def check_ids(split: Split, graph: Graph) -> None:
    """Raise Rejected where an id in the data has no row in the embedding (or place in the one-hot) that reads it."""
    for name, rows, reader in readers_of_ids(graph):
        ids = split.inputs[name]
        if isinstance(ids, np.ndarray) and (ids.min() < 0 or ids.max() >= rows):
            worst = ids.min() if ids.min() < 0 else ids.max()
            received = f"id {worst} in {split.source_of(name)}, which {reader} reads"
            help = "raise its first argument, or map rare ids to one"
            raise rejected("id-range", received, f"0 to {rows - 1}", help, at=LayerAt(reader))
