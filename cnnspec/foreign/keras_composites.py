"""Kinds that are made of several of Keras' layers and operations, found again among the steps of a model.

What a kind builds on its own examples says where to look; which arguments it had is found by trying what stands in the
steps, until it would build the same.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic_core import PydanticCustomError, ValidationError

from cnnspec.foreign.arguments import Plain, Untold, as_written, class_and_config, plain_value, tidy
from cnnspec.foreign.keras_steps import Step
from cnnspec.foreign.patterns import Pattern, pattern_of, patterns, rankless
from cnnspec.foreign.recorded import Made, Tensor
from cnnspec.layers.base import Layer, Misfit, expand
from cnnspec.layers.shape import Shape, known
from cnnspec.source.frozen import frozen

_ROUNDS = 4
_MOST_TRIED = 400


@frozen
class Composite:
    """A layer in place of several steps: those that it `covers`, the last of them included, and what it reads."""

    layer: Layer
    covers: frozenset[int]
    inputs: tuple[int, ...]


@dataclass(slots=True)
class _Match:
    """Which tensor of a pattern is what which step gives."""

    steps: Sequence[Step]
    places: dict[int, int] = field(default_factory=dict)
    pairs: list[tuple[Tensor, int]] = field(default_factory=list)

    def match(self, tensor: Tensor, place: int) -> bool:
        """Whether a step, and all before it, are as the pattern has them."""
        known = self.places.get(id(tensor))
        if known is not None:
            return known == place
        self.places[id(tensor)] = place
        if not tensor.made_by:
            return True
        step = self.steps[place]
        read = step.inputs
        if rankless(step.class_name) != rankless(tensor.made_by) or len(read) != len(tensor.inputs):
            return False
        self.pairs.append((tensor, place))
        return all(self.match(each, at) for each, at in zip(tensor.inputs, read, strict=True))


def composite_at(place: int, steps: Sequence[Step], readers: Sequence[set[int]], shape_of: Any) -> Composite | None:
    """The kind whose last step is at a place, None where there is none.

    `readers` are the steps that read each; `shape_of` gives the shape of what a step gives, None where it is unknown.
    """
    class_name = rankless(steps[place].class_name)
    for pattern in _ending_in(class_name):
        match = _Match(steps)
        if not match.match(pattern.output, place):
            continue
        covers = frozenset(at for _, at in match.pairs)
        inputs = tuple(match.places[id(tensor)] for tensor in pattern.inputs if id(tensor) in match.places)
        inside = covers - {place}
        if len(inputs) < len(pattern.inputs) or any(not readers[at] <= covers for at in inside):
            continue
        shapes = [shape_of(at) for at in inputs]
        if any(shape is None for shape in shapes) or any(steps[at].shared is not None for at in covers):
            continue
        layer = _solved(pattern, match, shapes, place, shape_of(place) or ())
        if layer is not None:
            return Composite(layer, covers, inputs)
    return None


@cache
def _ending_in(class_name: str) -> tuple[Pattern, ...]:
    """The patterns of more than one layer that end in a class, and of operations alone, the largest first."""
    found = [each for each in patterns() if rankless(each.output.made_by) == class_name]
    found = [each for each in found if each.alone is None or each.layer.kind not in _plain_kinds()]
    return tuple(sorted(found, key=lambda each: -_size(each.output)))


@cache
def _plain_kinds() -> frozenset[str]:
    """The kinds that are one layer of Keras, which is read by its configuration."""
    return frozenset(each.layer.kind for each in patterns() if each.alone is not None)


def _size(tensor: Tensor) -> int:
    return 1 + sum(map(_size, tensor.inputs))


def _solved(pattern: Pattern, match: _Match, shapes: Sequence[Shape], place: int, output: Shape) -> Layer | None:
    """The layer of the pattern's kind that would build these steps; None where none does."""
    arguments = _written(pattern.layer)
    least = _mistakes(pattern.layer, arguments, match, shapes, place, output)
    tried = 0
    for _ in range(_ROUNDS):
        for name in pattern.layer.model_fields:
            for value in (*_usual(pattern.layer, name), *_values(name, match, shapes[0]), *output):
                tried += 1
                if least == 0 or tried > _MOST_TRIED:
                    break
                changed = {**arguments, name: value}
                found = _mistakes(pattern.layer, changed, match, shapes, place, output)
                if found is not None and (least is None or found < least):
                    arguments, least = changed, found
    if least != 0:
        return None
    for name in list(arguments):
        less = {key: value for key, value in arguments.items() if key != name}
        if _mistakes(pattern.layer, less, match, shapes, place, output) == 0:
            arguments = less
    last = {**arguments, "axis": -1}
    if "axis" in arguments and _mistakes(pattern.layer, last, match, shapes, place, output) == 0:
        arguments = last
    return type(pattern.layer).model_validate(arguments)


def _written(layer: Layer) -> dict[str, Plain]:
    return {name: as_written(value) for name, value in layer.written().items()}


def _mistakes(
    layer: Layer,
    arguments: Mapping[str, Plain],
    found: _Match,
    shapes: Sequence[Shape],
    place: int,
    output: Shape,
) -> int | None:
    """In how many values the steps differ from what the layer would build; None where it would build others.

    `output` is the shape that the file tells of what the last step gives, empty where it tells none.
    """
    try:
        changed = type(layer).model_validate(arguments)
        pattern, gives = pattern_of(changed, shapes), expand(changed, *shapes)[-1][2].output
    except (ValidationError, PydanticCustomError, Misfit):
        return None
    match = _Match(found.steps)
    if not match.match(pattern.output, place) or {at for _, at in match.pairs} != {at for _, at in found.pairs}:
        return None
    wrong = bool(output) and known(output) is not None and known(gives) is not None and gives != output
    return sum(_differing(tensor.constants, found.steps[at]) for tensor, at in match.pairs) + wrong


def _differing(ours: Mapping[str, Any], step: Step) -> int:
    """How many values of one have none in the other; words of Keras' own beside them do not count."""
    mine = [_leaf(each) for each in _leaves(ours)]
    theirs = [_leaf(each) for each in _leaves({"config": _own(step), "call": step.constants})]
    theirs = [each for each in theirs if not isinstance(each, bool)]
    left, missing = list(theirs), 0
    for value in mine:
        if isinstance(value, bool):
            continue
        if value in left:
            left.remove(value)
        elif value is not None and value != "linear" and not isinstance(value, bool):
            missing += 1
    extra = [value for value in left if isinstance(value, (int, float, tuple)) and not isinstance(value, bool)]
    frozen = left.count("frozen") + sum(
        _is_another(ours.get(name), raw)
        for name, raw in step.config.items()
        if isinstance(ours.get(name), Made) or name.endswith("_regularizer")
    )
    return missing + frozen + (0 if any(isinstance(value, Made) for value in ours.values()) else len(extra))


def _is_another(ours: Any, raw: Any) -> bool:
    """Whether an initializer or a regularizer is one of another class."""
    if raw is None or not isinstance(ours, Made):
        return (raw is None) != (ours is None)
    return class_and_config(raw)[0] != ours.class_name


def _own(step: Step) -> Mapping[str, Any]:
    hidden = ("name", "dtype") if step.module.startswith("keras.layers") else ("name",)
    return {name: value for name, value in step.config.items() if name not in hidden}


def _leaves(value: Any) -> Iterator[Any]:
    """Numbers and words in arguments, of initializers their class and arguments; a slice is its three ends."""
    if isinstance(value, Made):
        yield value.class_name
        yield from _leaves(value.arguments)
    elif value is Ellipsis:
        yield "__ellipsis__"
    elif isinstance(value, slice):
        yield from _ends(value.start, value.stop, value.step)
    elif isinstance(value, Mapping) and value.get("class_name") == "__slice__":
        ends = value.get("config", {})
        yield from _ends(ends.get("start"), ends.get("stop"), ends.get("step"))
    elif isinstance(value, Mapping) and "class_name" in value:
        name, config = class_and_config(value)
        yield name
        yield from _leaves(config)
    elif isinstance(value, Mapping):
        yield from ("frozen" for name, each in value.items() if name == "trainable" and each is False)
        for name, each in value.items():
            yield from _leaves(each) if name not in ("name", "trainable") else ()
    elif isinstance(value, (list, tuple)):
        whole = len(value) > 1 and isinstance(value[0], int) and all(each == value[0] for each in value)
        for each in value[:1] if whole else value:
            yield from _leaves(each)
        if not whole and all(isinstance(each, int) for each in value):
            yield f"in order: {list(value)}"
    else:
        yield value


def _ends(start: Any, stop: Any, step: Any) -> Iterator[tuple[Any, ...]]:
    """That there is a slice, and each of its ends that says something."""
    yield ("slice",)
    ends = {"start": start or None, "stop": stop, "step": None if step == 1 else step}
    yield from ((name, end) for name, end in ends.items() if end is not None)


def _leaf(value: Any) -> Any:
    """A value in a form that equal ones have in common, true and 1 apart."""
    if isinstance(value, bool):
        return value
    return float(f"{value:.7g}") if isinstance(value, (int, float)) else value


def _usual(layer: Layer, name: str) -> Iterator[Plain]:
    """The default of an argument."""
    field = layer.model_fields[name]
    if not field.is_required():
        yield as_written(field.default)


def _values(name: str, match: _Match, read: Shape) -> Iterator[Plain]:
    """What an argument may have been: what stands in the steps."""
    rank = len(read) + 1
    if name == "trainable":
        yield from (True, False)
        return
    if name.endswith(("_initializer", "_regularizer")):
        yield from _members(name, match)
        return
    if name == "axis":
        yield from (*range(1, rank), -1)
    seen: list[Any] = []
    for _, place in match.pairs:
        step = match.steps[place]
        for leaf in _leaves({"config": _own(step), "call": step.constants}):
            seen += [value for value in (leaf[1:] if isinstance(leaf, tuple) else (leaf,)) if value not in seen]
    yield from seen
    if name == "max_wavelength":  # Only its logarithm, shared out over the channels, stands in the steps.
        width = read[-1] if isinstance(read[-1], int) else 0
        exponents = [-each * width / 2 for each in seen if isinstance(each, float) and each < 0]
        yield from (tidy(float(f"{math.exp(each):.9g}")) for each in exponents if each < 50)
    yield from _lists(match)


def _lists(match: _Match) -> Iterator[Plain]:
    """Whole lists among the arguments, as that of a padding along all axes is."""
    for _, place in match.pairs:
        for value in (*_own(match.steps[place]).values(), *match.steps[place].constants.values()):
            if isinstance(value, list):
                yield value
                yield value[1:-1]


def _members(name: str, match: _Match) -> Iterator[Plain]:
    family = name.rsplit("_", 1)[1]
    for _, place in match.pairs:
        for key, raw in match.steps[place].config.items():
            if key.endswith(family):
                try:
                    yield plain_value(name, raw)
                except Untold:
                    continue
