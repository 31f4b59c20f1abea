"""How often the true class is among the likeliest, as scikit-learn's `top_k_accuracy_score` counts."""

import numpy as np

from cnnspec.backend.data.splits import Array

KS = (2, 3, 5, 10)
"""How many of the likeliest, where there are more classes than that."""


def ranks_of(scores: Array, true: Array) -> Array:
    """How many classes stand before the true one (n), from scores (n, classes): of equal ones the later, as there."""
    rows = np.arange(len(true))
    own = scores[rows, true][:, None]
    later = np.arange(scores.shape[1])[None] > true[:, None]
    return np.asarray((scores > own).sum(axis=1) + ((scores == own) & later).sum(axis=1), np.int32)


def within(ranks: Array, classes: int) -> tuple[tuple[int, Array], ...]:
    """Whether each true class is among the k likeliest (n), for each k that is fewer than all."""
    return tuple((k, ranks < k) for k in KS if k < classes)
