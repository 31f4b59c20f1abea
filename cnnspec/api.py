"""cnnspec from Python: `cnnspec.load("resnet@50").build()`."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnspec import door
from cnnspec.analysis import analyse
from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.summary.collect import Summary, collect
from cnnspec.source.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, repr=False)
class Network:
    """A spec that holds: its network can be looked at, and built.

    `warnings` are what `cnnspec validate` would show beside errors.
    """

    spec: Spec
    graph: Graph
    warnings: tuple[Diagnostic, ...] = ()

    def __repr__(self) -> str:
        return f"<Network {self.spec.shown}: {totals(self.graph.nodes).params:,} parameters>"

    def build(self, seed: int | None = None) -> Any:
        """A plain `keras.Model` with initial weights, which `seed` makes repeatable. Imports TensorFlow."""
        if seed is not None:
            door.startup.use_seed(seed)
        return door.build.build_model(self.graph, self.spec.name)

    def summary(self) -> Summary:
        """Stages, layers, parameters, multiply-adds, memory and receptive fields."""
        return collect(self.spec.shown, self.spec.reference, self.graph, self.spec.training)


def load(spec: str | os.PathLike[str], settings: Mapping[str, object] | None = None) -> Network:
    """The network of a spec: a path, or a bundled name, either with `@variant`.

    `settings` maps paths to values as --set does: `{"vars.classes": 10}`.
    Raises `cnnspec.Rejected`, whose `diagnostics` hold every mistake with its place, and TypeError if `spec` is
    neither text nor a path.
    """
    written = [f"{path}={json.dumps(value)}" for path, value in (settings or {}).items()]
    analysis = analyse(_argument(spec), written)
    read, graph = analysis.require()
    return Network(read, graph, analysis.diagnostics)


def _argument(spec: object) -> str:
    path = os.fspath(spec) if isinstance(spec, os.PathLike) else spec
    if not isinstance(path, str):
        raise TypeError(f"load() takes a spec's path or bundled name, not {type(spec).__name__}: {spec!r:.80}")
    return path
