"""What TensorFlow raises, in the words that say what happened."""

import pytest
import tensorflow as tf

from cnnspec.backend.keras_errors import first_line, step_errors
from cnnspec.results.failure import RunFailed


def refused() -> tf.errors.OpError:
    """What TensorFlow raises in a recorded function, with where in its own parts that was."""

    @tf.function
    def losses(labels: tf.Tensor) -> tf.Tensor:
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.zeros((2, 3)))

    with pytest.raises(tf.errors.OpError) as raised:
        losses(tf.constant([1, 7]))
    return raised.value


def test_a_recorded_step_that_is_refused_says_why_and_not_where() -> None:
    error = refused()
    assert error.message.startswith("Graph execution error:")
    assert first_line(error).startswith("Received a label value of 7 which is outside the valid range of [0, 3).")
    with pytest.raises(RunFailed, match="TensorFlow stopped at a step: Received a label value of 7"), step_errors():
        raise error


def test_of_several_errors_the_first_is_told() -> None:
    message = "Graph execution error:\n\n2 root error(s) found.\n  (0) INVALID_ARGUMENT:  Nan in it\n\t [[{{node a}}]]"
    assert first_line(tf.errors.InvalidArgumentError(None, None, message)) == "Nan in it"
