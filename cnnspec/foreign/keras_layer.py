"""One layer of Keras by its configuration, as the kind of ours that builds it.

The declarations of the layers are asked, never a list: a candidate is the kind that builds this class, it gets the
arguments that are called as in Keras, and what it then would build must be what the configuration says. Arguments
that change nothing of it are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic_core import PydanticCustomError, ValidationError

from cnnspec.foreign.arguments import Plain, Untold, plain_value, shown, simpler
from cnnspec.foreign.keras_alike import differences_of, in_one_form, is_of
from cnnspec.foreign.patterns import kinds_of
from cnnspec.foreign.recorded import Made, Tensor, built
from cnnspec.layers import LAYERS
from cnnspec.layers.base import Layer, Misfit
from cnnspec.layers.kind import read_kind
from cnnspec.layers.merge import Stack
from cnnspec.layers.pad import PadChannels
from cnnspec.layers.shape import Shape
from cnnspec.source.frozen import frozen

Arguments = dict[str, Plain]
_HANDLED = frozenset(
    {"name", "dtype", "layer", "backward_layer", "batch_input_shape", "batch_shape", "build_config", "input_length"}
    | {"implementation", "renorm_momentum", "fused", "registered_name", "module", "autocast"}
    | {"merge_mode", "zero_output_for_mask"}
)
"""What a configuration has beside arguments, or has and Keras 3 has no more."""
NEUTRAL: tuple[Any, ...] = (None, False, "channels_last", [], {})
"""Values that say nothing, whichever argument has them."""
_RENAMED = {"alpha": "negative_slope", "drop_path_rate": "rate"}
"""What arguments were called in Keras 2, and in layers of keras.applications' own."""
_STILL_ALPHA = frozenset({"ELU", "CELU"})
"""Classes whose argument is called so in Keras 3, too."""
_HIDDEN: Mapping[str, type[Layer]] = {each.kind: each for each in (Stack, PadChannels)}
"""Kinds that nobody writes: what a merge and a shortcut become."""


@frozen
class FoundLayer:
    """The kind of a layer and its arguments, and in a sentence each what they do not say."""

    kind: str
    arguments: Arguments
    unknown: tuple[str, ...] = ()


def found_layer(
    class_name: str, config: Mapping[str, Any], shapes: Sequence[Shape], call: Mapping[str, Any] | None = None
) -> FoundLayer | None:
    """The layer of this class on inputs of these shapes; None where the language has none of the class.

    `call` are arguments of the call that are no tensors.
    """
    best: tuple[tuple[int, int], FoundLayer] | None = None
    for kind, arguments, unknown in _candidates(class_name, config, call or {}, shapes):
        made = _built(kind, arguments, shapes)
        if made is None or not is_of(made, class_name):
            continue
        rank, known = len(shapes[0]) + 1, set(_names(made))
        differing = differences_of(made, _renamed(config, class_name), rank)
        arguments = _shortened(kind, arguments, shapes)
        told = (*(f"{name}: {text}" for name, text in unknown.items() if name not in known),)
        told += (*(f"{name}: {shown(config[name])}" for name in differing),)
        worth = (len(told), len(arguments))
        if best is None or worth < best[0]:
            best = worth, FoundLayer(kind, arguments, told)
    return None if best is None else best[1]


def layer_of(kind: str, arguments: Mapping[str, Plain]) -> Layer:
    """The layer that such an entry is; raises ValidationError or PydanticCustomError."""
    members = _HIDDEN if kind in _HIDDEN else LAYERS
    layer = read_kind("layer", members, {kind: dict(arguments)})
    assert isinstance(layer, Layer)
    return layer


def told(layer: Layer, shapes: Sequence[Shape]) -> str:
    """All that is known of what a plain layer builds: the same for layers that are the same."""
    return in_one_form(built(layer, shapes), len(shapes[0]) + 1)


def _candidates(
    class_name: str, config: Mapping[str, Any], call: Mapping[str, Any], shapes: Sequence[Shape]
) -> Iterator[tuple[str, Arguments, dict[str, str]]]:
    inner = config.get("layer")
    within = inner if isinstance(inner, Mapping) and isinstance(inner.get("config"), Mapping) else {}
    kinds = kinds_of(class_name) + kinds_of(str(within.get("class_name", "")))
    for kind in dict.fromkeys(kinds):
        own = _own(kind, class_name, config, within)
        arguments, unknown = _arguments(kind, own, call)
        if "layer" in LAYERS[kind].model_fields:
            arguments |= _within(kind, within, config, shapes)
        yield from ((kind, arguments | choice, unknown) for choice in _choices(kind, own))


def _own(kind: str, class_name: str, config: Mapping[str, Any], within: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration that has the arguments of a kind: the layer's, that of the one within, or of an activation."""
    if kind == "activation" and class_name != "Activation":
        beside = {name: config[name] for name in ("trainable", "activity_regularizer") if name in config}
        return {"activation": {"class_name": class_name, "config": _renamed(config, class_name)}, **beside}
    held = within.get("config")
    return _renamed(
        {**held, **config} if isinstance(held, Mapping) and kind in kinds_of(within["class_name"]) else config,
        class_name,
    )


def _renamed(config: Mapping[str, Any], class_name: str) -> Mapping[str, Any]:
    if class_name in _STILL_ALPHA:
        return config
    return {_RENAMED.get(name, name) if _RENAMED.get(name) not in config else name: raw for name, raw in config.items()}


def _arguments(kind: str, config: Mapping[str, Any], call: Mapping[str, Any]) -> tuple[Arguments, dict[str, str]]:
    """Those that a configuration has of a kind, and what it has beyond."""
    fields, arguments, unknown = LAYERS[kind].model_fields, Arguments(), dict[str, str]()
    for name, raw in {**config, **call}.items():
        if name == "layer":
            continue
        if name not in fields:
            if name not in _HANDLED and raw not in NEUTRAL:
                unknown[name] = shown(raw)
            continue
        try:
            arguments[name] = plain_value(name, raw)
        except Untold as value:
            unknown[name] = str(value)
    return _valid(kind, arguments, unknown), unknown


def _valid(kind: str, arguments: Arguments, unknown: dict[str, str]) -> Arguments:
    """The arguments that the kind takes; the others are told."""
    for _ in range(len(arguments) + 1):
        try:
            LAYERS[kind].model_validate(arguments)
        except ValidationError as error:
            wrong = {str(each["loc"][0]) for each in error.errors(include_url=False)} & set(arguments)
            unknown |= {name: shown(arguments[name]) for name in sorted(wrong)}
            arguments = {name: value for name, value in arguments.items() if name not in wrong}
    return arguments


def _choices(kind: str, config: Mapping[str, Any]) -> Iterator[Arguments]:
    """Nothing; and each word for an argument that a configuration has not, as that of both directions."""
    yield {}
    for name, field in LAYERS[kind].model_fields.items():
        words = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        if name not in config:
            yield from ({name: word} for word in words if isinstance(word, str))


def _within(kind: str, inner: Mapping[str, Any], outer: Mapping[str, Any], shapes: Sequence[Shape]) -> Arguments:
    """The layer within a wrapper, as an entry would write it; none where it is unknown, or is a wrapper itself."""
    own = dict(inner.get("config", {}))
    if not inner or "layer" in own:
        return {}
    if outer.get("trainable") is False:  # What is around it freezes it.
        own.pop("trainable", None)
    within: Any = LAYERS[kind]
    try:
        found = found_layer(str(inner.get("class_name")), own, [within.within(None, shapes[0])])
    except (IndexError, TypeError):
        return {}
    if found is None or found.unknown:
        return {}
    return {"layer": {found.kind: found.arguments} if found.arguments else found.kind}


def _names(made: Any) -> Iterator[str]:
    """The arguments that would be built, of layers within included."""
    if isinstance(made, (Tensor, Made)):
        arguments = made.constants if isinstance(made, Tensor) else made.arguments
        for name, value in arguments.items():
            yield name
            yield from _names(value)


def _built(kind: str, arguments: Arguments, shapes: Sequence[Shape]) -> Tensor | None:
    """What such an entry builds; None where it does not hold."""
    try:
        layer = layer_of(kind, arguments)
        (part, *more) = layer.parts(*shapes)
        part.layer.infer(*shapes)
        return None if more else built(part.layer, shapes)
    except (ValidationError, PydanticCustomError, Misfit):
        return None


def _shortened(kind: str, arguments: Arguments, shapes: Sequence[Shape]) -> Arguments:
    """The arguments without those that change nothing of what is built, and in their shortest form."""
    wanted = in_one_form(_built(kind, arguments, shapes), len(shapes[0]) + 1)
    for name in list(arguments):
        less = {key: value for key, value in arguments.items() if key != name}
        told = in_one_form(_built(kind, less, shapes), len(shapes[0]) + 1)
        if told == wanted or _follows(kind, arguments, less, shapes):
            arguments, wanted = less, told
            continue
        for value in simpler(arguments[name]):
            changed = arguments | {name: value}
            if in_one_form(_built(kind, changed, shapes), len(shapes[0]) + 1) == wanted:
                arguments = changed
                break
    return arguments


def _follows(kind: str, arguments: Arguments, less: Arguments, shapes: Sequence[Shape]) -> bool:
    """Whether an argument is what it would be if it was not given."""
    (name,) = arguments.keys() - less.keys()
    if name not in _FOLLOWING or _built(kind, less, shapes) is None:
        return False
    return layer_of(kind, less).infer(*shapes) == layer_of(kind, arguments).infer(*shapes)


_FOLLOWING = frozenset({"strides", "value_dim", "attention_axes"})
"""Arguments that follow from others where they are not given."""
