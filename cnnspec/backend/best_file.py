"""best.keras, written from copies of weights by a thread that the training does not wait for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from cnnspec.backend.build import build_model, save_model
from cnnspec.backend.data.splits import Array
from cnnspec.graph.nodes import Graph


class BestFile:
    """A file that holds a graph's network, written through a model of its own that no step touches.

    That model is made where it is first needed, of the stock layers that a file holds, in the processor's memory. Its
    weights and its configuration are those that the network which is trained would write.
    """

    def __init__(self, path: Path, graph: Graph, name: str, precision: str) -> None:
        self._path, self._described = path, (graph, name, precision)
        self._model: Any = None

    def write(self, weights: Sequence[Array]) -> None:
        """Put these weights, in the order of the network's, there, whole or not at all; raises RunFailed."""
        with tf.device("CPU:0"):
            if self._model is None:
                self._model = build_model(*self._described)
            self._model.set_weights(weights)
            save_model(self._model, self._path)
