"""Classes of which training has a single example."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.results.seen import Seen
from cnnspec.source.diagnostic import Diagnostic, doubted
from cnnspec.source.route import LabelAt

_LISTED = 5


def single_examples(subject: Subject, seen: Seen) -> Iterator[Diagnostic]:
    """What it has in common with others of its class nobody can learn from one example."""
    for output, counts in seen.counts.items():
        single = [name for name, count in counts.items() if count == 1]
        if single:
            more = f" and {len(single) - _LISTED} more" if len(single) > _LISTED else ""
            listed = ", ".join(single[:_LISTED]) + more
            classes = "class" if len(single) == 1 else "classes"
            message = f"training has a single example of the {classes} {listed}"
            help = "add examples, or take the class out of the data"
            yield doubted("single-example", message, help, at=LabelAt(output))
