"""Between values as configurations have them and values as a spec writes them."""

import math
import struct
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.initializer import Initializer, Regularizer, keras_name
from cnnspec.layers.kind import Kind

Plain = Any
"""A value as a spec writes it: numbers, words, lists and maps alone."""


class Untold(Exception):
    """A value that no spec can say; its text says what it is."""


def plain_value(name: str, raw: Any) -> Plain:
    """The value of an argument called `name` as a spec writes it; raises Untold."""
    if name.endswith("_initializer"):
        return _member(Initializer, raw)
    if name.endswith("_regularizer"):
        return None if raw is None else _member(Regularizer, raw)
    if name.endswith("activation"):
        return None if raw is None else _activation(raw)
    return _plain(raw)


def class_and_config(raw: Any) -> tuple[str, Mapping[str, Any]]:
    """The class of an object in a configuration, and its own configuration; raises Untold."""
    if isinstance(raw, str):
        return raw, {}
    if isinstance(raw, Mapping) and isinstance(raw.get("class_name"), str):
        config = raw.get("config")
        if isinstance(config, str):  # a function by its name
            return config, {}
        return raw["class_name"], config if isinstance(config, Mapping) else {}
    raise Untold(shown(raw))


def tidy(number: float) -> float:
    """The shortest number that is the same in 32 bits, where it was kept in these: 0.10000000149011612 is 0.1.

    What a product left over in the last place goes, too: 0.15000000000000002 is 0.15.
    """
    if not math.isfinite(number) or len(repr(number)) < 12 or abs(number) > 3e38:
        return number
    rounded = float(f"{number:.12g}")
    if abs(rounded - number) <= 4e-16 * abs(number):
        return rounded
    if struct.unpack("f", struct.pack("f", number))[0] != number:
        return number
    for digits in range(1, 9):
        short = float(f"{number:.{digits}g}")
        if struct.unpack("f", struct.pack("f", short))[0] == number:
            return short
    return number


def shown(raw: Any) -> str:
    """A value of a configuration in a few words of a message."""
    if isinstance(raw, Mapping) and "class_name" in raw:
        return str(raw["class_name"])[:60]
    text = repr(raw)
    return text if len(text) <= 60 else f"{text[:57]}..."


def as_written(value: Any) -> Plain:
    """An argument of one of our layers as a spec writes it."""
    if isinstance(value, Kind):
        written = {name: as_written(each) for name, each in value.written().items()}
        return {value.kind: written} if written else value.kind
    if isinstance(value, (list, tuple)):
        return [as_written(each) for each in value]
    return value


@cache
def _members(name: str) -> dict[str, str]:
    """The kinds of a family by Keras' class, and by their own names; of two words for one class the longer."""
    family = {each.family: each for each in (Initializer, Regularizer)}[name]
    found: dict[str, str] = {}
    for kind in sorted(family.members, key=len):
        found[keras_name(kind)] = found[kind] = kind
    return found


def _member(family: type[Kind], raw: Any) -> Plain:
    class_name, config = class_and_config(raw)
    kind = _members(family.family).get(class_name)
    if kind is None:
        raise Untold(class_name[:60])
    return with_arguments(family.members[kind], config)


def _activation(raw: Any) -> Plain:
    class_name, config = class_and_config(raw)
    if class_name in Nonlinearity.members:
        return with_arguments(Nonlinearity.members[class_name], config)
    for member in Nonlinearity.members.values():
        if vars(member).get("keras_class") == class_name:
            return with_arguments(member, config)
    raise Untold(class_name[:60])


def with_arguments(member: type[Kind], config: Mapping[str, Any]) -> Plain:
    """A kind with those of its arguments that are not the default; raises Untold for what it has not."""
    written = {}
    for name, raw in config.items():
        if name in ("name", "dtype", "trainable") or name not in member.model_fields:
            continue
        value = _plain(raw)
        if not _same(value, member.model_fields[name].default):
            written[name] = value
    if member.kind == "relu" and written == {"max_value": 6}:
        return "relu6"
    return {member.kind: written} if written else member.kind


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _plain(raw: Any) -> Plain:
    if isinstance(raw, Mapping):
        if raw.get("class_name") == "__tuple__":
            return _plain(raw.get("items", raw.get("config", {}).get("value")))
        if set(raw) == {"class_name", "config"} and raw["class_name"] == "__numpy__":
            return _plain(raw["config"].get("value"))
        raise Untold(shown(raw))
    if isinstance(raw, list):
        return [_plain(each) for each in raw]
    return tidy(raw) if isinstance(raw, float) else raw


def simpler(value: Plain) -> Iterator[Plain]:
    """Shorter ways to write a value that may mean the same: one number for several equal ones."""
    if not isinstance(value, list) or not value:
        return
    if all(each == value[0] for each in value):
        if isinstance(value[0], list) and len(set(map(str, value[0]))) == 1:
            yield value[0][0]
        yield value[0]
    if all(isinstance(each, list) and len(set(map(str, each))) == 1 for each in value):
        yield [each[0] for each in value]
