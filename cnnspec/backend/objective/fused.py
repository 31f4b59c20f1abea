"""Keras' optimizers whose step for a variable is one operation of TensorFlow: the same numbers in the same variables.

Keras updates a variable by ten to twenty small operations, and computes the learning rate anew for each one that
decays. A small network spends more time on these than on its layers. What is not here is left to Keras: other
optimizers, amsgrad, gradients of single rows, weights that are not float32.
"""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf


class _Decaying(keras.optimizers.Optimizer):
    """Weight decay as a part of the update that comes right after it, by the rate that is known there."""

    def _apply_weight_decay(self, variables: Any) -> None:
        """Nothing yet: `_decay` does it."""

    def _decay(self, variable: Any, rate: Any) -> None:
        if self.weight_decay is not None and self._use_weight_decay(variable):
            variable.assign_sub(variable * tf.cast(rate * self.weight_decay, variable.dtype))


class Adam(_Decaying, keras.optimizers.Adam):
    """Adam through ResourceApplyAdam."""

    def _backend_update_step(self, grads: Any, trainable_variables: Any, learning_rate: Any) -> None:
        """Update all variables; what is the same for them is computed once."""
        rate, step = tf.cast(learning_rate, tf.float32), tf.cast(self.iterations + 1, tf.float32)
        shared = (rate, tf.pow(self.beta_1, step), tf.pow(self.beta_2, step))
        super()._backend_update_step(grads, trainable_variables, shared)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Decay and move one variable and its two averages; with the rate come the powers of the decays."""
        rate, first, second = learning_rate
        self._decay(variable, rate)
        if self.amsgrad or not _fits(gradient, variable):
            keras.optimizers.Adam.update_step(self, gradient, variable, rate)
            return
        place = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[place].value.handle,
            v=self._velocities[place].value.handle,
            beta1_power=first,
            beta2_power=second,
            lr=rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


class AdamW(Adam, keras.optimizers.AdamW):
    """Adam with weight decay, which every optimizer of Keras has: the default alone differs."""


class SGD(_Decaying, keras.optimizers.SGD):
    """Gradient descent through ResourceApplyKerasMomentum, or ResourceApplyGradientDescent without momentum."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Decay and move one variable and its momentum."""
        rate = tf.cast(learning_rate, tf.float32)
        self._decay(variable, rate)
        if not _fits(gradient, variable):
            keras.optimizers.SGD.update_step(self, gradient, variable, rate)
        elif self.momentum:
            accumulated = self.momentums[self._get_variable_index(variable)].value.handle
            tf.raw_ops.ResourceApplyKerasMomentum(
                var=variable.handle,
                accum=accumulated,
                lr=rate,
                grad=gradient,
                momentum=self.momentum,
                use_nesterov=self.nesterov,
            )
        else:
            tf.raw_ops.ResourceApplyGradientDescent(var=variable.handle, alpha=rate, delta=gradient)


def _fits(gradient: Any, variable: Any) -> bool:
    """Whether one operation can take both."""
    rows = isinstance(gradient, tf.IndexedSlices)
    return not rows and bool(variable.dtype == tf.float32 and gradient.dtype == tf.float32)


FUSED: Mapping[str, Any] = {"Adam": Adam, "AdamW": AdamW, "SGD": SGD}
"""By the name of the class in `keras.optimizers` that each stands for."""
