"""Mean and variance of more numbers than memory holds, batch by batch."""

import math
from collections.abc import Sequence

import numpy as np

from cnnspec.backend.data.splits import Array


class Moments:
    """Mean and variance for each place along the axes that are kept, the batch counting as axis 0.

    In double precision, batch after batch as Chan, Golub and LeVeque (1983) put them together, so that neither many
    examples nor a mean far from 0 cost digits.
    """

    def __init__(self, kept: Sequence[int]) -> None:
        self._kept = tuple(kept)
        self._count = 0
        self.mean: Array = np.zeros(())
        self._squares: Array = np.zeros(())

    def add(self, batch: Array) -> None:
        """Count a batch (n, ...) in; one without numbers changes nothing."""
        others = tuple(axis for axis in range(batch.ndim) if axis not in self._kept)
        count = math.prod(batch.shape[axis] for axis in others)
        if not batch.size:
            return
        numbers = batch.astype(np.float64)
        mean = numbers.mean(axis=others, keepdims=True)
        squares = np.square(numbers - mean).sum(axis=others)
        apart, total = mean.squeeze(others) - self.mean, self._count + count
        self.mean = self.mean + apart * (count / total)
        self._squares = self._squares + squares + np.square(apart) * (self._count * count / total)
        self._count = total

    @property
    def variance(self) -> Array:
        """Of all numbers as a population, as Keras has it; 0 before there are any."""
        return self._squares / max(self._count, 1)
