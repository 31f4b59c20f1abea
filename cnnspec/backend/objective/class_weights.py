"""How much each training example counts, by its class."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from cnnspec.backend.data.splits import Array, Split, is_classes
from cnnspec.source.diagnostic import rejected, suggestion

_AT = ("training", "class_weight")


def example_weights(
    written: Literal["balanced"] | Mapping[str, float] | None, split: Split, classes: Mapping[str, tuple[str, ...]]
) -> Array | None:
    """A weight for each example, or None where all count the same; raises Rejected."""
    if written is None:
        return None
    if len(split.labels) != 1:
        received = f"class_weight with {len(split.labels)} outputs"
        raise rejected("class-weight", received, "a network with one output", at=_AT)
    ((output, labels),) = split.labels.items()
    numbers = _numbers(labels)
    if not is_classes(numbers):
        source = split.source_of(output)
        received = f"class_weight, where each label in {source} is {labels.dtype} of shape {labels.shape[1:]}"
        raise rejected("class-weight", received, "one class number for each example", at=_AT)
    columns = labels.shape[1] if labels.ndim == 2 and labels.shape[1] > 1 else 0
    names = classes.get(output) or tuple(str(number) for number in range(columns))
    by_class = _balanced(numbers) if written == "balanced" else _given(written, names, numbers)
    return by_class[numbers].astype(np.float32)


def _numbers(labels: Array) -> Array:
    """Class numbers from a column or from one-hot rows, as Keras' fit reads them; anything else as it is."""
    if labels.ndim != 2:
        return labels
    if labels.shape[1] == 1:
        return labels[:, 0]
    one_hot = np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()
    return labels.argmax(axis=1) if one_hot else labels


def _balanced(numbers: Array) -> Array:
    """n / (classes * n_class), as scikit-learn's `balanced` (King and Zeng 2001)."""
    counts = np.bincount(numbers)
    present = counts > 0
    weights: Array = np.zeros(len(counts))
    weights[present] = len(numbers) / (present.sum() * counts[present])
    return weights


def _given(written: Mapping[str, float], names: tuple[str, ...], numbers: Array) -> Array:
    known = names or tuple(str(number) for number in range(int(numbers.max()) + 1))
    weights: Array = np.ones(max(len(known), int(numbers.max()) + 1))
    for name, weight in written.items():
        if name not in known:
            received, help = f"class_weight names {name}", suggestion(name, known)
            raise rejected("class-weight", received, "a class of the data", help, at=_AT)
        weights[known.index(name)] = weight
    return weights
