"""The last weights that were sound, for a training that loses its numbers."""

from typing import Any

import numpy as np

from cnnspec.backend.loop.progress import Moment
from cnnspec.results.failure import RunFailed


class Diverged(RunFailed):
    """The loss or the weights are no finite numbers any more; the model has the weights of `kept` again."""

    def __init__(self, what: str, kept: Moment) -> None:
        help = "lower the learning rate, add a warm-up, or rescale the input"
        super().__init__("loss-not-finite", what, f"{help}; last.keras has the weights of {kept}")
        self.kept = kept


class Snapshot:
    """A copy of a model's weights, statistics included; the first is taken at once."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._weights = model.get_weights()
        self.moment = Moment(0, 0)

    def take(self, moment: Moment) -> bool:
        """Replace the copy, unless a weight is no finite number; whether it was."""
        weights = self._model.get_weights()
        if not all(np.isfinite(weight).all() for weight in weights):
            return False
        self._weights, self.moment = weights, moment
        return True

    def restore(self) -> None:
        """Give the model the copied weights."""
        self._model.set_weights(self._weights)
