"""An image that goes into the first weights as raw pixels."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.source.diagnostic import Diagnostic, warning


def unscaled_image(subject: Subject) -> Iterator[Diagnostic]:
    """The network holds its own preprocessing: pixels of 0 to 255 want rescaling or normalization.

    Said only where it is known without data which numbers come: of arrays, those who read them say it.
    """
    data = subject.spec.data
    if data is None:
        return
    readers = subject.readers()
    for name, position in subject.graph.inputs.items():
        node, white = subject.graph.nodes[position], data.white(name)
        if white is not None and len(node.output) == 3 and _reaches_weights(subject, position, readers):
            message = f"nothing rescales or normalises {name} before the first weights"
            help = f'start the model with rescaling: {{scale: "${{1 / {white:g}}}"}}'
            yield warning("unscaled-image", message, node.span, help)


def _reaches_weights(subject: Subject, start: int, readers: dict[int, tuple[int, ...]]) -> bool:
    waiting, seen = list(readers.get(start, ())), set()
    while waiting:
        position = waiting.pop()
        node = subject.graph.nodes[position]
        if position in seen or (node.layer is not None and node.layer.prepares):
            continue
        seen.add(position)
        if node.facts.weights:
            return True
        waiting += readers.get(position, ())
    return False
