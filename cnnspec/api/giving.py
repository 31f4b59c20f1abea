"""Data in memory in place of a spec's own: what is given, and the spec as it reads it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from cnnspec import door
from cnnspec.api.named import Named
from cnnspec.graph.nodes import Graph
from cnnspec.language.merge import SETTINGS
from cnnspec.language.spec import Spec
from cnnspec.runs.resolved import resolved_spec
from cnnspec.runs.settings import written_settings
from cnnspec.source.diagnostic import Diagnostic, Rejected

_MEMORY = "memory"


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A spec and its graph, and the data in memory that it reads, if any."""

    spec: Spec
    graph: Graph
    given: "door.given.Given | None" = None

    @contextmanager
    def told(self) -> Iterator[None]:
        """What is wrong in here with data that was given has no place: the section was written by nobody."""
        try:
            yield
        except Rejected as mistakes:
            if self.given is None:
                raise
            raise Rejected(map(_unplaced, mistakes.diagnostics)) from None


def _unplaced(diagnostic: Diagnostic) -> Diagnostic:
    span = diagnostic.span
    return replace(diagnostic, span=None) if span is not None and span.file == SETTINGS else diagnostic


def reading(those: Named, data: Any = None) -> Reading:
    """What is named, its data replaced where `data` is given; raises Rejected."""
    spec, graph = those.read().require()
    if data is None:
        return Reading(spec, graph)
    return with_given(those, door.given.given_of(data, graph))


def with_given(those: Named, given: "door.given.Given") -> Reading:
    """What is named, reading what is given; raises Rejected."""
    spec, graph = those.read().require()
    if spec.data is not None and spec.data.kind == _MEMORY and those.trained:
        return Reading(spec, graph, given)  # a run reads as it learnt to
    section = door.given.section_for(_data_of(spec), given, graph)
    spec, graph = those.read(f"data={json.dumps(section)}").require()
    return Reading(spec, graph, given)


def _data_of(spec: Spec) -> dict[str, Any]:
    """The data section as plain values; nothing where there is none."""
    held = written_settings(resolved_spec(spec, {})).get("data")
    return held if isinstance(held, dict) else {}
