"""An optimizer that goes on where another one stopped, though other weights may be trained from then on."""

from typing import Any

import numpy as np

_ANEW = "learning_rate"
"""What counts from the start of a phase, as its schedule does."""


def steps_taken(optimizer: Any) -> int:
    """How often it was given gradients."""
    return int(innermost(optimizer)._iterations)


def go_on_with(optimizer: Any, before: Any) -> None:
    """Give an optimizer what the one `before` knew of the weights that both train, and of the loss; both are built.

    Of weights that were frozen it knows nothing yet, and the average of one begins with its value.
    """
    known = {variable.name: variable for variable in before.variables}
    for variable in optimizer.variables:
        held = known.get(variable.name)
        if held is not None and variable.name != _ANEW and held.shape == variable.shape:
            variable.assign(np.asarray(held))
    inner = innermost(optimizer)
    if inner.use_ema:
        pairs = zip(inner._trainable_variables, inner._model_variables_moving_average, strict=True)
        for weight, average in pairs:
            if average.name not in known:
                average.assign(np.asarray(weight))


def innermost(optimizer: Any) -> Any:
    """The optimizer itself, or the one that a loss scale is wrapped around."""
    return getattr(optimizer, "inner_optimizer", optimizer)
