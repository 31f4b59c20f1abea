"""What training makes small, measures and watches, by output: each is named, and what is watched is measured."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnspec.checks.subject import Sections
from cnnspec.language.figures import directions
from cnnspec.source.diagnostic import Diagnostic, misspelt

if TYPE_CHECKING:
    from cnnspec.language.training import Training

_OF_A_CLASS = re.compile(r"_\d+\Z")
"""How a metric that has a figure for each class names them: f1_score_2."""
_BY_OUTPUT = ("loss", "loss_weights", "metrics")
_NO_OUTPUTS = "name the outputs under outputs, or write one value"


def unknown_outputs(subject: Sections) -> Iterator[Diagnostic]:
    """Where losses, weights and metrics go by output, their keys are output names."""
    training, known = subject.spec.training, subject.names("outputs") or ()
    if training is None:
        return
    for key, name in _named(training):
        if name not in known:
            message = f"{key} speaks of {name}, which is no output"
            place, word = subject.place("training", key, name), subject.key_place("training", key, name)
            found = misspelt("unknown-output", message, name, known, word, otherwise=_NO_OUTPUTS)
            yield replace(found, span=place)


def _named(training: "Training") -> Iterator[tuple[str, str]]:
    """Each key that goes by output, with each name in it."""
    for key in _BY_OUTPUT:
        value = getattr(training, key)
        yield from ((key, name) for name in value) if isinstance(value, Mapping) else ()
    weights = training.class_weight
    for name, weight in weights.items() if isinstance(weights, Mapping) else ():
        if not isinstance(weight, (int, float)):
            yield "class_weight", name


def output_without_loss(subject: Sections) -> Iterator[Diagnostic]:
    """An output that no loss reads keeps the weights that it was drawn with: that is said, and not left out."""
    training, outputs = subject.spec.training, subject.names("outputs") or ()
    if training is None or not isinstance(training.loss, Mapping) or training.loss.keys() - set(outputs):
        return
    for name in outputs:
        if name not in training.loss:
            message = f"no loss reads the output {name}, which would stay untrained"
            help = f"write {name}: auto, or another loss; {name}: none leaves it untrained"
            yield Diagnostic("no-loss", message, subject.place("training", "loss"), help=help)
    if training.loss and not any(map(training.learns, training.loss)):
        message = "a loss of none for every output, where nothing is learnt"
        yield Diagnostic("no-loss", message, subject.place("training", "loss"), help="write a loss for one of them")


def spoken_of_unlearnt(subject: Sections) -> Iterator[Diagnostic]:
    """An output that is not learnt has no labels, so that nothing weighs or measures it."""
    training = subject.spec.training
    if training is None or not isinstance(training.loss, Mapping):
        return
    for key, name in _named(training):
        if key != "loss" and name in training.loss and not training.learns(name):
            message = f"{key} speaks of {name}, which is not learnt: its loss is none"
            place = subject.place("training", key, name)
            yield Diagnostic("no-loss", message, place, help=f"take {name} out of {key}, or give it a loss")


def unknown_monitor(subject: Sections) -> Iterator[Diagnostic]:
    """A figure that is watched must be one that the training measures."""
    training = subject.spec.training
    if training is None:
        return
    measured = _measured(training, subject.names("outputs"))
    data = subject.spec.data
    validated = data is None or data.validates
    known = [*measured, *(f"val_{name}" for name in measured)] if validated else measured
    for section, field in (("early_stopping", "monitor"), ("reduce_on_plateau", "monitor"), ("checkpoint", "best")):
        options = getattr(training, section)
        watched = getattr(options, field, None)
        if watched is None or watched in known or _OF_A_CLASS.sub("", watched) in known:
            continue
        place = subject.place("training", section, field)
        if watched.startswith("val_") and watched[4:] in measured:
            help = "write validation_split: 0.1 in data, or name validation data"
            default = "" if field in options.model_fields_set else " (its default)"
            message = f"{section} watches {watched}{default}, but nothing is kept for validation"
            yield Diagnostic("unknown-monitor", message, place, help=help)
        else:
            message = f"{section} watches {watched}, which the training does not measure"
            value = subject.value_place("training", section, field)
            yield replace(misspelt("unknown-monitor", message, watched, known, value), span=place)


def _measured(training: "Training", outputs: tuple[str, ...] | None) -> list[str]:
    """The figures of a training, on the training split."""
    learnt = [name for name in outputs or ("output",) if training.learns(name)]
    return list(directions({name: training.metrics_of(name) for name in learnt}))
