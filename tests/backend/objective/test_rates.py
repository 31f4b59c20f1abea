"""`training.rates`: each layer learns as if an optimizer of Keras with its own rate trained it alone."""

from functools import cache
from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.backend.objective.optimizer import training_optimizer
from cnnspec.backend.objective.rates import take_rates
from cnnspec.language.optimizers import Optimizer
from cnnspec.language.training import Training

STEPS = 4
RATES = {"first": 0.05, "last": 3.0}
COSINE = {"cosine": {"peak": 0.1, "warmup": 0.25}}
BESIDE: dict[str, dict[str, Any]] = {"plain": {}, "accumulated": {"gradient_accumulation": 2}, "averaged": {"ema": {}}}


@cache
def network() -> tuple[Any, list[np.ndarray], list[list[Any]]]:
    """A network, weights to begin with, and the gradients of each step."""
    sizes = {"first": 5, "middle": 4, "last": 3}
    layers = [keras.layers.Dense(units, name=name) for name, units in sizes.items()]
    model = keras.Sequential([keras.Input((4,)), *layers])
    random = np.random.default_rng(3)
    start = [random.normal(0.5, 0.3, weight.shape).astype("float32") for weight in model.get_weights()]
    drawn = [[random.normal(0.3, 1.0, weight.shape).astype("float32") for weight in start] for _ in range(STEPS)]
    return model, start, [[keras.ops.convert_to_tensor(one) for one in each] for each in drawn]


def ours(training: Training, rates: dict[str, float] | None) -> list[np.ndarray]:
    """The weights after some steps of one optimizer with rates by layer; with None of one that knows no such rates."""
    model, start, gradients = network()
    model.set_weights(start)
    optimizer = training_optimizer(training, 4, by_layer=rates is not None)
    if rates is not None:
        take_rates(optimizer, model, rates)
    for each in gradients:
        optimizer.apply(each, model.trainable_variables)
    return list(model.get_weights())


@cache
def times() -> Any:
    """A schedule that multiplies another one, or a rate."""

    class Times(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, rate: Any, factor: float) -> None:
            self.rate, self.factor = rate, factor

        def __call__(self, step: Any) -> Any:
            return self.factor * (self.rate(step) if callable(self.rate) else self.rate)

    return Times


def theirs(training: Training, rates: dict[str, float]) -> list[np.ndarray]:
    """The same by an optimizer of Keras for each layer, its rate multiplied."""
    model, start, gradients = network()
    model.set_weights(start)
    for number, layer in enumerate(model.layers):
        plain = training_optimizer(training, 4)
        scheduled = isinstance(plain._learning_rate, keras.optimizers.schedules.LearningRateSchedule)
        rate = plain._learning_rate if scheduled else float(plain.learning_rate)
        stock, plain._learning_rate = getattr(keras.optimizers, training.optimizer.stock), 0.1  # known to its config
        settings = {**plain.get_config(), "learning_rate": times()(rate, rates.get(layer.name, 1.0))}
        optimizer = stock(**settings)
        for each in gradients:
            optimizer.apply(each[2 * number : 2 * number + 2], layer.trainable_variables)
    return list(model.get_weights())


CASES: list[tuple[str, dict[str, Any], str]] = [(kind, {}, "plain") for kind in Optimizer.members]
CASES += [(kind, {"weight_decay": 0.3}, "plain") for kind in ("adam", "sgd", "lion", "rmsprop", "muon", "adafactor")]
CASES += [("adamw", {"learning_rate": COSINE, "weight_decay": 0.2}, beside) for beside in BESIDE]


@pytest.mark.parametrize(("kind", "arguments", "beside"), CASES, ids=str)
def test_each_layer_learns_as_by_an_optimizer_of_its_own(kind: str, arguments: dict[str, Any], beside: str) -> None:
    """Steps, decaying weights, schedules, gradients that add up and averages: all at the rate of the layer."""
    written = {"optimizer": {kind: {"learning_rate": 0.05, **arguments}}, **BESIDE[beside]}
    training = Training.model_validate(written)
    for one, other in zip(ours(training, RATES), theirs(training, RATES), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_rates_make_another_training() -> None:
    """Otherwise the comparison would say nothing."""
    training = Training.model_validate({"optimizer": {"adamw": {"learning_rate": 0.05, "weight_decay": 0.3}}})
    plain, changed = ours(training, {}), ours(training, RATES)
    alike = [np.array_equal(*pair) for pair in zip(plain, changed, strict=True)]
    assert alike == [False, False, True, True, False, False]
    assert all(map(np.array_equal, plain, ours(training, None)))
