"""Callbacks of Keras that somebody brings to a training, called as `fit` calls them."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras


def checked(callbacks: Sequence[Any]) -> Sequence[Any]:
    """The callbacks; raises TypeError where one is none of Keras'."""
    for each in callbacks:
        if not isinstance(each, keras.callbacks.Callback):
            raise TypeError(f"callbacks takes Keras' callbacks, not {type(each).__name__}: {each!r:.80}")
    return callbacks


class Listeners:
    """Someone's callbacks over a whole training, all of its phases; epochs count from 0 and go on where a run does.

    They are called around every epoch, every validation and every call of TensorFlow, which takes several steps, as
    with Keras' `steps_per_execution`. What they remember is theirs: no checkpoint has it. What they change of the
    optimizer or the weights is part of the training's state.
    """

    def __init__(self, callbacks: Sequence[Any] = ()) -> None:
        self._callbacks = list(callbacks)
        self._listed: Any = None

    def begin(self, learner: Any, epochs: int, steps: int) -> None:
        """The training begins or goes on, its state in place; or another phase of it does, with its own learner."""
        if not self._callbacks:
            return
        if self._listed is None:
            self._listed = keras.callbacks.CallbackList(self._callbacks, model=learner, epochs=epochs, steps=steps)
            self._listed.on_train_begin()
        else:
            self._listed.set_model(learner)
            self._listed.set_params({"epochs": epochs, "steps": steps})

    def epoch_begins(self, epoch: int) -> None:
        """An epoch begins, or what is left of it."""
        if self._listed:
            self._listed.on_epoch_begin(epoch)

    def steps_begin(self, step: int) -> None:
        """The next call of TensorFlow begins with this step of the epoch, from 0."""
        if self._listed:
            self._listed.on_train_batch_begin(step)

    def steps_end(self, step: int, figures: Mapping[str, float]) -> None:
        """A call ended with this step; the figures are means since the epoch began."""
        if self._listed:
            self._listed.on_train_batch_end(step, dict(figures))

    def test_begins(self) -> None:
        """The validation split is scored."""
        if self._listed:
            self._listed.on_test_begin()

    def test_ends(self, figures: Mapping[str, float]) -> None:
        """It was."""
        if self._listed:
            self._listed.on_test_end(dict(figures))

    def epoch_ends(self, epoch: int, figures: Mapping[str, float]) -> None:
        """An epoch is over, its weights are kept where they are the best; with `ema` the averages are seen."""
        if self._listed:
            self._listed.on_epoch_end(epoch, dict(figures))

    def end(self) -> None:
        """The training is over."""
        if self._listed:
            self._listed.on_train_end()
