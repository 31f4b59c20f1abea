"""Many steps in one call of TensorFlow: Keras' own optimizer, loss and metrics, driven by one tf.function.

A call is kept to about half a second, so that the program can show where it is and be interrupted.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

_SECONDS = 0.5
_GROWTH = 8


class NotFinite(Exception):
    """The loss became infinite or no number at this step (from 1) of an epoch."""

    def __init__(self, step: int) -> None:
        self.step = step
        super().__init__(f"step {step}")


class Stepper:
    """Runs training or test steps of a compiled model over batches.

    A batch is (inputs, labels) or (inputs, labels, weights), as `tf.data` gives it.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._train = tf.function(_many(self._train_step), reduce_retracing=True)
        self._test = tf.function(_many(self._test_step), reduce_retracing=True)

    def train(self, batches: Any, steps: int) -> Iterator[int]:
        """Train on the first `steps` batches; yields how many are done, at least once a second or so.

        The model's metrics start anew and hold the means when this is over. Raises NotFinite.
        """
        return self._run(self._train, batches, steps)

    def test(self, batches: Any, steps: int) -> Iterator[int]:
        """The same without learning, dropout and updates."""
        return self._run(self._test, batches, steps)

    def judge(self, batches: Any) -> Iterator[tuple[Any, Any]]:
        """Test on all batches, one at a time; yields the labels and the outputs of each."""
        self._model.reset_metrics()
        step = tf.function(self._judge_step, reduce_retracing=True)
        for batch in batches:
            yield batch[1], step(batch)[1]

    def figures(self) -> dict[str, float]:
        """Loss and metrics since the steps began, under Keras' names."""
        results = self._model.get_metrics_result()
        return {name: float(value) for name, value in _flat(results)}

    def _run(self, function: Callable[..., Any], batches: Any, steps: int) -> Iterator[int]:
        self._model.reset_metrics()
        iterator = iter(batches)
        done, chunk = 0, 1
        while done < steps:
            started = time.perf_counter()
            wanted = min(chunk, steps - done)
            count, finite = function(iterator, tf.constant(wanted, tf.int64))
            done += int(count)
            if not finite:
                raise NotFinite(done)
            chunk = next_chunk(wanted, time.perf_counter() - started)
            yield done

    def _train_step(self, batch: tuple[Any, ...]) -> Any:
        inputs, labels, weights = batch if len(batch) == 3 else (*batch, None)
        with tf.GradientTape() as tape:
            outputs = self._model(inputs, training=True)
            loss = self._model.compute_loss(x=inputs, y=labels, y_pred=outputs, sample_weight=weights, training=True)
            scaled = self._model.optimizer.scale_loss(loss)
        self._apply(tape, scaled)
        self._measure(loss, inputs, labels, outputs, weights)
        return loss

    def _apply(self, tape: Any, loss: Any) -> None:
        """Change the weights; those that only lead to an output without a loss have no gradient and stay."""
        variables = self._model.trainable_variables
        pairs = zip(tape.gradient(loss, variables), variables, strict=True)
        self._model.optimizer.apply_gradients([pair for pair in pairs if pair[0] is not None])

    def _test_step(self, batch: tuple[Any, ...]) -> Any:
        return self._judge_step(batch)[0]

    def _judge_step(self, batch: tuple[Any, ...]) -> tuple[Any, Any]:
        inputs, labels = batch[:2]
        outputs = self._model(inputs, training=False)
        loss = self._model.compute_loss(x=inputs, y=labels, y_pred=outputs, training=False)
        self._measure(loss, inputs, labels, outputs, None)
        return loss, outputs

    def _measure(self, loss: Any, inputs: Any, labels: Any, outputs: Any, weights: Any) -> None:
        tracker = self._model.metrics[0]
        assert tracker.name == "loss"
        tracker.update_state(loss, sample_weight=tf.shape(tf.nest.flatten(inputs)[0])[0])
        self._model.compute_metrics(inputs, labels, outputs, sample_weight=weights)


def next_chunk(steps: int, seconds: float) -> int:
    """How many steps to ask for after so many took so long; it grows at most eightfold."""
    fitting = steps * _SECONDS / max(seconds, 1e-6)
    return max(1, min(int(fitting), steps * _GROWTH))


def _many(step: Callable[[tuple[Any, ...]], Any]) -> Callable[..., Any]:
    """A function that runs a step on so many batches, or until a loss is not finite: (steps done, whether all were)."""

    def run(iterator: Any, steps: Any) -> Any:
        def going(done: Any, finite: Any) -> Any:
            return tf.logical_and(done < steps, finite)

        def body(done: Any, finite: Any) -> Any:
            loss = step(next(iterator))
            return done + 1, tf.reduce_all(tf.math.is_finite(loss))

        return tf.while_loop(going, body, (tf.constant(0, tf.int64), tf.constant(True)), parallel_iterations=1)

    return run


def _flat(results: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each figure by name; a metric that gives one number a class becomes `name_0`, `name_1`, ..."""
    for name, value in results.items():
        figure = np.asarray(value)
        if figure.ndim == 0:
            yield name, figure
        else:
            yield from ((f"{name}_{index}", item) for index, item in enumerate(figure.flat))
