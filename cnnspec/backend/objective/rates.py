"""Learning rates by layer: any optimizer of Keras with a factor for each weight, as if each had one of its own."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import keras

from cnnspec.backend.objective.going_on import innermost


class _Rated(keras.optimizers.Optimizer):
    """Multiplies the learning rate wherever an optimizer uses it for a weight: in its step, and where weights decay."""

    _factors: Mapping[Any, float] = {}
    _factor = 1.0

    def take_factors(self, factors: Iterable[tuple[Any, float]]) -> None:
        """From now on the rate of each of these variables is multiplied."""
        self._factors = {self._var_key(variable): factor for variable, factor in factors}

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """The step of one weight; with the rate may come what is computed once for all, after it."""
        factor = self._factor_of(variable)
        shared = isinstance(learning_rate, tuple)
        scaled = (learning_rate[0] * factor, *learning_rate[1:]) if shared else learning_rate * factor
        super().update_step(gradient, variable, scaled)

    def _apply_weight_decay(self, variables: Any) -> None:
        for variable in variables:
            with self._at(self._factor_of(variable)):
                super()._apply_weight_decay([variable])

    def _get_current_learning_rate(self) -> Any:
        rate = super()._get_current_learning_rate()
        return rate if self._factor == 1.0 else rate * self._factor

    def _factor_of(self, variable: Any) -> float:
        return self._factors.get(self._var_key(variable), 1.0)

    @contextmanager
    def _at(self, factor: float) -> Iterator[None]:
        self._factor = factor
        try:
            yield
        finally:
            self._factor = 1.0


@cache
def rated(optimizer: type) -> Any:
    """The class of an optimizer whose rates may differ by weight; its variables are those of Keras' own."""
    return type(optimizer.__name__, (_Rated, optimizer), {})


def take_rates(optimizer: Any, model: Any, rates: Mapping[str, float]) -> None:
    """Multiply the rate of every weight of the layers with these names."""
    layers = (layer for layer in model.layers if layer.name in rates)
    factors = [(weight, rates[layer.name]) for layer in layers for weight in layer.trainable_variables]
    innermost(optimizer).take_factors(factors)
