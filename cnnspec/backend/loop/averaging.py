"""The moving average of the weights, put in their place for as long as something looks at them.

With `ema` the training goes on with the weights themselves, while whatever people see speaks of their average: the
figures of the validation, best.keras, last.keras, early stopping. The moving statistics of a batch normalisation are
averages already, and stay as they are.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from cnnspec.backend.objective.going_on import innermost


@contextlib.contextmanager
def averaged(optimizer: Any, weights: Any) -> Iterator[None]:
    """Inside, the trainable `weights` are their averages, as under Keras' SwapEMAWeights; nothing without `ema`."""
    inner = innermost(optimizer)
    if not inner.use_ema:
        yield
        return
    kept = [tf.identity(weight.value) for weight in weights]
    settle(optimizer, weights)
    try:
        yield
    finally:
        for weight, value in zip(weights, kept, strict=True):
            weight.assign(value)


def settle(optimizer: Any, weights: Any) -> None:
    """Let the averages, once there are any, replace the weights for good, as Keras does at the end of fit."""
    if innermost(optimizer).iterations > 0:
        optimizer.finalize_variable_values(weights)
