"""Frozen dataclasses that are made in a tenth of the time: what is never used of them is never compiled.

`dataclass(frozen=True)` compiles six methods for every class, half a millisecond each; a command makes a hundred such
classes before it begins. Here `__init__` is compiled when the first value is made, and the rest is shared.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, cast, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """The class as a frozen dataclass: values are compared, hashed and shown by their fields."""
    cls.__doc__ = cls.__doc__ or cls.__name__  # else dataclass reads the signature for it, which takes a millisecond
    made = cast(Any, dataclass(init=False, repr=False, eq=False)(cls))
    compared = [each.name for each in fields(made) if each.compare]
    made._compared = staticmethod(attrgetter(*compared) if compared else _nothing)
    made.__init__ = _compiling(made)
    for name, method in _SHARED.items():
        if name not in vars(cls):
            setattr(made, name, method)
    return cast(type[T], made)


def _nothing(self: Any) -> tuple[()]:
    return ()


def _compiling(cls: Any) -> Callable[..., None]:
    """What stands for `__init__` until it is called."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        cls.__init__ = _init(cls)
        cls.__init__(self, *args, **kwargs)

    return __init__


def _init(cls: Any) -> Callable[..., None]:
    """`__init__` with the fields as its parameters, and their defaults."""
    names: dict[str, Any] = {"_set": object.__setattr__, "_MISSING": MISSING}
    parameters, lines = ["self"], []
    for each in fields(cls):
        if each.init:
            parameters.append(_parameter(each, names))
            lines.append(f"_set(self, {each.name!r}, {_value(each)})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines or ["pass"]), names)
    return cast(Callable[..., None], names["__init__"])


def _parameter(each: Field[Any], names: dict[str, Any]) -> str:
    if each.default_factory is not MISSING:
        names[f"_make_{each.name}"] = each.default_factory
        return f"{each.name}=_MISSING"
    if each.default is MISSING:
        return each.name
    names[f"_default_{each.name}"] = each.default
    return f"{each.name}=_default_{each.name}"


def _value(each: Field[Any]) -> str:
    if each.default_factory is MISSING:
        return each.name
    return f"_make_{each.name}() if {each.name} is _MISSING else {each.name}"


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self._compared(self) == self._compared(other)


def _hash(self: Any) -> int:
    return hash(self._compared(self))


def _shown(self: Any) -> str:
    values = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(values)})"


def _refuse(self: Any, name: str, *value: object) -> None:
    raise FrozenInstanceError(f"{type(self).__qualname__} is frozen: {name} stays as it is")


_SHARED: dict[str, Any] = {
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _shown,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
}
