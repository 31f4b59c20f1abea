"""A model's configuration, as Keras 2 or 3 writes it, as the steps that it runs: nested models opened, calls in order.

Nothing is made of what a configuration names: it is read as data. Models within models are counted by their layers, so
that a small file cannot stand for an endless network.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cnnspec.foreign.keras_activation import apart, is_layer
from cnnspec.foreign.keras_calls import Call, Shapes, calls_of, tensors
from cnnspec.foreign.keras_channels import Unclear, check_channels
from cnnspec.graph.complaints import MAX_LAYERS
from cnnspec.source.frozen import frozen

_DEEPEST = 8


@frozen
class Step:
    """One call of a layer or an operation. `inputs` are places of earlier steps.

    `constants` are arguments of the call that are no tensors, `shape` is what the file says of its output, `shared` the
    place of the first call of the same layer, `beyond` tensors that it reads in other arguments than its first ones.
    """

    name: str
    class_name: str
    config: Mapping[str, Any]
    inputs: tuple[int, ...] = ()
    module: str = ""
    constants: Mapping[str, Any] = field(default_factory=dict)
    shared: int | None = None
    beyond: tuple[str, ...] = ()


@frozen
class Steps:
    """Those of a model. `outputs` maps the names of outputs to steps, `inputs` are the places of what goes in."""

    name: str
    steps: tuple[Step, ...]
    inputs: tuple[int, ...]
    outputs: Mapping[str, int]
    names_outputs: bool
    shapes: Mapping[str, tuple[int | None, ...]]
    """Output shapes without the batch axis as the file tells them, by the name of the step."""


@dataclass(slots=True)
class _Reading:
    steps: list[Step] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    shapes: Shapes = field(default_factory=dict)
    several: set[str] = field(default_factory=set)

    def add(self, step: Step) -> int:
        if len(self.steps) >= MAX_LAYERS:
            raise Unclear(f"more than {MAX_LAYERS:,} layers")
        self.steps.append(step)
        return len(self.steps) - 1


def steps_of(model: Mapping[str, Any]) -> Steps:
    """The steps of a model by its configuration; raises Unclear."""
    reading = _Reading()
    try:
        config = model["config"]
        made = _model(config, reading, None, "", 0)
        outputs, named = _outputs(config, made, reading)
        _in_order_of_inputs(config, reading)
        name = str(config.get("name", "model")) if isinstance(config, Mapping) else "model"
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise Unclear("layers, calls or outputs that are not as Keras writes them") from error
    return Steps(name, tuple(reading.steps), tuple(reading.inputs), outputs, named, reading.shapes)


def _outputs(config: Any, made: Sequence[int], reading: _Reading) -> tuple[dict[str, int], bool]:
    if not isinstance(config, Mapping) or "output_layers" not in config:
        return {reading.steps[made[0]].name: made[0]}, False
    held = config["output_layers"]
    if isinstance(held, Mapping):
        return dict(zip(map(str, held), made, strict=True)), True
    return {reading.steps[at].name: at for at in made}, False


def _in_order_of_inputs(config: Any, reading: _Reading) -> None:
    """The inputs in the order in which the model takes them."""
    if isinstance(config, Mapping) and "input_layers" in config:
        names = [name for name, _, _ in tensors(config["input_layers"])]
        reading.inputs.sort(key=lambda place: names.index(reading.steps[place].name))


def _layers(config: Any) -> list[Any]:
    held = config if isinstance(config, list) else config["layers"]  # Keras 2.0 wrote a sequence as a bare list
    if not isinstance(held, list) or not held:
        raise TypeError("layers")
    if len(held) > MAX_LAYERS:
        raise Unclear(f"more than {MAX_LAYERS:,} layers")
    return held


def is_model(layer: Mapping[str, Any]) -> bool:
    """Whether a layer is a model of layers."""
    inner = layer["config"]
    return isinstance(inner, list) or (isinstance(inner, Mapping) and isinstance(inner.get("layers"), list))


def _name(layer: Any) -> str:
    return str(layer.get("name") or layer["config"]["name"])


def _model(config: Any, reading: _Reading, given: Sequence[int] | None, before: str, depth: int) -> list[int]:
    """Adds the steps of a model that reads `given`; gives what its outputs are."""
    if depth > _DEEPEST:
        raise Unclear(f"models within models, more than {_DEEPEST} deep")
    layers = _layers(config)
    if not isinstance(config, Mapping) or "input_layers" not in config:
        return _sequence(layers, reading, given, before, depth)
    made = _functional(config, layers, reading, given, before, depth)
    return [
        made[name, at][min(output, len(made[name, at]) - 1)] for name, at, output in tensors(config["output_layers"])
    ]


def _sequence(layers: list[Any], reading: _Reading, given: Sequence[int] | None, before: str, depth: int) -> list[int]:
    read = list(given) if given is not None else []
    for layer in layers:
        if layer["class_name"] == "InputLayer":
            read = read or [_input(layer, reading, before)]
        else:
            read = read or [_input(layer, reading, before, "input")]
            read = _applied(layer, reading, read, Call(), before, depth)
    return read


def _functional(
    config: Mapping[str, Any],
    layers: list[Any],
    reading: _Reading,
    given: Sequence[int] | None,
    before: str,
    depth: int,
) -> dict[tuple[str, int], list[int]]:
    """What each call of each layer makes; calls are taken in the file's order, once all that they read is there."""
    starts = [each[0] for each in tensors(config["input_layers"])]
    calls = [(layer, number, call) for layer in layers for number, call in enumerate(calls_of(layer, reading.shapes))]
    known = {(_name(layer), number) for layer, number, _ in calls}
    waiting = [len({(name, at) for name, at, _ in call.reads}) for _, _, call in calls]
    readers: dict[tuple[str, int], list[int]] = {}
    for place, (_, _, call) in enumerate(calls):
        for key in {(name, at) for name, at, _ in call.reads}:
            if key not in known:
                raise Unclear(f"{_name(calls[place][0])[:80]} reads {key[0][:80]}, which is not there")
            readers.setdefault(key, []).append(place)
    ready = [place for place, count in enumerate(waiting) if not count]
    made: dict[tuple[str, int], list[int]] = {}
    while ready:
        place = heapq.heappop(ready)
        layer, number, call = calls[place]
        name = _name(layer)
        if layer["class_name"] == "InputLayer":
            at = starts.index(name) if name in starts else None
            outer = given is not None and at is not None and at < len(given)
            made[name, number] = [
                given[at] if outer and given is not None and at is not None else _input(layer, reading, before)
            ]
        else:
            read = [made[source, at][min(output, len(made[source, at]) - 1)] for source, at, output in call.reads]
            made[name, number] = _applied(layer, reading, read, call, before, depth)
        for reader in readers.get((name, number), ()):
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, reader)
    if len(made) < len(calls):
        raise Unclear("layers that wait for each other")
    return made


def _input(layer: Any, reading: _Reading, before: str, called: str = "") -> int:
    config = layer["config"]
    name = before + (called or _name(layer))
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    if not isinstance(shape, list):
        raise Unclear("nothing that says the shape of the input: the model was never built")
    place = reading.add(Step(name, "InputLayer", {**config, "batch_shape": shape}))
    reading.inputs.append(place)
    return place


def _applied(layer: Any, reading: _Reading, read: Sequence[int], call: Call, before: str, depth: int) -> list[int]:
    name = before + _name(layer)
    if is_model(layer):
        return _model(layer["config"], reading, read, f"{name}/", depth + 1)
    if not read:
        raise Unclear(f"{name[:80]} reads nothing")
    class_name, config = _class(layer)
    check_channels(name, config)
    inputs = tuple(read) if len(set(read)) > 1 or class_name in _TAKES_ONE_TWICE else (read[0],)
    own, acting = apart(class_name, config)
    module = str(layer.get("module", ""))
    place = _add(reading, name, Step("", class_name, own, inputs, module, call.constants, None, call.beyond))
    return [place if acting is None else _add_activation(reading, name, acting, place)]


def _add(reading: _Reading, name: str, step: Step) -> int:
    """Adds a call of a layer of this name; what is called once more has a name of its own."""
    shared = reading.first.get(name)
    called = name if shared is None else f"{name}:{len(reading.steps)}"
    place = reading.add(replace(step, name=called, shared=shared))
    reading.first.setdefault(name, place)
    return place


def _add_activation(reading: _Reading, name: str, layer: Mapping[str, Any], read: int) -> int:
    """Adds a layer that another has for its activation, as the step after it."""
    step = Step("", str(layer["class_name"]), layer["config"], (read,), str(layer.get("module", "")))
    return _add(reading, f"{name}:activation", step)


_TAKES_ONE_TWICE = frozenset({"Add", "Multiply", "Concatenate", "Subtract", "Average", "Maximum", "Minimum", "Dot"})


def _class(layer: Any) -> tuple[str, Mapping[str, Any]]:
    """The class and configuration; an operation of TensorFlow's in a model of Keras 2 is called as Keras 3 calls it."""
    config = layer["config"]
    class_name = _EXPORTED.get(str(layer["class_name"]), str(layer["class_name"]))
    if class_name in ("TFOpLambda", "TensorFlowOpLayer") and isinstance(config.get("function"), str):
        word = config["function"].rsplit(".", 1)[-1]
        return "".join(part.capitalize() for part in word.split("_")), {"name": config.get("name")}
    if class_name == "Activation" and is_layer(held := config.get("activation")):
        return str(held["class_name"]), held["config"]
    return class_name, config


_EXPORTED = {"GroupedQueryAttention": "GroupQueryAttention"}
"""A class whose own name an .h5 has, and whose exported name a .keras."""
