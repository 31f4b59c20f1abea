"""A small network as Keras 2 wrote its configuration."""

from typing import Any

CONV = {"filters": 8, "kernel_size": [3, 3], "padding": "same", "activation": "linear", "use_bias": False}
PENALTY = {"class_name": "L2", "config": {"l2": 9.999999747378752e-05}}


def layer(class_name: str, name: str, source: str, call: dict[str, Any] | None = None, **config: Any) -> dict[str, Any]:
    """A layer that reads one other."""
    held = {"class_name": class_name, "name": name, "config": {"name": name, "dtype": "float32", **config}}
    return {**held, "inbound_nodes": [[[source, 0, 0, call or {}]]]}


def keras2_model() -> dict[str, Any]:
    """A small network."""
    start = {"name": "input_1", "batch_input_shape": [None, 32, 32, 3], "dtype": "float32", "sparse": False}
    layers = [
        {"class_name": "InputLayer", "name": "input_1", "config": start, "inbound_nodes": []},
        layer("Conv2D", "stem_conv", "input_1", kernel_regularizer=PENALTY, **CONV),
        layer("BatchNormalization", "stem_bn", "stem_conv", axis=[3], momentum=0.99, epsilon=0.001),
        layer("LeakyReLU", "stem_act", "stem_bn", alpha=0.1),
        layer("TFOpLambda", "tf.math.multiply", "stem_act", {"y": 2.0, "name": None}, function="math.multiply"),
        layer("GlobalAveragePooling2D", "head_pool", "tf.math.multiply", data_format="channels_last"),
        layer("Dense", "head_dense", "head_pool", units=10, activation="softmax"),
    ]
    config = {"name": "old", "layers": layers, "input_layers": [["input_1", 0, 0]]}
    return {"class_name": "Functional", "config": {**config, "output_layers": [["head_dense", 0, 0]]}}
