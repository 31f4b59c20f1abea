"""Many steps in one call of TensorFlow: Keras' own optimizer, losses and metrics, driven by one tf.function.

A call is kept to about half a second, so that the program can show where it is and be interrupted.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.objective.criterion import MASK, Cost
from cnnspec.backend.steps.watch import Watch

_SECONDS = 0.5
_GROWTH = 8


class NotFinite(Exception):
    """The loss became infinite or no number at this step (from 1) of an epoch, at this learning rate."""

    def __init__(self, step: int, loss: float, rate: float) -> None:
        self.step, self.loss, self.rate = step, loss, rate
        super().__init__(f"step {step}")


_AS_IT_IS = {"reduce_retracing": True, "autograph": False}
"""Steps have no Python to be made TensorFlow of: looking for some takes a second of each training's start."""


class Stepper:
    """Runs training or test steps of a compiled model over batches.

    A batch is (inputs, labels) or (inputs, labels, weights), as `tf.data` gives it. With `xla`, what computes outputs,
    loss and new weights is compiled, once for every size of a batch; metrics are not, since not all of them can be.
    Training `stops` after a loss that is not finite. A `watch` sees every training step. `pace` has the last word on
    how many steps a call does, told what would fit.
    """

    def __init__(
        self,
        model: Any,
        xla: bool = False,
        stops: bool = True,
        watch: Watch | None = None,
        pace: Callable[[int], int] = lambda steps: steps,
    ) -> None:
        self._model, self._stops, self._watch, self._pace = model, stops, watch, pace
        self._learn = _Function(self._learn_batch, jit_compile=True) if xla else self._learn_batch
        self._answer = _Function(self._answer_batch, jit_compile=True) if xla else self._answer_batch
        self._train = tf.function(_many(self._train_step, stops), **_AS_IT_IS)
        self._test = tf.function(_many(self._test_step, stops=False), **_AS_IT_IS)

    def train(
        self, batches: Any, steps: int, start: int = 0, pause: Callable[[int], int] | None = None
    ) -> Iterator[int]:
        """Train until `steps` batches are done; yields how many are, at least once a second or so.

        `start` of them were done before, and `batches` begin after those. From a number of steps `pause` tells the next
        one to yield at. The model's metrics start anew, if the steps do, and hold the means when this is over. Raises
        NotFinite.
        """
        return self._run(self._train, batches, steps, start, pause)

    def test(self, batches: Any, steps: int) -> Iterator[int]:
        """The same without learning, dropout and updates; goes on whatever the loss is."""
        return self._run(self._test, batches, steps)

    def judge(self, batches: Any) -> Iterator[tuple[Any, Any]]:
        """Test on all batches, one at a time; yields the labels and the outputs of each, with their masks."""
        self._begin()
        step = _Function(self._judge_step)
        for batch in batches:
            yield batch[1], step(batch)[1]

    def figures(self) -> dict[str, float]:
        """Loss and metrics since the steps began, under Keras' names."""
        measured = {name: float(value) for name, value in _flat(self._model.get_metrics_result())}
        return {**measured, **self._model.criterion.figures()}

    def _run(
        self,
        function: Callable[..., Any],
        batches: Any,
        steps: int,
        start: int = 0,
        pause: Callable[[int], int] | None = None,
    ) -> Iterator[int]:
        if start == 0:
            self._begin()
            if self._watch and function is self._train:
                self._watch.begin()
        iterator = iter(batches)
        done, chunk = start, 1
        while done < steps:
            started = time.perf_counter()
            end = min(steps, pause(done)) if pause else steps
            wanted = self._pace(min(chunk, end - done))
            count, loss, rate = function(iterator, tf.constant(wanted, tf.int64))
            done += int(count)
            if self._stops and function is self._train and not np.isfinite(loss):
                raise NotFinite(done, float(loss), float(rate))
            chunk = next_chunk(wanted, time.perf_counter() - started)
            yield done

    def _begin(self) -> None:
        self._model.reset_metrics()
        self._model.criterion.reset()

    def _train_step(self, batch: tuple[Any, ...]) -> tuple[Any, Any]:
        rate = tf.cast(self._model.optimizer.learning_rate, tf.float32)
        cost, outputs = self._learn(batch)
        self._measure(cost, outputs, batch)
        return cost.total, rate

    def _learn_batch(self, batch: tuple[Any, ...]) -> tuple[Cost, Any]:
        inputs, labels, weights = batch if len(batch) == 3 else (*batch, None)
        with tf.GradientTape() as tape:
            outputs, stages = self._forward(inputs)
            cost = self._model.criterion.cost(labels, outputs, self._model.losses, weights)
            scaled = self._model.optimizer.scale_loss(cost.total)
        self._apply(tape.gradient(scaled, self._model.trainable_variables), stages)
        return cost, outputs

    def _forward(self, inputs: Any) -> tuple[Any, Sequence[Any]]:
        """The outputs in training, and those of the stages where they are watched."""
        return self._watch.forward(inputs) if self._watch else (self._model(inputs, training=True), ())

    def _apply(self, gradients: list[Any], stages: Sequence[Any] = ()) -> None:
        """Change the weights; those that only lead to an output without a loss have no gradient and stay."""
        if self._watch:
            self._watch.look(gradients, self._model.optimizer.scale_loss(tf.ones(())), stages)
        pairs = zip(gradients, self._model.trainable_variables, strict=True)
        self._model.optimizer.apply_gradients([pair for pair in pairs if pair[0] is not None])

    def _test_step(self, batch: tuple[Any, ...]) -> tuple[Any, Any]:
        return self._judge_step(batch)[0], tf.constant(0.0)

    def _judge_step(self, batch: tuple[Any, ...]) -> tuple[Any, Any]:
        cost, outputs = self._answer(batch[:2])
        self._measure(cost, outputs, batch[:2])
        return cost.total, outputs

    def _answer_batch(self, batch: tuple[Any, ...]) -> tuple[Cost, Any]:
        inputs, labels = batch
        outputs = self._model(inputs, training=False)
        return self._model.criterion.cost(labels, outputs, self._model.losses), outputs

    def _measure(self, cost: Cost, outputs: Any, batch: tuple[Any, ...]) -> None:
        inputs, labels, weights = batch if len(batch) == 3 else (*batch, None)
        self._model.criterion.add(cost, labels)
        self._model.compute_metrics(inputs, labels, outputs, sample_weight=weights)


def make_ready(learner: Any, batch: tuple[Any, ...], outputs: Any = None) -> tuple[str, ...]:
    """Let Keras make every variable it will need, before TensorFlow records steps; the names of the figures.

    `outputs` are those of the batch, where they are known.
    """
    inputs, labels = batch[:2]
    outputs = learner(inputs, training=False) if outputs is None else outputs
    learner.compute_metrics(inputs, labels, outputs)
    learner.optimizer.build(learner.trainable_variables)
    names = tuple(Stepper(learner).figures())
    learner.reset_metrics()
    return names


def next_chunk(steps: int, seconds: float) -> int:
    """How many steps to ask for after so many took so long; it grows at most eightfold."""
    fitting = steps * _SECONDS / max(seconds, 1e-6)
    return max(1, min(int(fitting), steps * _GROWTH))


class _Function:
    """A step as a `function` of TensorFlow; the outputs keep their masks, which such a function does not give back."""

    def __init__(self, step: Callable[..., tuple[Any, Any]], **options: Any) -> None:
        def with_masks(batch: tuple[Any, ...]) -> tuple[Any, Any, list[Any]]:
            cost, outputs = step(batch)
            return cost, outputs, [getattr(output, MASK, None) for output in tf.nest.flatten(outputs)]

        self.function = tf.function(with_masks, **_AS_IT_IS, **options)

    def __call__(self, batch: tuple[Any, ...]) -> tuple[Any, Any]:
        cost, outputs, masks = self.function(batch)
        for output, mask in zip(tf.nest.flatten(outputs), masks, strict=True):
            if mask is not None:
                setattr(output, MASK, mask)
        return cost, outputs


def _many(step: Callable[[tuple[Any, ...]], tuple[Any, Any]], stops: bool) -> Callable[..., Any]:
    """A function that runs a step on so many batches: (steps done, the last one's loss, its learning rate).

    It `stops` after a step whose loss is not finite.
    """

    def run(iterator: Any, steps: Any) -> Any:
        def going(done: Any, loss: Any, rate: Any) -> Any:
            return tf.logical_and(done < steps, tf.math.is_finite(loss)) if stops else done < steps

        def body(done: Any, loss: Any, rate: Any) -> Any:
            loss, rate = step(next(iterator))
            return done + 1, tf.cast(loss, tf.float32), rate

        start = (tf.constant(0, tf.int64), tf.constant(0.0), tf.constant(0.0))
        return tf.while_loop(going, body, start, parallel_iterations=1)

    return run


def _flat(results: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each figure by name; a metric that gives one number a class becomes `name_0`, `name_1`, ..."""
    for name, value in results.items():
        figure = np.asarray(value)
        if figure.ndim == 0:
            yield name, figure
        else:
            yield from ((f"{name}_{index}", item) for index, item in enumerate(figure.flat))
