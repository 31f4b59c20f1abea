"""What `training.freeze` leaves to learn."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.graph.facts import totals
from cnnspec.source.diagnostic import Diagnostic


def nothing_left(subject: Subject) -> Iterator[Diagnostic]:
    """Something must be left that training changes."""
    training = subject.spec.training
    if training is None or not training.freeze or totals(subject.graph.nodes).trainable_params:
        return
    help = "leave out what is to learn, as a rule the last stage with weights"
    message = "freeze leaves no weight that training changes"
    yield Diagnostic("nothing-to-learn", message, subject.place("training", "freeze"), help=help)
