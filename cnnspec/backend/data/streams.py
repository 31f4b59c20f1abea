"""A tf.data.Dataset as arrays: read once, whole, since every epoch has an order of its own."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from cnnspec.graph.nodes import Graph
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_HELP = "map it to pairs of inputs and labels: dataset.map(lambda x, y: (x, y))"


def is_stream(value: object) -> bool:
    """Whether it is a dataset of TensorFlow."""
    return isinstance(value, tf.data.Dataset)


def read_stream(dataset: Any, split: str, graph: Graph) -> tuple[Any, Any]:
    """All of its (x, y), in arrays or maps of arrays; batches are put together.

    Raises Rejected where it never ends, or gives no pairs.
    """
    if int(dataset.cardinality()) == tf.data.INFINITE_CARDINALITY:
        received, expected = f"the tf.data.Dataset for {split} never ends", "one that gives each example once"
        raise rejected("bad-data", received, expected, "leave .repeat() out: training.epochs does it", at=NOWHERE)
    spec = dataset.element_spec
    if not isinstance(spec, tuple) or len(spec) != 2:
        what = f"tuples of {len(spec)}" if isinstance(spec, tuple) else "no pairs"
        raise rejected("bad-data", f"the tf.data.Dataset for {split} gives {what}", "pairs (x, y)", _HELP, at=NOWHERE)
    elements = list(dataset.as_numpy_iterator())
    if not elements:
        raise rejected("empty-data", f"the tf.data.Dataset for {split} is empty", "at least one example", at=NOWHERE)
    join = np.concatenate if _batched(elements[0][0], graph) else np.stack
    return tuple(_joined([element[part] for element in elements], join) for part in (0, 1))


def _joined(pieces: list[Any], join: Any) -> Any:
    if isinstance(pieces[0], Mapping):
        return {name: join([np.asarray(piece[name]) for piece in pieces]) for name in pieces[0]}
    return join([np.asarray(piece) for piece in pieces])


def _batched(first: Any, graph: Graph) -> bool:
    """Whether an element is a batch: it has an axis more than an example, which of a text has none."""
    name, piece = next(iter(first.items())) if isinstance(first, Mapping) else (next(iter(graph.inputs)), first)
    array = np.asarray(piece)
    axes = 0 if array.dtype.kind in "OSU" else len(graph.nodes[graph.inputs.get(name, 0)].output)
    return array.ndim > axes
