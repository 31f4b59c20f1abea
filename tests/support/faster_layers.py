"""The faster layers beside Keras' own."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnspec.backend.model.faster import FASTER

Tensors = dict[str, np.ndarray]

GROUPED = """
inputs: {image: [6, 6, 1]}
model:
  - conv: {filters: 4, kernel_size: 3, padding: same, norm: {batch: {momentum: 0.9}}, activation: relu}
  - conv: {filters: 6, kernel_size: 3, groups: 2, activation: relu}
  - batch_norm: {scale: false}
  - reshape: [16, 6]
  - conv: {filters: 6, kernel_size: 3, padding: causal, groups: 3, norm: batch}
  - flatten
  - dense: {units: 3, activation: softmax}
"""
"""All that has a faster layer."""


def numbers(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.5, 2.0, shape).astype("float32")


def after_a_step(
    layer: Any, inputs: np.ndarray, weights: list[np.ndarray] | None = None, recorded: bool = True
) -> tuple[Tensors, Any]:
    """Output, gradients of the input and of every trainable weight, and the weights that move by themselves.

    As a graph that is `recorded`, or operation by operation, which takes less time for what is computed once.
    """
    layer.build(inputs.shape)
    if weights is not None:
        layer.set_weights(weights)
    before = layer.get_weights()

    def learn(batch: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(batch)
            outputs = tf.cast(layer(batch, training=True), "float32")
            slopes = tf.cos(tf.reshape(tf.range(tf.size(outputs), dtype=tf.float32), tf.shape(outputs)))
            loss = tf.reduce_sum(slopes * outputs)
        return outputs, *tape.gradient(loss, [batch, *(weight.value for weight in layer.trainable_weights)])

    names = ("output", "input", *(weight.name for weight in layer.trainable_weights))
    step = tf.function(learn) if recorded else learn
    found = {name: value.numpy() for name, value in zip(names, step(tf.constant(inputs)), strict=True)}
    return found | {weight.name: weight.numpy() for weight in layer.non_trainable_weights}, before


def errors(found: Tensors, wanted: Tensors) -> dict[str, float]:
    """The largest difference in each tensor, as a share of its largest value."""
    assert set(found) == set(wanted)
    return {
        name: float(np.abs(found[name] - wanted[name]).max() / max(np.abs(wanted[name]).max(), 1e-30))
        for name in wanted
    }


def both(
    name: str, options: dict[str, Any], inputs: np.ndarray, precision: str = "float32", recorded: bool = True
) -> tuple[Tensors, Tensors]:
    """What the faster layer makes of the inputs, and what Keras' own does with the same weights."""
    ours, theirs = (getattr(space.layers, name)(**options, dtype=precision) for space in (FASTER, keras))
    wanted, weights = after_a_step(theirs, inputs, recorded=recorded)
    return after_a_step(ours, inputs, weights, recorded)[0], wanted


def close(found: Tensors, wanted: Tensors, unit: float = 1e-30) -> None:
    """Within 1e-5 of each tensor's largest value, or of `unit` where cancellation leaves next to nothing."""
    for name, value in wanted.items():
        limit = 1e-5 * max(float(np.abs(value).max()), unit)
        assert np.abs(found[name] - value).max() <= limit, (name, errors(found, wanted))
