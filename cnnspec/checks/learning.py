"""Learning rates: what sets them twice, or leaves nothing of the training."""

from collections.abc import Iterator

from cnnspec.checks.subject import Sections
from cnnspec.layers.kind import Kind
from cnnspec.source.diagnostic import Diagnostic


def two_schedules(subject: Sections) -> Iterator[Diagnostic]:
    """A schedule sets the rate at every step, so that a plateau rule changes nothing."""
    training = subject.spec.training
    if training is None or training.reduce_on_plateau is None:
        return
    rate = getattr(training.optimizer, "learning_rate", None)
    if isinstance(rate, Kind):
        yield Diagnostic(
            "two-schedules",
            f"reduce_on_plateau and a {rate.kind} schedule both set the learning rate",
            subject.place("training", "reduce_on_plateau"),
            help="keep one of them",
        )


def schedule_too_short(subject: Sections) -> Iterator[Diagnostic]:
    """A warm-up, or a climb, must leave some of the training for what comes after it."""
    training = subject.spec.training
    rate = getattr(training.optimizer, "learning_rate", None) if training else None
    for field, open_end in (("warmup", getattr(rate, "epochs", 0) is None), ("rise", True)):
        taken = getattr(rate, field, None) if open_end else None
        if training is None or taken is None or taken < training.epochs or not isinstance(rate, Kind):
            continue
        path = ("training", "optimizer", training.optimizer.kind, "learning_rate", rate.kind, field)
        message = f"a {field} of {taken:g} in a training of {training.epochs} {_EPOCHS[training.epochs > 1]}"
        expected = f"{message} leaves nothing for the fall; expected less"
        help = f"write a smaller {field}, or train for more epochs"
        yield Diagnostic("bad-schedule", expected, subject.place(*path), help=help)


_EPOCHS = ("epoch", "epochs")
