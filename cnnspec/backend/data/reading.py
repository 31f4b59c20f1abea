"""Which function reads what a source's section names, and what such functions have in common."""

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.splits import Dataset
from cnnspec.graph.nodes import Graph
from cnnspec.language.data import SOURCES
from cnnspec.language.sources.section import DataSection
from cnnspec.source.diagnostic import Diagnostic, rejected

Section = TypeVar("Section", bound=DataSection)
Read = Callable[[Section, Graph, DataFolder, int], Dataset]

_READERS: dict[str, Read[Any]] = {}


def reads(section: type[Section]) -> Callable[[Read[Section]], Read[Section]]:
    """Mark the function that reads a source: (section, graph, folder, seed) -> columns as they are written.

    It raises Rejected, and the seed is for what it draws itself; folds and validation are set aside later.
    """

    def register(read: Read[Section]) -> Read[Section]:
        _READERS[section.kind] = read
        return read

    return register


def reader_of(section: DataSection) -> Read[Any]:
    """What reads a section; raises ImportError or KeyError for a source without a reader in the file of its name."""
    if section.kind not in _READERS:
        importlib.import_module(f"cnnspec.backend.data.sources.{section.kind}")
    return _READERS[section.kind]


def not_running(section: DataSection) -> list[Diagnostic]:
    """An error for a source that is not read yet."""
    if section.runs:
        return []
    running = ", ".join(name for name, model in SOURCES.items() if model.runs)
    help = f"save the data for one of the sources that run: {running}"
    return [Diagnostic("not-running", f"data.source.{section.kind} does not run yet", help=help, at=("data", "source"))]


def only_pair(graph: Graph, holds: str) -> tuple[str, str]:
    """The names of the only input, and of the only output that is learnt.

    Raises Rejected if there are more, saying what the source `holds`.
    """
    if len(graph.inputs) != 1 or len(graph.learnt) != 1:
        received = f"a network with {len(graph.inputs)} inputs and {len(graph.learnt)} outputs"
        help = f"write loss: {{{graph.learnt[-1]}: none}} for what is not learnt" if len(graph.learnt) > 1 else ""
        raise rejected("bad-source", received, f"one of each, as {holds}", help, at=("data",))
    (name,), (output,) = graph.inputs, graph.learnt
    return name, output
