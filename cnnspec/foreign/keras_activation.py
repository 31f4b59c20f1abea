"""Layers that other layers have for their activation, as `Conv2D(8, 3, activation=LeakyReLU(0.3))` has."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from cnnspec.foreign.arguments import Untold, plain_value
from cnnspec.foreign.patterns import ends_in_activation, kinds_of


def apart(class_name: str, config: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    """A configuration without the layer that it has for its activation, and that layer; one that a word says stays.

    So does one with weights: Keras does not count these as the model's, and a layer of its own would have them.
    """
    held = config.get("activation")
    if not is_layer(held) or not ends_in_activation(class_name):
        return config, None
    try:
        word = plain_value("activation", held)
    except Untold:
        if held["class_name"] not in _WITHOUT_WEIGHTS:
            return config, None
        word = None
    return (
        ({**config, "activation": word}, None) if isinstance(word, str) else ({**config, "activation": "linear"}, held)
    )


_WITHOUT_WEIGHTS = frozenset({"Softmax", "Activation"})
"""Classes that no word stands for, and that have no weights."""


def is_layer(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether an argument is a layer; Keras 2 did not say where its class is."""
    if not isinstance(value, Mapping) or not isinstance(value.get("config"), Mapping):
        return False
    known = bool(kinds_of(str(value.get("class_name"))))
    return known and str(value.get("module") or "keras.layers").startswith("keras.layers")
