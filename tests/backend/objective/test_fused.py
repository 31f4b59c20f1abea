"""The fused optimizers move variables as Keras' own do, and keep the same state under the same names."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnspec.backend.objective.fused import FUSED

STEPS = 20
RATE = keras.optimizers.schedules.CosineDecay(0.0, STEPS, warmup_target=0.05, warmup_steps=5)
CASES = [
    ("Adam", {}),
    ("Adam", {"learning_rate": RATE, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3, "weight_decay": 0.1}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {}),
    ("AdamW", {"learning_rate": RATE, "weight_decay": 0.3, "global_clipnorm": 0.5}),
    ("AdamW", {"weight_decay": 0.3, "gradient_accumulation_steps": 3}),
    ("AdamW", {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 7}),
    ("AdamW", {"loss_scale_factor": 8.0, "clipvalue": 0.3}),
    ("SGD", {}),
    ("SGD", {"learning_rate": RATE, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.05, "clipnorm": 1.0}),
    ("SGD", {"learning_rate": 0.1, "weight_decay": 0.05, "gradient_accumulation_steps": 2}),
]


def moved(optimizer: Any, rows: bool = False) -> tuple[list[Any], list[Any]]:
    """Two variables and the optimizer's own, after some steps by gradients that change their sign and size."""
    random = np.random.default_rng(0)
    variables = [keras.Variable(random.normal(size=size).astype("float32"), name=str(size)) for size in (3, 7)]
    optimizer.exclude_from_weight_decay(var_names=["7"])
    optimizer.build(variables)
    gradients = [tf.constant(random.normal(0.1, 2.0, (STEPS, size)), tf.float32) for size in (3, 7)]

    @tf.function
    def step(number: Any) -> None:
        taken = [gradient[number] for gradient in gradients]
        if rows:
            taken[0] = tf.IndexedSlices(tf.stack([taken[0][0], taken[0][1]]), tf.constant([1, 1]), tf.constant([3]))
        optimizer.apply_gradients(zip(taken, variables, strict=True))

    for number in range(STEPS):
        step(tf.constant(number))
    return variables, optimizer.variables


def same(fused: tuple[list[Any], list[Any]], stock: tuple[list[Any], list[Any]]) -> None:
    """The same variables in the same order, with the same values."""
    for mine, other in zip(fused, stock, strict=True):
        assert [(each.name, each.shape, each.dtype) for each in mine] == [
            (each.name, each.shape, each.dtype) for each in other
        ]
        for ours, theirs in zip(mine, other, strict=True):
            assert np.allclose(ours, theirs, rtol=1e-5, atol=1e-5), ours.name


@pytest.mark.parametrize(("name", "options"), CASES)
def test_a_fused_optimizer_moves_as_keras_own(name: str, options: dict[str, Any]) -> None:
    """Rate, decay, clipping, accumulation, averages: variables and state after twenty steps."""
    same(moved(FUSED[name](**options)), moved(getattr(keras.optimizers, name)(**options)))


@pytest.mark.parametrize(("name", "options"), [("AdamW", {"weight_decay": 0.1}), ("SGD", {"momentum": 0.9})])
def test_gradients_of_single_rows_are_left_to_keras(name: str, options: dict[str, Any]) -> None:
    """Of an embedding, where one row comes twice."""
    same(moved(FUSED[name](**options), rows=True), moved(getattr(keras.optimizers, name)(**options), rows=True))


def test_a_loss_scale_wraps_a_fused_optimizer() -> None:
    """As mixed_float16 has it."""
    scale = keras.optimizers.LossScaleOptimizer
    same(moved_scaled(scale(FUSED["Adam"]())), moved_scaled(scale(keras.optimizers.Adam())))


def moved_scaled(optimizer: Any) -> tuple[list[Any], list[Any]]:
    """A variable and the optimizer's own, after steps of which one is not finite."""
    variable = keras.Variable(np.ones(3, "float32"), name="weight")
    optimizer.build([variable])
    for value in (1.0, np.inf, -3.0):
        optimizer.apply_gradients([(tf.fill([3], value), variable)])
    return [variable], optimizer.variables


@pytest.mark.parametrize("name", FUSED)
def test_every_variable_is_updated_by_one_operation(name: str) -> None:
    """The recorded step holds one update a variable, and none of Keras' small operations on it."""
    optimizer, weight = FUSED[name](), keras.Variable(np.ones(3, "float32"))
    optimizer.build([weight])
    step = tf.function(lambda: optimizer.apply_gradients([(tf.ones(3), weight)])).get_concrete_function()
    kinds = [operation.type for operation in step.graph.get_operations()]
    assert sum(kind.startswith("ResourceApply") for kind in kinds) == 1
    assert "Sqrt" not in kinds
