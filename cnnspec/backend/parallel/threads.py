"""How many threads share one operation of TensorFlow's, which has to be said before TensorFlow computes anything.

Two threads that share an operation wait for each other some fifty microseconds. Where a batch of the network is little
work that takes longer than it saves, and different operations side by side make better use of the processors.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph

OF_TENSORFLOW = "TF_NUM_INTRAOP_THREADS"
"""The environment variable by which users say it themselves."""
_LITTLE = 20_000_000
"""Multiply-adds of a batch in one layer with a kernel."""


@dataclass(frozen=True, slots=True)
class Threads:
    """How many threads share an operation, and why."""

    number: int
    why: str

    def __str__(self) -> str:
        return f"{self.number} an operation ({self.why})"


def chosen_threads(
    graph: Graph, batch_size: int, replicas: int, processes: int, environ: Mapping[str, str]
) -> Threads | None:
    """How many threads are best where `replicas` share out a batch, and `processes` of them this machine.

    None leaves it to TensorFlow, which takes all processors, or to the user who has said how many.
    """
    if environ.get(OF_TENSORFLOW):
        return None
    if is_little(graph, -(-batch_size // replicas)):
        what = "a batch" if replicas == 1 else "a device's part of a batch"
        return Threads(1, f"{what} of this network is little work")
    processors = os.cpu_count() or 1
    if processes > 1:
        return Threads(max(1, processors // processes), f"{processes} workers share {processors} processors")
    return None


def is_little(graph: Graph, batch_size: int) -> bool:
    """Whether a batch is so little work that one thread does an operation of it best."""
    macs = totals(graph.nodes).macs
    layers = sum(bool(node.facts.macs) for node in graph.nodes)
    return macs is not None and macs * batch_size < _LITTLE * max(layers, 1)
