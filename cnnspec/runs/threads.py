"""How many threads share one operation of TensorFlow's, which has to be said before TensorFlow starts.

Two threads that share an operation wait for each other some fifty microseconds. Where a batch of the network is little
work that takes longer than it saves, and different operations side by side make better use of the processors.
"""

import os
import sys

from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph

VARIABLE = "CNNSPEC_THREADS"
"""Read by the backend when it starts."""
_OF_TENSORFLOW = "TF_NUM_INTRAOP_THREADS"
_LITTLE = 20_000_000
"""Multiply-adds of a batch in one layer with a kernel."""


def settle_threads(graph: Graph, batch_size: int) -> None:
    """Let TensorFlow start with one thread an operation where that is quicker, unless the user has said how many."""
    started = "tensorflow" in sys.modules
    if started or _OF_TENSORFLOW in os.environ or not is_little(graph, batch_size):
        return
    os.environ[VARIABLE] = "1"


def is_little(graph: Graph, batch_size: int) -> bool:
    """Whether a batch is so little work that one thread does an operation of it best."""
    macs = totals(graph.nodes).macs
    layers = sum(bool(node.facts.macs) for node in graph.nodes)
    return macs is not None and macs * batch_size < _LITTLE * max(layers, 1)
