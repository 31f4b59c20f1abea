"""How much each training example counts, by its class."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from cnnspec.backend.data.splits import Array, Split, is_classes
from cnnspec.backend.data.wrong import rejected
from cnnspec.source.diagnostic import suggestion


def example_weights(
    written: Literal["balanced"] | Mapping[str, float] | None, split: Split, classes: Mapping[str, tuple[str, ...]]
) -> Array | None:
    """A weight for each example, or None where all count the same; raises Rejected."""
    if written is None:
        return None
    if len(split.labels) != 1:
        raise rejected("class-weight", f"class_weight with {len(split.labels)} outputs", "a network with one output")
    ((output, labels),) = split.labels.items()
    numbers = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if not is_classes(numbers):
        source = split.source_of(output)
        received = f"class_weight, where each label in {source} is {labels.dtype} of shape {labels.shape[1:]}"
        raise rejected("class-weight", received, "one class number for each example")
    by_class = _balanced(numbers) if written == "balanced" else _given(written, classes.get(output, ()), numbers)
    return by_class[numbers].astype(np.float32)


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
            raise rejected("class-weight", f"class_weight names {name}", "a class of the data", suggestion(name, known))
        weights[known.index(name)] = weight
    return weights
