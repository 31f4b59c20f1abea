"""Whether what the data section names by input and output are inputs and outputs."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.source.diagnostic import Diagnostic, Edit


def columns_fit(subject: Subject) -> Iterator[Diagnostic]:
    """Columns are given for the model's inputs and outputs, for each of them and for no others."""
    data, graph = subject.spec.data, subject.graph
    if data is None:
        return
    for path, message, help, meant in data.misnamed(graph.inputs, graph.outputs):
        edit = Edit(subject.key_place(*path), meant) if meant else None
        yield Diagnostic("bad-source", message, subject.place(*path), help=help, edit=edit)
