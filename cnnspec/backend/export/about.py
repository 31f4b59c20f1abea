"""What an exported file tells of itself: how inputs are prepared, what outputs say. As JSON, beside its weights."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from cnnspec import __version__
from cnnspec.backend.data.ids import readers_of_ids
from cnnspec.backend.data.pixels import Reading
from cnnspec.backend.data.vocabulary import Vocabulary
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.backend.predict_inputs.inputs import Takes
from cnnspec.backend.predict_inputs.pixels import AsArray, AsTaught, Way
from cnnspec.graph.nodes import Graph

_FORM = 1
"""The form of this JSON; a later one may have another."""


def about(
    name: str, graph: Graph, takes: Takes, vocabularies: Mapping[str, Vocabulary], answers: tuple[Answer, ...]
) -> str:
    """The same text for the same run: nothing in it says when, where or by whom it was written."""
    inputs = [_input(each, graph, takes.ways.get(each), vocabularies.get(each)) for each in graph.inputs]
    told = {
        "form": _FORM,
        "cnnspec": __version__,
        "name": name,
        "inputs": inputs,
        "outputs": list(map(_output, answers)),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _input(name: str, graph: Graph, way: Way | None, vocabulary: Vocabulary | None) -> dict[str, Any]:
    shape = graph.nodes[graph.inputs[name]].output
    return {
        "name": name,
        "shape": [size if isinstance(size, int) else None for size in shape],
        "dtype": graph.dtypes.get(name, "float32"),
        "ids": min((rows for read, rows, _ in readers_of_ids(graph) if read == name), default=None),
        "picture": _picture(way),
        "text": vocabulary and _text(vocabulary),
    }


def _picture(way: Way | None) -> dict[str, Any] | None:
    """How a picture is read, and what its black and white are where the network has learnt from arrays."""
    if isinstance(way, AsArray):
        return {"reading": _reading(way.reading), "ends": list(way.ends), "whole": way.whole}
    return {"reading": _reading(way.reading), "ends": None, "whole": False} if isinstance(way, AsTaught) else None


def _reading(reading: Reading) -> dict[str, Any]:
    return asdict(reading)


def _text(vocabulary: Vocabulary) -> dict[str, Any]:
    """Keras' TextVectorization in words: where no width is set, as many numbers as there are words."""
    options = vocabulary.options
    padded = options.max_tokens or vocabulary.length if options.pad_to_max_tokens else None
    ngrams = range(1, options.ngrams + 1) if isinstance(options.ngrams, int) else options.ngrams
    return {
        "standardize": options.standardize,
        "split": options.split,
        "ngrams": list(ngrams or ()),
        "output_mode": options.output_mode,
        "length": options.output_sequence_length,
        "width": padded or len(vocabulary),
        "weights": list(vocabulary.weights),
        "vocabulary": list(vocabulary.tokens),
    }


def _output(answer: Answer) -> dict[str, Any]:
    return {
        "name": answer.output,
        "form": answer.form,
        "classes": list(answer.classes),
        "function": answer.function,
        "single": answer.single,
        "sides": answer.head.of_sides,
    }
