"""What a layer builds, written down instead of built: a namespace like Keras' own that only takes notes.

Layers are handed the namespace that they build from. With this one they tell which of Keras' classes they are, with
which arguments, and of which operations they are made; nothing of Keras is imported, and nothing is computed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cnnspec.layers.base import Layer
from cnnspec.layers.shape import Shape


@dataclass(eq=False)
class Made:
    """An object of one of Keras' classes, a layer or an initializer, with the arguments that it was made with."""

    class_name: str
    arguments: dict[str, Any]
    trainable: bool = True

    def __call__(self, *given: Any, **more: Any) -> "Tensor":
        """What the layer makes of tensors; `more` are the other arguments of the call."""
        return Tensor(self.class_name, self.arguments | more, tuple(tensors(given)), layer=self)

    def _flatten_layers(self, **which: bool) -> Iterator["Made"]:
        """The parts of a layer, of which none is known."""
        return iter(())


@dataclass(eq=False)
class Tensor:
    """What an operation or a layer gives, or an input (without `made_by`); arithmetic on it is noted as well."""

    made_by: str = ""
    constants: dict[str, Any] = field(default_factory=dict)
    inputs: tuple["Tensor", ...] = ()
    shape: tuple[Any, ...] = ()
    layer: Made | None = None
    dtype: str = "float32"

    def __getitem__(self, key: Any) -> "Tensor":
        return Tensor("GetItem", {"key": key}, (self,))

    def __add__(self, other: Any) -> "Tensor":
        return _noted("add", self, other)

    def __radd__(self, other: Any) -> "Tensor":
        return _noted("add", other, self)

    def __sub__(self, other: Any) -> "Tensor":
        return _noted("subtract", self, other)

    def __mul__(self, other: Any) -> "Tensor":
        return _noted("multiply", self, other)

    def __rmul__(self, other: Any) -> "Tensor":
        return _noted("multiply", other, self)

    def __truediv__(self, other: Any) -> "Tensor":
        return _noted("true_divide", self, other)

    def __gt__(self, other: Any) -> "Tensor":
        return _noted("greater", self, other)


class _Classes:
    """A part of the namespace whose names are classes."""

    Layer = Made

    def __getattr__(self, name: str) -> Any:
        def make(*given: Any, **arguments: Any) -> Made:
            first = {f"argument {number}": value for number, value in enumerate(given)}
            return Made(name, first | arguments)

        return make


class _Regularizers(_Classes):
    def serialize(self, regularizer: Any) -> Any:
        """As it is."""
        return regularizer


class _Operations:
    def __getattr__(self, name: str) -> Any:
        return lambda *given, **arguments: _noted(name, *given, **arguments)


class Notes:
    """The namespace."""

    layers = _Classes()
    initializers = _Classes()
    regularizers = _Regularizers()
    ops = _Operations()


def given_tensors(shapes: Sequence[Shape]) -> tuple[Tensor, ...]:
    """Inputs of these shapes."""
    return tuple(Tensor(shape=(None, *shape)) for shape in shapes)


def built(layer: Layer, shapes: Sequence[Shape], inputs: Sequence[Tensor] = ()) -> Tensor:
    """What a plain layer makes of `inputs` of these shapes, as notes; raises Misfit where it cannot be built."""
    given = list(inputs or given_tensors(shapes))
    read: Any = given if layer.merges or len(given) > 1 else given[0]
    made = layer.build(Notes(), "name", *shapes)(read)
    assert isinstance(made, Tensor)
    return made


def tensors(given: Any) -> Iterator[Tensor]:
    """The tensors among arguments, lists of them included, in order."""
    if isinstance(given, Tensor):
        yield given
    elif isinstance(given, (list, tuple)):
        for each in given:
            yield from tensors(each)


def class_of(operation: str) -> str:
    """What Keras calls the class of an operation: ones_like -> OnesLike."""
    return "".join(word.capitalize() for word in operation.split("_"))


def _noted(operation: str, *given: Any, **arguments: Any) -> Tensor:
    known = {f"argument {number}": each for number, each in enumerate(given) if not list(tensors(each))}
    return Tensor(class_of(operation), known | arguments, tuple(tensors([*given, *arguments.values()])))
