"""How much each training example counts in the loss of each output, by its class."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnspec.backend.data.splits import Array, Split
from cnnspec.backend.objective.label_forms import are_numbers, yes_or_no
from cnnspec.graph.heads import Form, Head
from cnnspec.language.objective import BALANCED, ClassWeights
from cnnspec.source.diagnostic import rejected, suggestion

_AT = ("training", "class_weight")
_OF_BATCHES = frozenset({"dice", "tversky"})
"""Losses that compare a batch as a whole, and give its examples none of their own."""


def weighs_apart(written: ClassWeights | None, output: str, forms: Mapping[str, Form]) -> bool:
    """Whether each label of an output has a weight of its own, and not each example."""
    return forms[output] == "labels" and written_for(written, output, forms) is not None


def written_for(written: ClassWeights | None, output: str, forms: Mapping[str, Form]) -> Any:
    """`balanced`, or the weights by class, of an output; None where nothing is written of it.

    What is written for all belongs to the outputs that learn classes, or to an only one.
    """
    if written is None or written == BALANCED:
        return written if forms[output] != "values" or len(forms) == 1 else None
    if any(isinstance(weight, (str, Mapping)) for weight in written.values()):
        return written.get(output)
    return written if forms[output] != "values" or len(forms) == 1 else None


def example_weights(
    written: ClassWeights | None,
    split: Split,
    classes: Mapping[str, tuple[str, ...]],
    outputs: tuple[Head, ...],
    forms: Mapping[str, Form],
) -> dict[str, Array] | None:
    """Weights (n, ...) by output, of each example, place or label; None where all count the same. Raises Rejected."""
    if written is None:
        return None
    _check_said(written, outputs, forms)
    found = {head.name: written_for(written, head.name, forms) for head in outputs}
    return {
        head.name: _ones(split.count, head)
        if found[head.name] is None
        else _weights(found[head.name], head, forms[head.name], split, classes.get(head.name, ()))
        for head in outputs
    }


def _check_said(written: ClassWeights, outputs: tuple[Head, ...], forms: Mapping[str, Form]) -> None:
    """Raise Rejected where it is not clear whose classes are meant, or nobody has any."""
    able = [head.name for head in outputs if forms[head.name] != "values"]
    if len(outputs) > 1 and not able:
        raise rejected("class-weight", "class_weight where outputs learn numbers", "an output with classes", at=_AT)
    by_class = written != BALANCED and all(isinstance(weight, (int, float)) for weight in written.values())
    if by_class and len(able) > 1:
        received, expected = f"class_weight by class with {len(able)} outputs of classes", "the weights of each"
        raise rejected("class-weight", received, expected, f"write class_weight: {{{able[0]}: {{...}}}}", at=_AT)


def _ones(count: int, head: Head) -> Array:
    return np.ones((count, *(1,) * (len(head.shape) - 1)), np.float32)


def _weights(written: Any, head: Head, form: Form, split: Split, names: tuple[str, ...]) -> Array:
    labels = split.labels[head.name]
    if head.of_sides:
        labels = np.asarray(labels > 0, np.int32)
    if head.loss is not None and head.loss.kind in _OF_BATCHES:
        received = f"class_weight under {head.loss.kind}, which compares a batch as a whole"
        raise rejected("class-weight", received, "a loss of each example, such as a cross-entropy", at=_AT)
    if form == "labels" and yes_or_no(labels):
        return _of_labels(written, labels, _named(names, head.units))
    if form != "class" or not _in_unit(labels, head):
        source = split.source_of(head.name)
        received = f"class_weight, where each label in {source} is {labels.dtype} of shape {labels.shape[1:]}"
        raise rejected("class-weight", received, "one class number for each example, or zeros and ones", at=_AT)
    rows = _rows(labels, head)
    by_class = _balanced(rows) if written == BALANCED else _given(written, _named(names, rows.shape[-1]))
    return np.asarray(rows @ by_class, np.float32)


def _in_unit(labels: Array, head: Head) -> bool:
    return are_numbers(labels, head) or bool(((labels >= 0) & (labels <= 1)).all())


def _rows(labels: Array, head: Head) -> Array:
    """How much of each class an example is, (n, ..., classes): all of one, or shares; of no class, nothing."""
    if are_numbers(labels, head):
        numbers = labels[..., 0] if labels.ndim == len(head.shape) + 1 else labels
        return np.asarray(numbers[..., None] == np.arange(head.units))
    if head.units > 1:
        return labels
    yes = labels[..., 0] if labels.ndim == len(head.shape) + 1 else labels
    return np.stack([1 - yes, yes], axis=-1)


def _balanced(rows: Array) -> Array:
    """n / (classes * n_class), as scikit-learn's `balanced` (King and Zeng 2001)."""
    counts = rows.reshape(-1, rows.shape[-1]).sum(axis=0, dtype=np.float64)
    present = counts > 0
    weights: Array = np.zeros(len(counts))
    weights[present] = counts.sum() / (present.sum() * counts[present])
    return weights


def _of_labels(written: Any, labels: Array, names: tuple[str, ...]) -> Array:
    """A weight for each label: where it holds that of its class, else 1; balanced, yes and no of it weigh the same."""
    if written != BALANCED:
        return np.asarray(np.where(labels > 0, _given(written, names), 1), np.float32)
    count, yes = labels.size / labels.shape[-1], labels.reshape(-1, labels.shape[-1]).sum(axis=0, dtype=np.float64)
    both = (yes > 0) & (yes < count)
    holds, fails = (np.where(both, count / (2 * np.where(both, each, 1)), 1) for each in (yes, count - yes))
    return np.asarray(np.where(labels > 0, holds, fails), np.float32)


def _named(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    return names or tuple(map(str, range(count)))


def _given(written: Mapping[str, float], names: tuple[str, ...]) -> Array:
    weights: Array = np.ones(len(names))
    for name, weight in written.items():
        if name not in names:
            received, help = f"class_weight names {name}", suggestion(name, names)
            raise rejected("class-weight", received, "a class of the data", help, at=_AT)
        weights[names.index(name)] = weight
    return weights
