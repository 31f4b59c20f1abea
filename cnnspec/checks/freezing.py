"""What `training.freeze` leaves to learn, and what it keeps."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.graph.facts import totals
from cnnspec.source.diagnostic import Diagnostic, warning


def nothing_left(subject: Subject) -> Iterator[Diagnostic]:
    """Something must be left that training changes."""
    training = subject.spec.training
    if training is None or not training.freeze or totals(subject.graph.nodes).trainable_params:
        return
    help = "leave out what is to learn, as a rule the last stage with weights"
    message = "freeze leaves no weight that training changes"
    yield Diagnostic("nothing-to-learn", message, subject.place("training", "freeze"), help=help)


def frozen_as_drawn(subject: Subject) -> Iterator[Diagnostic]:
    """What is frozen should come from somewhere; `train` refuses it if the command does not say so either."""
    training = subject.spec.training
    if training is None or not training.freeze or training.start_from is not None:
        return
    message = "freeze without start_from: what it names would stay as drawn at the start, and never learn"
    help = "write start_from, or give the run to the command: cnnspec train --start-from RUN"
    yield warning("frozen-as-drawn", message, subject.place("training", "freeze"), help)
