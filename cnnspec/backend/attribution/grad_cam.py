"""Grad-CAM (Selvaraju et al. 2017): where at a stage stands what speaks for a class.

Equation 1: the weight of a channel k is the mean over all places of the gradient of the score y with respect to
A[place, k]. Equation 2: the map is ReLU(sum over k of weight[k] * A[place, k]).
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.attribution.network import OpenNetwork
from cnnspec.backend.data.splits import Array


def grad_cam(
    network: OpenNetwork,
    inputs: Mapping[str, Array],
    example: tuple[Any, ...],
    nodes: tuple[int, ...],
    score: Callable[[Any, Any], Any],
    name: str,
    number: Any = 0,
) -> dict[int, Array]:
    """The map (places...) at each of the nodes, whose outputs are (places..., channels), of one example.

    `score` makes of the network's answer, and of a `number` that it is asked for, y for each example (n), before the
    softmax where there is one; `name` tells it from other scores.
    """

    def slopes(inputs: Any, points: Any, number: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(points)
            answer = network.answer(inputs, points)
            found = score(answer, number)
        at = [answer[f"node {position}"] for position in nodes]
        return at, tape.gradient(found, at, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    if not nodes:
        return {}
    activations, gradients = network.traced(f"cam {name}", slopes)(dict(inputs), example, tf.constant(number))
    return {
        position: map_of(np.asarray(there, np.float64)[0], np.asarray(slope, np.float64)[0])
        for position, there, slope in zip(nodes, activations, gradients, strict=True)
    }


def map_of(activations: Array, gradients: Array) -> Array:
    """Equations 1 and 2, of a stage's output and its gradients (places..., channels): (places...)."""
    weights = gradients.mean(axis=tuple(range(gradients.ndim - 1)))
    return np.asarray(np.maximum(activations @ weights, 0.0))
