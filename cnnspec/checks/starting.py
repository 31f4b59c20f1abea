"""What a network may start from, and what `start_from` may leave as drawn."""

import importlib
from collections.abc import Iterator

from cnnspec.checks.subject import Sections, Subject
from cnnspec.graph.named_parts import known_parts, layers_named
from cnnspec.source.diagnostic import Diagnostic, misspelt


def unknown_new(subject: Subject) -> Iterator[Diagnostic]:
    """What may stay as drawn is a part of the network."""
    training = subject.spec.training
    if training is None or training.start_from is None:
        return
    for at, name in enumerate(training.start_from.new):
        if not layers_named(subject.graph, name):
            place = subject.place("training", "start_from", "new", at)
            message = f"new names {name}, which is no stage or entry"
            yield misspelt("unknown-name", message, name, known_parts(subject.graph), place)


def known_pretrained(sections: Sections) -> Iterator[Diagnostic]:
    """What `pretrained` declares is of a closed list, which is read where there is something to compare."""
    if sections.spec.root.entry("pretrained") is not None:
        yield from importlib.import_module("cnnspec.language.pretrained").mistakes(sections.spec.root)
