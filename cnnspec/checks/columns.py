"""Whether what the data section names by input and output are inputs and outputs, and as many columns as they have."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnspec.checks.subject import Subject
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.source.diagnostic import Diagnostic, Edit
from cnnspec.source.values import Mapping, Sequence, follow

if TYPE_CHECKING:
    from cnnspec.language.sources.section import Counted


def columns_fit(subject: Subject) -> Iterator[Diagnostic]:
    """Columns are given for the model's inputs and outputs, for each of them and for no others."""
    data, graph = subject.spec.data, subject.graph
    if data is None:
        return
    for path, message, help, meant in data.misnamed(graph.inputs, graph.outputs, graph.learnt):
        edit = Edit(subject.key_place(*path), meant) if meant else None
        yield Diagnostic("bad-source", message, subject.place(*path), help=help, edit=edit)


def enough_columns(subject: Subject) -> Iterator[Diagnostic]:
    """An input that is read off columns of numbers has a number for each; so has an output that learns such."""
    data, graph = subject.spec.data, subject.graph
    for counted in data.counted(graph.inputs, graph.learnt) if data is not None else ():
        ends = graph.inputs if counted.reads else graph.outputs
        shape = graph.nodes[ends[counted.name]].output
        if not _agrees(counted.count, shape):
            yield _of_another_number(subject, counted, shape)


def _agrees(count: int, shape: Shape) -> bool:
    """As the data is fitted: a last axis of one may be added, and a single number may stand alone."""
    sizes = [size if isinstance(size, int) else None for size in shape]
    return any(
        len(sizes) == len(wanted) and all(size in (None, other) for size, other in zip(sizes, wanted, strict=True))
        for wanted in ((count,), (count, 1), *(((),) if count == 1 else ()))
    )


def _of_another_number(subject: Subject, counted: "Counted", shape: Shape) -> Diagnostic:
    columns = f"{counted.count} column{'' if counted.count == 1 else 's'}"
    unnamed = not counted.reads and not subject.graph.named_outputs
    end = "the output" if unnamed else f"{'input' if counted.reads else 'output'} {counted.name}"
    message = f"{columns} for {end} of shape {write_shape(shape)}; expected a number for each column"
    place = subject.place(*counted.path)
    if not counted.reads:
        help = f"give the last layer as many units, {counted.count}, or name as many columns as it has"
        return Diagnostic("label-kind", message, place, help=help)
    written = follow(subject.spec.root, ("inputs", counted.name)).value
    written = written.get("shape") if isinstance(written, Mapping) else written
    if not isinstance(written, Sequence) or written.span.width == 1:
        return Diagnostic("input-shape", message, place, help=f"write {counted.name}: [{counted.count}] under inputs")
    so = f" as the shape of {counted.name}, or name as many columns as it reads"
    return Diagnostic("input-shape", message, place, edit=Edit(written.span, f"[{counted.count}]", so))
