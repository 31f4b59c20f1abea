"""Whether what the data section names by input and output are inputs and outputs."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from cnnspec.checks.subject import Subject
from cnnspec.source.diagnostic import Diagnostic, suggestion

if TYPE_CHECKING:
    from cnnspec.language.data import DataSection

Misnamed = tuple[tuple[str, ...], str, str]
"""A path in the spec, what is wrong there, and what to write instead."""


def misnamed(section: "DataSection", inputs: Collection[str], outputs: Collection[str]) -> Iterator[Misnamed]:
    """Names under `inputs` and `labels` that the model has not; if there is none, those that it has beside them."""
    for key, what, known in (("inputs", "input", inputs), ("labels", "output", outputs)):
        written = getattr(section, key, None)
        if written is None:
            continue
        unknown = [name for name in written if name not in known]
        for name in unknown:
            message = f"data.{key} names {name}; expected an {what} of the model"
            yield ("data", key, name), message, suggestion(name, known)
        for name in () if unknown else (each for each in known if each not in written):
            message = f"data.{key} has nothing for {what} {name}; expected one for each {what}"
            yield ("data", key), message, f"write {name}: ..."


def columns_fit(subject: Subject) -> Iterator[Diagnostic]:
    """Columns are given for the model's inputs and outputs, for each of them and for no others."""
    data, graph = subject.spec.data, subject.graph
    if data is None:
        return
    for path, message, help in misnamed(data, graph.inputs, graph.outputs):
        yield Diagnostic("bad-source", message, subject.place(*path), help=help)
