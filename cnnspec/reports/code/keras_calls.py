"""What a layer asks of Keras, written down: a stand-in for its namespace that makes expressions of all calls."""

from collections.abc import Callable
from typing import Any

from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.base import Layer
from cnnspec.layers.initializer import Initializer, Regularizer, build_initializer, build_regularizer
from cnnspec.layers.shape import Shape
from cnnspec.reports.code.syntax import Call, Expression, Keyword, Listed, Literal, Name, Operation, Part

_BY_NAME = ("_normal", "_uniform", "zeros", "ones", "orthogonal", "uniform")


class Made(Expression):
    """A layer of Keras where it is made; the same object wherever it is called."""

    __slots__ = ("__dict__", "call")

    def __init__(self, call: Call) -> None:
        self.call = call

    def inner(self) -> tuple[Expression, ...]:
        """What makes it."""
        return (self.call,)

    def __call__(self, *given: Any, **more: Any) -> "Tensor":
        """What it gives."""
        keywords = tuple(Keyword(name, expressed(value)) for name, value in more.items())
        return Tensor(Call(self, tuple(map(expressed, given)), keywords), _shape_of(given))

    def _flatten_layers(self, **_: Any) -> tuple[()]:
        return ()


class Tensor(Expression):
    """A tensor on its way, by what made it. `shape` includes the batch; of what operations make it is a guess."""

    __slots__ = ("_keras_mask", "dtype", "made", "shape")

    def __init__(self, made: Expression, shape: tuple[Any, ...], mask: Any = None) -> None:
        self.made, self.shape, self._keras_mask = made, shape, mask
        self.dtype = Dtype(self)

    def inner(self) -> tuple[Expression, ...]:
        """What made it."""
        return (self.made,)

    def __getitem__(self, where: Any) -> "Tensor":
        places = where if isinstance(where, tuple) else (where,)
        return Tensor(Part(self, f"[{', '.join(map(_place, places))}]"), self.shape)

    def _with(self, operator: str, other: Any, turned: bool = False) -> "Tensor":
        one, two = (expressed(other), self) if turned else (self, expressed(other))
        return Tensor(Operation(one, operator, two), self.shape)

    def __add__(self, other: Any) -> "Tensor":
        return self._with("+", other)

    def __radd__(self, other: Any) -> "Tensor":
        return self._with("+", other, True)

    def __sub__(self, other: Any) -> "Tensor":
        return self._with("-", other)

    def __mul__(self, other: Any) -> "Tensor":
        return self._with("*", other)

    def __rmul__(self, other: Any) -> "Tensor":
        return self._with("*", other, True)

    def __truediv__(self, other: Any) -> "Tensor":
        return self._with("/", other)

    def __gt__(self, other: Any) -> "Tensor":
        return self._with(">", other)


class Dtype(Expression):
    """The type of a tensor's numbers."""

    __slots__ = ("of",)

    def __init__(self, of: Tensor) -> None:
        self.of = of

    def inner(self) -> tuple[Expression, ...]:
        """The tensor."""
        return (self.of,)


class _Split(Expression):
    """What gives several tensors."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


def _shape_of(given: tuple[Any, ...]) -> tuple[Any, ...]:
    for each in given:
        if isinstance(each, Tensor):
            return each.shape
        if isinstance(each, list | tuple):
            return _shape_of(tuple(each))
    return ()


def _place(where: Any) -> str:
    if where is Ellipsis:
        return "..."
    if not isinstance(where, slice):
        return str(int(where))
    ends = ["" if end is None else str(int(end)) for end in (where.start, where.stop)]
    return ":".join(ends + ([str(int(where.step))] if where.step not in (None, 1) else []))


def expressed(value: Any) -> Expression:
    """A value as an expression."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, list | tuple) and any(isinstance(each, Expression) for each in value):
        return Listed(tuple(map(expressed, value)))
    return Literal(value)


class _Room:
    """One of the modules of Keras: what it is asked for becomes a call."""

    def __init__(self, name: str, made: Callable[[Call], Any], defaults: dict[str, Any] | None = None) -> None:
        self._name, self._made, self._defaults = name, made, defaults or {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            keywords = tuple(Keyword(key, expressed(value), self._left_out(key)) for key, value in more.items())
            return self._made(Call(Name(f"{self._name}.{name}"), tuple(map(expressed, given)), keywords))

        return call

    def _left_out(self, key: str) -> tuple[Any, ...]:
        return (self._defaults[key],) if key in self._defaults else ()


class _Layers(_Room):
    Layer = Made


_FIRST = {
    ("Conv2DTranspose", "Conv1DTranspose", "Conv3DTranspose"): ("filters", "kernel_size"),
    ("Depthwise",): ("kernel_size",),
    ("Conv", "Separable"): ("filters", "kernel_size"),
    ("Dense", "LSTM", "GRU", "SimpleRNN"): ("units",),
    ("Embedding",): ("input_dim", "output_dim"),
    ("Dropout", "SpatialDropout", "AlphaDropout", "GaussianDropout"): ("rate",),
    ("GaussianNoise",): ("stddev",),
    ("MaxPooling", "AveragePooling"): ("pool_size",),
    ("Adaptive",): ("output_size",),
    ("ZeroPadding",): ("padding",),
    ("Cropping",): ("cropping",),
    ("UpSampling",): ("size",),
    ("Reshape",): ("target_shape",),
    ("Permute",): ("dims",),
    ("RepeatVector",): ("n",),
    ("Rescaling",): ("scale",),
    ("Resizing",): ("height", "width"),
    ("GroupNormalization",): ("groups",),
    ("CategoryEncoding",): ("num_tokens",),
}
"""Layers of Keras by how their names begin, with the arguments that by custom stand first and without their names."""
_EVEN = frozenset(
    {"kernel_size", "strides", "pool_size", "dilation_rate", "size", "output_size", "padding", "cropping"}
)
"""Arguments with a value for each axis, or one for all."""


def first_words(name: str) -> tuple[str, ...]:
    """The arguments of a layer of Keras that are written without their names."""
    return next((words for names, words in _FIRST.items() if name.startswith(names)), ())


def _arranged(call: Call) -> Made:
    """A layer with its arguments as people write them: those that come first without their names, the name last."""
    given = {keyword.name: _evened(keyword) for keyword in call.keywords}
    first = first_words(_class_of(call))
    if call.positional or not all(name in given for name in first):
        first = ()
    rest = [_left_out(given[name]) for name in given if name not in first]
    rest.sort(key=lambda keyword: _rank(keyword.name))
    return Made(Call(call.function, (*call.positional, *(given[name].value for name in first)), tuple(rest)))


def _left_out(keyword: Keyword) -> Keyword:
    """No penalty is Keras' default everywhere."""
    return Keyword(keyword.name, keyword.value, (None,)) if keyword.name.endswith("_regularizer") else keyword


def _class_of(call: Call) -> str:
    return call.function.text.split(".")[-1] if isinstance(call.function, Name) else ""


def _evened(keyword: Keyword) -> Keyword:
    """One number where all axes, and both of their sides, have the same."""
    if keyword.name not in _EVEN or not isinstance(keyword.value, Literal):
        return keyword
    numbers = set(_numbers(keyword.value.value))
    return Keyword(keyword.name, Literal(numbers.pop()), keyword.default) if len(numbers) == 1 else keyword


def _numbers(value: Any) -> list[Any]:
    return [number for item in value for number in _numbers(item)] if isinstance(value, tuple) else [value]


_ORDER = ("pool_size", "strides", "padding", "dilation_rate", "groups", "depth_multiplier", "activation", "use_bias")


def _rank(name: str) -> int:
    if name == "name":
        return len(_ORDER) + 1
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


class KerasCalls:
    """Stands for Keras while a layer is built."""

    def __init__(self, layer: Layer) -> None:
        defaults = {name: field.default for name, field in type(layer).model_fields.items() if not field.is_required()}
        plain = {name: _by_name(_built(value)) for name, value in defaults.items()}
        defaults = {name: value.value if isinstance(value, Literal) else value for name, value in plain.items()}
        defaults["merge_mode"] = "concat"
        self.layers = _Layers("layers", _arranged, {**defaults, "trainable": True})
        self.ops = _Room("ops", _operation)
        self.initializers = _Room("initializers", _by_name)
        self.regularizers = _Room("regularizers", lambda call: call)


def _operation(call: Call) -> Tensor:
    return Tensor(call, _shape_of(call.inner()[1:]) or _shape_of(_listed(call)))


def _listed(call: Call) -> tuple[Any, ...]:
    return tuple(item for each in call.positional if isinstance(each, Listed) for item in each.items)


class _Default:
    """Keras' namespace for defaults."""

    initializers = _Room("initializers", lambda call: call)
    regularizers = _Room("regularizers", lambda call: call)


def _built(value: Any) -> Expression:
    if isinstance(value, Nonlinearity):
        return Literal(value.kind)
    if isinstance(value, Initializer):
        return expressed(build_initializer(_Default, value))
    if isinstance(value, Regularizer):
        return expressed(build_regularizer(_Default, value))
    return Literal(value)


def _by_name(made: Expression) -> Expression:
    """An initializer without arguments by its name."""
    if not isinstance(made, Call) or made.keywords or not isinstance(made.function, Name):
        return made
    words = "".join(f"_{each.lower()}" if each.isupper() else each for each in made.function.text.split(".")[-1])[1:]
    return Literal(words) if words.endswith(_BY_NAME) else made


def read_tensor(at: Expression, shape: Shape, masked: bool) -> Tensor:
    """What a layer reads, from the graph's shape of it."""
    sizes = (None, *(size if isinstance(size, int) else None for size in shape))
    tensor = Tensor(at, sizes)
    if masked:
        tensor._keras_mask = Tensor(Part(tensor, "._keras_mask"), sizes[:-1])
    return tensor
