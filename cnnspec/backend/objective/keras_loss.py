"""The Keras object of a loss, reading labels in the form that they come in."""

from typing import Any

import keras
from keras import ops

from cnnspec.backend.objective.label_forms import as_rows, with_last_axis
from cnnspec.backend.objective.smoothing import smoothed_loss, takes_smoothing
from cnnspec.language.losses import Loss


def build_loss(loss: Loss, smoothing: float = 0.0, rows: bool = False, apart: bool = False) -> Any:
    """The Keras loss; labels are smoothed for those that have it.

    `rows`: labels are class numbers, and the loss compares rows. `apart`: it gives a loss for each unit and not their
    mean, (n, units), so that each can have a weight of its own.
    """
    made = smoothed_loss(loss, smoothing) if smoothing and takes_smoothing(loss) else _plain(loss)
    made = _reading(made, _rows if rows else _places)
    return _reading(made, _apart) if apart else made


def _plain(loss: Loss) -> Any:
    return getattr(keras.losses, loss.stock)(**loss.written())


def _reading(made: Any, change: Any) -> Any:
    """The loss with labels and outputs changed before it compares them."""
    call = made.call
    made.call = lambda y_true, y_pred: call(*change(y_true, y_pred))
    return made


def _places(labels: Any, outputs: Any) -> tuple[Any, Any]:
    return with_last_axis(labels, outputs), outputs


def _rows(numbers: Any, outputs: Any) -> tuple[Any, Any]:
    return as_rows(numbers, outputs.shape[-1], len(outputs.shape)), outputs


def _apart(labels: Any, outputs: Any) -> tuple[Any, Any]:
    return ops.expand_dims(labels, -1), ops.expand_dims(outputs, -1)
