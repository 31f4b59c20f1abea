"""Whether what a kind would build is what a configuration of Keras says, whichever way its values are written."""

import json
import struct
from collections.abc import Mapping
from typing import Any

from cnnspec.foreign.arguments import Untold, plain_value
from cnnspec.foreign.patterns import rankless
from cnnspec.foreign.recorded import Made, Tensor
from cnnspec.layers.activation import Nonlinearity

_ONE_WORD = ({"silu", "swish"}, {"hard_silu", "hard_swish"}, {None})
_SYNONYMS = {"swish": "silu", "hard_swish": "hard_silu"}
_SPREAD = frozenset(
    {"kernel_size", "strides", "dilation_rate", "pool_size", "size", "output_padding", "axis", "shared_axes"}
)
"""Arguments of which one number stands for each axis."""


def is_of(made: Tensor, class_name: str) -> bool:
    """Whether it is of the class; a function without arguments may be a class of its own there."""
    plain = made.made_by == "Activation" and any(
        vars(member).get("keras_class") == class_name for member in Nonlinearity.members.values()
    )
    return plain or rankless(made.made_by) == rankless(class_name)


def differences_of(made: Tensor, config: Mapping[str, Any], rank: int) -> list[str]:
    """The arguments that the configuration has otherwise than they would be built."""
    built_with = {("layer" if name == "argument 0" else name): value for name, value in made.constants.items()}
    both = (built_with.keys() & config.keys()) - {"name", "dtype"}
    return sorted(name for name in both if not _alike(name, built_with[name], config[name], rank))


def _alike(name: str, ours: Any, raw: Any, rank: int) -> bool:
    if isinstance(ours, Made):
        return _alike_made(ours, raw, rank)
    if isinstance(raw, Mapping) and ours is not None:
        try:
            raw = plain_value(name, raw)
        except Untold:
            return False
    if isinstance(ours, (list, tuple)) or isinstance(raw, list):
        return _alike_lists(name, ours, raw, rank)
    if name in ("axis", "axes") and isinstance(ours, int) and isinstance(raw, int):
        return ours % rank == raw % rank
    if isinstance(ours, (int, float)) and isinstance(raw, (int, float)):
        return abs(ours - raw) <= 1e-6 * abs(raw)
    return ours == raw or {_none(ours), _none(raw)} in _ONE_WORD


def _none(value: Any) -> Any:
    return None if value == "linear" else value if isinstance(value, str) else value and str(value)


def _alike_lists(name: str, ours: Any, raw: Any, rank: int) -> bool:
    length = max(len(each) for each in (ours, raw) if isinstance(each, (list, tuple)))
    one, other = (list(each) if isinstance(each, (list, tuple)) else [each] * length for each in (ours, raw))
    return len(one) == len(other) and all(_alike(name, a, b, rank) for a, b in zip(one, other, strict=True))


def _alike_made(ours: Made, raw: Any, rank: int) -> bool:
    if not isinstance(raw, Mapping) or rankless(str(raw.get("class_name"))) != rankless(ours.class_name):
        return isinstance(raw, str) and raw.replace("_", "").lower() == ours.class_name.lower()
    config = raw.get("config") or {}
    both = (ours.arguments.keys() & config.keys()) - {"name", "dtype", "trainable"}
    return all(_alike(name, ours.arguments[name], config[name], rank - 1) for name in both)


def in_one_form(made: Any, rank: int) -> str:
    """All that is known of what would be built, in one form of each value."""
    return json.dumps(_form(made, "", rank), sort_keys=True, default=str)


def _form(value: Any, name: str, rank: int) -> Any:
    if isinstance(value, Tensor):
        return [value.made_by, _form(value.constants, "", rank), [_form(each, "", rank) for each in value.inputs]]
    if isinstance(value, Made):
        return [value.class_name, _form(value.arguments, "", rank)]
    if isinstance(value, Mapping):
        unpadded = _form(value.get("kernel_size", 0), "kernel_size", rank) == 1  # no padding shows
        value = {key: each for key, each in value.items() if not (unpadded and key == "padding")}
        if "pool_size" in value and value.get("strides") is None:
            value = {**value, "strides": value["pool_size"]}
        if "num_heads" in value:
            value = {**value, **_followed(value, rank)}
        return {
            str(key): _form(each, str(key), rank)
            for key, each in value.items()
            if each != "linear" and each is not None
        }
    if isinstance(value, (list, tuple)):
        each = [_form(item, name, rank) for item in value]
        return each[0] if each and name in _SPREAD and all(item == each[0] for item in each) else each
    if isinstance(value, slice):
        return [value.start or None, value.stop, None if value.step == 1 else value.step]
    if name == "axis" and isinstance(value, int):
        return value % rank
    if isinstance(value, float):
        return int(value) if value.is_integer() else _in_32_bits(value)
    return _SYNONYMS.get(value, value) if isinstance(value, str) else value


def _followed(attention: Mapping[str, Any], rank: int) -> dict[str, Any]:
    """What follows from the other arguments of an attention with heads, where it is not given, in one form."""
    axes, output = attention.get("attention_axes"), attention.get("output_shape")
    axes = list(range(1, rank - 1)) if axes is None else [axes] if isinstance(axes, int) else axes
    axes = [axis % rank for axis in axes]
    found = {"value_dim": attention.get("value_dim") or attention["key_dim"], "attention_axes": axes}
    return {**found, "output_shape": [output] if isinstance(output, int) else output}


def _in_32_bits(number: float) -> float:
    """The number as Keras computes with it."""
    return float(struct.unpack("f", struct.pack("f", number))[0]) if abs(number) < 3e38 else number
