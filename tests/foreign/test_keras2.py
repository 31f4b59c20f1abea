"""Models as Keras 2 wrote them: calls as lists, arguments by their old names, TensorFlow's operations as layers."""

from cnnspec.foreign.keras_network import keras_network
from cnnspec.foreign.spec_of import spec_of
from tests.support.keras2_network import keras2_model


def test_a_model_of_keras_2_is_imported() -> None:
    """What is called otherwise in Keras 3 is called so; numbers kept in 32 bits are as short as they were written."""
    text = spec_of(keras_network(keras2_model()), "old.h5").text
    assert "kernel_regularizer: {l2: {l2: 0.0001}}" in text
    assert "norm: batch" in text
    assert "use_bias" not in text
    assert "leaky_relu: 0.1" in text
    assert "rescaling: 2" in text
    assert "Left out" not in text
