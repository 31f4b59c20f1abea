"""What TensorFlow raises, in the words that say what happened."""

import pytest
import tensorflow as tf

from cnnspec.backend.keras_errors import first_line, step_errors
from cnnspec.results.failure import RunFailed


def refused() -> tf.errors.OpError:
    """What TensorFlow raises in a recorded function, with where in its own parts that was."""

    @tf.function
    def checked(loss: tf.Tensor) -> tf.Tensor:
        return tf.debugging.check_numerics(loss, "the loss")

    with pytest.raises(tf.errors.OpError) as raised:
        checked(tf.constant(float("nan")))
    return raised.value


def test_a_recorded_step_that_is_refused_says_why_and_not_where() -> None:
    error = refused()
    assert error.message.startswith("Graph execution error:")
    assert first_line(error) == "the loss : Tensor had NaN values"
    with (
        pytest.raises(RunFailed, match="TensorFlow stopped at a step: the loss : Tensor had NaN values"),
        step_errors(),
    ):
        raise error


def test_of_several_errors_the_first_is_told() -> None:
    message = "Graph execution error:\n\n2 root error(s) found.\n  (0) INVALID_ARGUMENT:  Nan in it\n\t [[{{node a}}]]"
    assert first_line(tf.errors.InvalidArgumentError(None, None, message)) == "Nan in it"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            "Graph execution error:\n\nDetected at node PyFunc defined at (most recent call last):\n"
            "<stack traces unavailable>\nError in user-defined function passed to MapDataset:1",
            "Error in user-defined function passed to MapDataset:1",
        ),
        ("File system scheme 'gs' not implemented", "File system scheme 'gs' not implemented"),
        ("3 root errors were made by hand", "3 root errors were made by hand"),
    ],
)
def test_what_happened_is_told_however_it_begins(message: str, said: str) -> None:
    assert first_line(tf.errors.InvalidArgumentError(None, None, message)) == said


def test_a_dataset_that_fails_says_why() -> None:
    def broken(number: int) -> float:
        raise ValueError(f"no picture {number}")

    numbers = tf.data.Dataset.range(3).map(lambda each: tf.numpy_function(broken, [each], tf.float32))
    with pytest.raises(tf.errors.OpError) as raised:
        list(numbers)
    assert "no picture 0" in first_line(raised.value) or "user-defined function" in first_line(raised.value)
