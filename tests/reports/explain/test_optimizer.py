"""What is told of an optimizer's step is what Keras' optimizer does."""

from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.language.optimizers import Optimizer
from cnnspec.layers.formulas.filling import filled_all
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.formulas.working_out import work_out
from cnnspec.layers.kind import read_kind
from cnnspec.reports.explain.optimizer import step_symbols
from tests.support.formulas_worked_out import values_of

CASES: list[tuple[str, dict[str, Any]]] = [
    ("sgd", {"learning_rate": 0.1}),
    ("sgd", {"learning_rate": 0.1, "weight_decay": 0.2}),
    ("sgd", {"learning_rate": 0.1, "momentum": 0.9}),
    ("sgd", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    ("adam", {"learning_rate": 0.1}),
    ("adam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.01, "weight_decay": 0.1}),
    ("adamw", {"learning_rate": 0.1}),
]
GRADIENTS = (0.5, -1.0, 0.25, 2.0)


@pytest.mark.parametrize(("kind", "arguments"), CASES, ids=str)
def test_four_steps_by_the_formula_are_four_steps_of_keras(kind: str, arguments: dict[str, Any]) -> None:
    ours = read_kind("optimizer", Optimizer.members, {kind: arguments})
    assert isinstance(ours, Optimizer)
    found = filled_all(read_formula(ours.formula), step_symbols(ours))
    values = values_of(found, {"g": lambda k: GRADIENTS[int(k) - 1] if k else 0.0})
    weights = {0: 1.5}
    optimizer = getattr(keras.optimizers, ours.stock)(**arguments)
    variable = keras.Variable(weights[0])
    for k in range(1, len(GRADIENTS) + 1):
        weights[k] = work_out(found[-1].right, {**values, "k": k, "w": lambda at: weights[int(at)]})
        optimizer.apply([np.float32(GRADIENTS[k - 1])], [variable])
        assert weights[k] == pytest.approx(float(variable.value), rel=1e-5)
