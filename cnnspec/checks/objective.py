"""What training makes small, measures and watches, by output: each is named, and what is watched is measured."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnspec.checks.subject import Sections
from cnnspec.language.figures import directions, names_of
from cnnspec.source.diagnostic import Diagnostic, misspelt
from cnnspec.source.span import Span

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


_COLUMNS = ("epoch", "learning_rate", "seconds")
"""What stands beside the figures of an epoch."""
_SPLITS = ("val_", "test_")
"""What stands before the figures of the other splits."""


def figures_of_one_name(subject: Sections) -> Iterator[Diagnostic]:
    """Each figure of a training has a name of its own, on whatever split: of two with one the first would be lost."""
    training = subject.spec.training
    if training is None or training.loss is None:
        return
    taken = {**dict.fromkeys(_COLUMNS, "a column of each epoch"), **_on_each_split("loss", "the loss")}
    for figure, what, place, help in _figures(subject, training):
        found = [(name, taken[name]) for name in _on_each_split(figure, what) if name in taken]
        if found:
            name, other = found[0]
            message = f"{what} would be told as {name}, which is {other}"
            yield Diagnostic("reserved-name", message, place, help=help)
        taken |= _on_each_split(figure, what)


def _on_each_split(figure: str, what: str) -> dict[str, str]:
    return {figure: what, **{f"{split}{figure}": f"{what} on another split" for split in _SPLITS}}


def _figures(subject: Sections, training: "Training") -> Iterator[tuple[str, str, Span, str]]:
    """The name of each figure but the loss, what it is, where it is written, and what to do about its name."""
    learnt = [name for name in subject.names("outputs") or ("output",) if training.learns(name)]
    several = len(learnt) > 1
    for output in learnt if several else ():
        place = subject.key_place("outputs", output)
        yield f"{output}_loss", f"the loss of {output}", place, "call the output otherwise"
    for output in learnt:
        by_output = (output,) if isinstance(training.metrics, Mapping) else ()
        for index, name in enumerate(names_of(training.metrics_of(output))):
            place = subject.place("training", "metrics", *by_output, index)
            figure, of = (f"{output}_{name}", f" of {output}") if several else (name, "")
            yield figure, f"the metric {name}{of}", place, "give the metric another name, or the output"


def _measured(training: "Training", outputs: tuple[str, ...] | None) -> list[str]:
    """The figures of a training, on the training split."""
    learnt = [name for name in outputs or ("output",) if training.learns(name)]
    return list(directions({name: training.metrics_of(name) for name in learnt}))
