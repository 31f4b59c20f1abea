"""Specs written in a test, read as the program reads them."""

from cnnspec.graph.expand import expand
from cnnspec.graph.nodes import Graph
from cnnspec.language.document import Files, read_document
from cnnspec.language.location import Location, locate
from cnnspec.language.resolve import read_spec
from cnnspec.language.spec import Spec
from cnnspec.reports.summary.collect import Summary, collect
from cnnspec.source.diagnostic import Diagnostic

HEADER = "cnnspec: 1\nname: {name}\n"


def read(location: Location | None, text: str = "", settings: tuple[str, ...] = ()) -> tuple[Spec, Graph]:
    found: list[Diagnostic] = []
    files = Files(found.append, lambda: text.encode())
    document = read_document(location, settings, files) if location else None
    assert document is not None, found
    spec = read_spec(document, (location and location.variant) or document.default_variant, files, found.append)
    graph = expand(spec, found.append).graph
    assert graph is not None, found
    return spec, graph


def graph_of(text: str, name: str = "small") -> Graph:
    """The graph of a spec given without its first two lines."""
    return read(Location(None, "<stdin>"), HEADER.format(name=name) + text)[1]


def summary_of(text: str, name: str = "small", reference: str = "") -> Summary:
    """The summary of a spec given without its first two lines."""
    return collect(name, reference, graph_of(text, name))


def bundled(name: str) -> Summary:
    """The summary of a bundled spec (`resnet@50`)."""
    spec, graph = read(locate(name, print))
    return collect(spec.shown, spec.reference, graph)
