"""The whole way of one text: raw, standardised, tokens, ids of the vocabulary, padding, the layer that reads them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cnnspec.backend.data.splits import Array
from cnnspec.backend.data.standardize import standardised
from cnnspec.backend.data.vocabulary import OUT_OF_VOCABULARY, Vocabulary, tokens_of
from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.shape import Shape
from cnnspec.results.data import Entry, Reader, TextWay, Token


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text to follow, where it stands and what its label is, if it has them."""

    text: str
    place: str = ""
    label: str = ""


def text_way(name: str, sentence: Sentence, vocabulary: Vocabulary, counts: Mapping[str, int], graph: Graph) -> TextWay:
    """The way of a sentence to the input `name`; `counts` are training's tokens."""
    options = vocabulary.options
    unknown = vocabulary.tokens.index(OUT_OF_VOCABULARY)
    numbers = {token: id for id, token in enumerate(vocabulary.tokens)}
    tokens = tuple(
        Token(token, numbers.get(token, unknown), token in numbers, counts.get(token, 0))
        for token in tokens_of(sentence.text, options)
    )
    read = vocabulary.encode([sentence.text])[0]
    ordered = options.output_mode == "int"
    return TextWay(
        input=name,
        place=sentence.place,
        label=sentence.label,
        raw=sentence.text,
        standardize=str(options.standardize or ""),
        standardised=standardised(sentence.text, options.standardize),
        split=str(options.split or ""),
        tokens=tokens,
        vocabulary=len(vocabulary),
        unknown_id=unknown,
        mode=options.output_mode,
        size=len(read),
        ids=tuple(int(number) for number in read) if ordered else (),
        cut=max(0, len(tokens) - len(read)) if ordered else 0,
        padded=max(0, len(read) - len(tokens)) if ordered else 0,
        entries=() if ordered else _entries(read, vocabulary),
        readers=_readers(name, graph),
    )


def _entries(read: Array, vocabulary: Vocabulary) -> tuple[Entry, ...]:
    found = [int(place) for place in np.flatnonzero(read)]
    return tuple(Entry(place, vocabulary.tokens[place], float(read[place])) for place in found)


def _readers(name: str, graph: Graph) -> tuple[Reader, ...]:
    position = graph.inputs[name]
    reads = _sizes(graph.nodes[position].output)
    return tuple(_reader(node, reads) for node in graph.nodes if position in node.inputs)


def _reader(node: Node, reads: tuple[int | None, ...]) -> Reader:
    ids = None if node.layer is None else node.layer.ids
    gives, weights = _sizes(node.output), node.facts.weights
    table = (ids, weights[0].shape[-1]) if ids is not None and weights else None
    return Reader(node.name, node.kind, reads, gives, ids, table)


def _sizes(shape: Shape) -> tuple[int | None, ...]:
    return tuple(size if isinstance(size, int) else None for size in shape)
