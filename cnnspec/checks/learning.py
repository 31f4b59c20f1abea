"""Parts of the training section that do not go together."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnspec.checks.subject import Sections
from cnnspec.layers.kind import Kind
from cnnspec.source.diagnostic import Diagnostic, misspelt

if TYPE_CHECKING:
    from cnnspec.language.training import Training

_OF_A_CLASS = re.compile(r"_\d+\Z")
"""How a metric that has a figure for each class names them: f1_score_2."""


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
_NO_OUTPUTS = "name the outputs under outputs, or write one value"


def unknown_outputs(subject: Sections) -> Iterator[Diagnostic]:
    """Where losses, weights and metrics go by output, their keys are output names."""
    training, known = subject.spec.training, subject.names("outputs") or ()
    if training is None:
        return
    for key in ("loss", "loss_weights", "metrics"):
        value = getattr(training, key)
        for name in value if isinstance(value, Mapping) else ():
            if name not in known:
                message, otherwise = f"{key} speaks of {name}, which is no output", _NO_OUTPUTS
                place, word = subject.place("training", key, name), subject.key_place("training", key, name)
                found = misspelt("unknown-output", message, name, known, word, otherwise=otherwise)
                yield replace(found, span=place)


def unknown_monitor(subject: Sections) -> Iterator[Diagnostic]:
    """A figure that is watched must be one that the training measures."""
    training = subject.spec.training
    if training is None or subject.names("outputs") is not None or isinstance(training.metrics, Mapping):
        return
    known = _measured(training, subject)
    for section, field in (("early_stopping", "monitor"), ("reduce_on_plateau", "monitor"), ("checkpoint", "best")):
        options = getattr(training, section)
        watched = getattr(options, field, None)
        if watched is None:
            continue
        if watched in known or _OF_A_CLASS.sub("", watched) in known:
            continue
        place = subject.place("training", section, field)
        if watched.startswith("val_") and watched[4:] in known:
            help = "write validation_split: 0.1 in data, or name validation data"
            default = "" if field in options.model_fields_set else " (its default)"
            message = f"{section} watches {watched}{default}, but nothing is kept for validation"
            yield Diagnostic("unknown-monitor", message, place, help=help)
        else:
            message = f"{section} watches {watched}, which the training does not measure"
            value = subject.value_place("training", section, field)
            yield replace(misspelt("unknown-monitor", message, watched, known, value), span=place)


def _measured(training: "Training", subject: Sections) -> list[str]:
    names = ["loss"]
    for metric in training.metrics if not isinstance(training.metrics, Mapping) else ():
        names.append(getattr(metric, "name", None) or metric.kind)
    data = subject.spec.data
    validates = data is None or data.validates
    return [*names, *(f"val_{name}" for name in names)] if validates else names
