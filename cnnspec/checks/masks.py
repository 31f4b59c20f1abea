"""Masks of padding that get lost on their way."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.source.diagnostic import Diagnostic, Note, warning


def mask_dropped(subject: Subject) -> Iterator[Diagnostic]:
    """After mask_zero, a layer that knows no masks computes with padding as with words, and so does all after it."""
    nodes, readers = subject.graph.nodes, subject.readers()
    for start, maker in enumerate(nodes):
        if maker.layer is None or not maker.layer.masks:
            continue
        waiting, seen = list(readers.get(start, ())), set()
        while waiting:
            position = waiting.pop()
            node = nodes[position]
            if position in seen or node.layer is None:
                continue
            seen.add(position)
            read = nodes[node.inputs[0]].output
            if not node.layer.knows_masks(read):
                message = f"{node.kind} knows no masks: from here on padding counts like any other step"
                made = (Note("the mask is made here", maker.span),)
                help = "take mask_zero out, or let global_avg_pool, lstm or attention read what is masked"
                yield warning("mask-dropped", message, node.span, help, made)
            elif not node.layer.spends_masks(read):
                waiting += readers.get(position, ())
