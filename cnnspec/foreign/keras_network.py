"""A model of Keras by its configuration, as a network in our words."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic_core import PydanticCustomError, ValidationError

from cnnspec.foreign.arguments import as_written, shown, tidy
from cnnspec.foreign.keras_composites import Composite, composite_at
from cnnspec.foreign.keras_layer import NEUTRAL, FoundLayer, found_layer, layer_of
from cnnspec.foreign.keras_steps import Step, Steps, steps_of
from cnnspec.foreign.network import ForeignInput, ForeignLayer, ForeignNetwork
from cnnspec.foreign.patterns import kinds_of, snake_case
from cnnspec.layers import LAYERS
from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.base import Misfit, expand
from cnnspec.layers.shape import Shape, unknown

_APPLICATIONS = ("keras.src.applications", "keras.applications", "tf_keras.src.applications")
"""Where classes are that keras.applications has for itself, so that their names tell what they do."""
_ARITHMETIC = frozenset({"Add", "Subtract", "Multiply", "TrueDivide", "Divide", "Truediv"})


def keras_network(model: Mapping[str, Any]) -> ForeignNetwork:
    """The network of a model by its configuration; raises Unclear where that does not tell what reads what."""
    return _Reader(steps_of(model)).network(model)


@dataclass(slots=True)
class _Reader:
    read: Steps
    layers: list[ForeignLayer] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    shapes: dict[int, Shape] = field(default_factory=dict)
    known: dict[tuple[object, ...], FoundLayer | None] = field(default_factory=dict)

    def network(self, model: Mapping[str, Any]) -> ForeignNetwork:
        """All of it."""
        inputs = tuple(self._input(place) for place in self.read.inputs)
        composites, covered = self._composites()
        for place, step in enumerate(self.read.steps):
            if place in composites:
                self._add_composite(place, composites[place])
            elif place not in covered and place not in self.names:
                self._add(place, step)
        outputs = {name: self.names[place] for name, place in self.read.outputs.items()}
        named = self.read.names_outputs
        layers = tuple(_read_by_outputs(self.layers, outputs.values()))
        return ForeignNetwork(
            self.read.name, inputs, layers, outputs, named, (*self._sizes_of_batches(), *_left_out(model))
        )

    def _input(self, place: int) -> ForeignInput:
        step = self.read.steps[place]
        sizes = tuple(size if isinstance(size, int) else None for size in step.config["batch_shape"][1:])
        self.names[place], self.shapes[place] = step.name, shape_of(sizes, step.name)
        dtype = step.config.get("dtype")
        return ForeignInput(step.name, sizes, dtype if isinstance(dtype, str) else "float32")

    def _sizes_of_batches(self) -> Iterator[str]:
        for place in self.read.inputs:
            step = self.read.steps[place]
            size = step.config["batch_shape"][0]
            if isinstance(size, int):
                yield f"of the input {step.name}: batch_size: {size}, as a spec's takes batches of any size"

    def _composites(self) -> tuple[dict[int, Composite], set[int]]:
        """Those by the place of their last step, and all steps that are within one."""
        readers: list[set[int]] = [set() for _ in self.read.steps]
        for place, step in enumerate(self.read.steps):
            for at in step.inputs:
                readers[at].add(place)
        for at in self.read.outputs.values():
            readers[at].add(-1)
        found, covered = dict[int, Composite](), set[int]()
        for place in reversed(range(len(self.read.steps))):
            if place in covered or not self.read.steps[place].inputs:
                continue
            composite = composite_at(place, self.read.steps, readers, self._told)
            if composite is not None:
                found[place] = composite
                covered |= composite.covers
        return found, covered

    def _told(self, place: int) -> Shape | None:
        """The shape of what a step gives, as the file tells it."""
        if place in self.shapes:
            return self.shapes[place]
        name = self.read.steps[place].name.rsplit("/", 1)[-1].split(":", 1)[0]
        sizes = self.read.shapes.get(name)
        return None if sizes is None else shape_of(sizes, name)

    def _add_composite(self, place: int, composite: Composite) -> None:
        arguments = {name: as_written(value) for name, value in composite.layer.written().items()}
        inputs = tuple(self.names[at] for at in composite.inputs)
        name = min((self.read.steps[at].name for at in composite.covers), key=len)
        self._put(place, ForeignLayer(name, composite.layer.kind, arguments, inputs), composite.inputs)

    def _add(self, place: int, step: Step) -> None:
        inputs = tuple(self.names[at] for at in step.inputs)
        if step.class_name == "CustomScaleLayer" and step.module.startswith(_APPLICATIONS) and len(inputs) == 2:
            scaled = ForeignLayer(f"{step.name}/scale", "rescaling", {"scale": step.config["scale"]}, inputs[1:])
            self.layers.append(scaled)
            self._put(place, ForeignLayer(step.name, "add", {}, (inputs[0], scaled.name)), step.inputs)
            return
        shapes = [self.shapes[at] for at in step.inputs]
        found = self._found(step, shapes)
        if found is None:
            self._put(place, _unknown(step, inputs), step.inputs)
            return
        beyond = tuple(f"{name}: a tensor, which no spec can say" for name in step.beyond)
        shared = self.names[step.shared] if step.shared is not None else None
        layer = ForeignLayer(step.name, found.kind, found.arguments, inputs, shared, (*found.unknown, *beyond))
        self._put(place, layer, step.inputs)

    def _put(self, place: int, layer: ForeignLayer, read: Sequence[int]) -> None:
        """Add a layer and find its shape; what does not fit what it reads is told of it."""
        shapes = [self.shapes[at] for at in read]
        output, problem, weighs = _output(layer, shapes)
        told = self._told(place) if output is None else None
        self.names[place], self.shapes[place] = layer.name, output or told or (shapes[0] if shapes else ())
        shared = layer.shared if weighs else None
        self.layers.append(replace(layer, shared=shared, unknown=(*layer.unknown, *([problem] if problem else []))))

    def _found(self, step: Step, shapes: Sequence[Shape]) -> FoundLayer | None:
        settings = {key: value for key, value in step.config.items() if key not in ("name", "dtype")}
        key = (step.class_name, json.dumps([settings, step.constants], sort_keys=True, default=str), *shapes)
        if key not in self.known:
            self.known[key] = _layer(step, shapes) or _without_one(step, shapes)
        return self.known[key]


def _read_by_outputs(layers: Sequence[ForeignLayer], outputs: Iterable[str]) -> Iterator[ForeignLayer]:
    """The layers that an output depends on; what only makes masks is none of them."""
    wanted = set(outputs)
    for layer in reversed(layers):
        if layer.name in wanted:
            wanted |= {*layer.inputs, *([layer.shared] if layer.shared is not None else [])}
    yield from (layer for layer in layers if layer.name in wanted)


def shape_of(sizes: Sequence[int | None], name: str) -> Shape:
    """A shape; sizes that the file does not tell are symbols."""
    return tuple(unknown(f"{name}[{at}]") if size is None else size for at, size in enumerate(sizes))


def _output(layer: ForeignLayer, shapes: Sequence[Shape]) -> tuple[Shape | None, str, bool]:
    """What a layer gives, else why that is not known, and whether it has weights."""
    if not layer.kind:
        return None, "", False
    try:
        parts = expand(layer_of(layer.kind, layer.arguments), *shapes)
    except Misfit as misfit:
        return None, str(misfit), False
    except (ValidationError, PydanticCustomError):
        return None, "arguments that no entry takes", False
    return parts[-1][2].output, "", any(facts.weights for _, _, facts in parts)


def _layer(step: Step, shapes: Sequence[Shape]) -> FoundLayer | None:
    """A step as a layer of ours, by its class, as arithmetic with a number, or as a function; None where it is none."""
    if len(shapes) == 1 and step.class_name in _ARITHMETIC and (scaled := _arithmetic(step)):
        return FoundLayer("rescaling", scaled)
    if kinds_of(step.class_name) and (found := found_layer(step.class_name, step.config, shapes, step.constants)):
        return found
    word = snake_case(step.class_name)
    if word in Nonlinearity.members and step.module.startswith("keras.layers") is False and len(shapes) == 1:
        return found_layer("Activation", {"activation": word}, shapes)
    if word in LAYERS and step.module.startswith(_APPLICATIONS):
        return _of_applications(word, step)
    return None


def _without_one(step: Step, shapes: Sequence[Shape]) -> FoundLayer | None:
    """A layer of a class that the language has, but for one argument that no entry takes, which is told."""
    if not kinds_of(step.class_name):
        return None
    for name, value in step.config.items():
        if value in NEUTRAL or name == "name":
            continue
        less = {key: each for key, each in step.config.items() if key != name}
        if (found := found_layer(step.class_name, less, shapes, step.constants)) is not None:
            return replace(found, unknown=(*found.unknown, f"{name}: {shown(value)}"))
    return None


def _arithmetic(step: Step) -> dict[str, Any] | None:
    """A tensor and a number, added or multiplied; None where there is no number."""
    numbers = [
        value
        for value in step.constants.values()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    ]
    first = "argument 0" in step.constants
    if len(numbers) != 1 or len(step.constants) != 1:
        return None
    number = tidy(float(numbers[0]))
    if step.class_name == "Add":
        return {"scale": 1, "offset": number}
    if step.class_name == "Multiply":
        return {"scale": number}
    if step.class_name == "Subtract":
        return {"scale": -1, "offset": number} if first else {"scale": 1, "offset": -number}
    return None if first or not number else {"scale": 1 / number}


def _of_applications(kind: str, step: Step) -> FoundLayer:
    """A class of keras.applications' own that is called as a kind is, with its arguments that the kind has."""
    renamed = {"drop_path_rate": "rate"}
    config = {renamed.get(name, name): value for name, value in step.config.items()}
    held = {
        name: tidy(value) for name, value in config.items() if name in LAYERS[kind].model_fields and name != "trainable"
    }
    return FoundLayer(
        kind, {name: value for name, value in held.items() if value != LAYERS[kind].model_fields[name].default}
    )


def _unknown(step: Step, inputs: tuple[str, ...]) -> ForeignLayer:
    """A layer of a class that the language does not have, with what is known of it."""
    known = [
        f"{name}: {shown(value)}"
        for name, value in step.config.items()
        if name not in ("name", "dtype", "trainable", "autocast")
        and isinstance(value, (bool, int, float, str, list))
        and value not in NEUTRAL
        and len(shown(value)) < 40
    ]
    said = [_WHY[step.class_name]] if step.class_name in _WHY else known[:6]
    return ForeignLayer(step.name, "", {}, inputs, None, tuple(said), step.class_name)


_WHY = {"Lambda": "a function in Python, which is not run"}


def _left_out(model: Mapping[str, Any]) -> Iterator[str]:
    """What a file has of a model beside its layers."""
    compiled = model.get("compile_config") or (model.get("training_config") or {})
    if isinstance(compiled, Mapping) and compiled.get("optimizer"):
        yield f"how it was compiled: optimizer {shown(compiled['optimizer'])}, loss {shown(compiled.get('loss'))}"
    policies = sorted(_policies(model))
    if policies:
        yield f"layers that compute in {', '.join(policies)}: write training: {{precision: ...}}"


def _policies(model: Mapping[str, Any]) -> set[str]:
    """The policies of the layers that are not float32's."""
    found: set[str] = set()
    held = model["config"]
    for layer in held if isinstance(held, list) else held.get("layers", ()):
        dtype = layer["config"].get("dtype") if isinstance(layer.get("config"), Mapping) else None
        name = dtype.get("config", {}).get("name") if isinstance(dtype, Mapping) else dtype
        if isinstance(name, str) and name.startswith(("mixed_", "bfloat16", "float16")):
            found.add(name)
    return found
