"""What a place names: a stage, a layer, a step around layers, a key of the spec, or a line of a file."""

import re
from os.path import normpath

from cnnspec.graph.nodes import Node, Stage, Step
from cnnspec.language.keys import TOP_LEVEL
from cnnspec.reports.explain.arguments import Argument
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.value import holder
from cnnspec.source.diagnostic import Rejected, likely, rejected
from cnnspec.source.route import NOWHERE
from cnnspec.source.text import lines_of
from cnnspec.source.values import Keys, Mapping, Sequence, Value

Found = Stage | Step | Node | Argument | Keys
_MOST, _MOST_BESIDE = 8, 4
_SEPARATORS = re.compile("[/:]")
"""What stands before a file's own name: in `nets/a.yaml`, and in `git:HEAD:a.yaml`."""
_DEEPEST = 64
"""So deep a spec may nest, and no deeper does a path lead."""


def found_place(network: Network, place: str) -> Found:
    """What is meant; raises Rejected where nothing is so called, with what is like it."""
    name = place.strip()
    line = name.rpartition(":")
    if line[2].isdigit() and line[0]:
        return _at_line(network, line[0], int(line[2]))
    found = _named(network, name)
    if found is not None:
        return found
    path = keys_of(network, name)
    if path is not None:
        return path
    raise _unknown(network, name)


def _named(network: Network, name: str) -> Stage | Step | Node | Argument | None:
    for stage in network.graph.stages:
        if name in (stage.title, stage.slug):
            return stage
    for _, step in network.steps:
        if name in (step.name, step.called) and name:
            return step
    for node in network.graph.nodes:
        if node.name == name:
            return node
    ends = [step for _, step in network.steps if step.name.endswith(f".{name}")]
    return ends[0] if ends else _argument(network, name)


def _argument(network: Network, name: str) -> Argument | None:
    """An argument of a layer, behind the layer's name."""
    layer, _, argument = name.rpartition(".")
    for _, step in network.steps:
        if step.layer is not None and layer and layer in (step.name, step.called):
            return Argument(step, argument) if argument in type(step.layer).model_fields else None
    return None


def keys_of(network: Network, name: str) -> Keys | None:
    """The path of a key that is written, or that its section has."""
    parts = tuple(name.split("."))
    if parts[0] not in TOP_LEVEL or len(parts) > _DEEPEST:
        return None
    if (path := _written(network.spec.root, parts)) is not None:
        return path
    if len(parts) == 1:
        return parts
    if parts[0] == "vars" and ".".join(parts[1:]) in network.spec.variables.raw:
        return ("vars", ".".join(parts[1:]))
    section, rest = holder(network, parts)
    if section is not None and len(rest) == 1 and str(rest[0]) in type(section).model_fields:
        return parts
    return None


def _written(value: Value, parts: tuple[str, ...]) -> Keys | None:
    """The keys that the parts of a path are in a value; a key may have dots in it."""
    if not parts:
        return ()
    if isinstance(value, Mapping):
        for length in range(1, len(parts) + 1):
            key = ".".join(parts[:length])
            inner = value.get(key)
            rest = _written(inner, parts[length:]) if inner is not None else None
            if rest is not None:
                return (key, *rest)
    if isinstance(value, Sequence) and parts[0].isdigit() and int(parts[0]) < len(value.items):
        rest = _written(value.items[int(parts[0])], parts[1:])
        return None if rest is None else (int(parts[0]), *rest)
    return None


def _at_line(network: Network, file: str, line: int) -> Found:
    files = [
        shown
        for shown in network.spec.texts
        if normpath(shown) == normpath(file) or _SEPARATORS.split(shown)[-1] == file
    ]
    if not files:
        known = sorted(network.spec.texts)
        help = f"write {' or '.join(f'{shown}:{line}' for shown in known)}"
        raise rejected("unknown-place", f"{file} is no file of this spec", help=help, at=NOWHERE)
    lines = lines_of(network.spec.texts[files[0]])
    last = len(lines) - (not lines[-1])
    if not 1 <= line <= last:
        received = f"{files[0]} has {last} lines, and no line {line}"
        raise rejected("unknown-place", received, f"1 to {last}", at=NOWHERE)
    for _, step in network.steps:
        if step.layer is not None and (step.span.file, step.span.line) == (files[0], line):
            return step
    for _, step in network.steps:
        if (step.span.file, step.span.line) == (files[0], line):
            return step
    for stage in network.graph.stages:
        if (stage.span.file, stage.span.line) == (files[0], line):
            return stage
    found = _key_at(network, files[0], line)
    if found is None:
        received = f"nothing on line {line} of {files[0]} is a layer, a stage or a value"
        raise rejected("unknown-place", received, help="name a line on which a key stands", at=NOWHERE)
    return found


def _key_at(network: Network, file: str, line: int) -> Keys | None:
    """The path of the first key on a line."""
    for location, root in network.spec.written:
        if location.shown == file:
            return _path_at(root, line, ())
    return None


def _path_at(value: Value, line: int, path: Keys) -> Keys | None:
    if isinstance(value, Mapping):
        for entry in value:
            if entry.span.line == line:
                return (*path, entry.key)
        inner: list[tuple[Value, Keys]] = [(entry.value, (*path, entry.key)) for entry in value]
    elif isinstance(value, Sequence):
        inner = [(item, (*path, at)) for at, item in enumerate(value.items)]
    else:
        return path if value.span.line == line and path else None
    return next((found for each, at in inner if (found := _path_at(each, line, at)) is not None), None)


def _unknown(network: Network, name: str) -> Rejected:
    names = place_names(network)
    words = likely(name, names) or _beside(name, names)
    stages = ", ".join(stage.slug for stage in network.graph.stages[:_MOST])
    help = (
        f"write {' or '.join(words)}"
        if words
        else f"name a stage ({stages}), a layer, a key as training.loss, or FILE:LINE"
    )
    received = f"{network.spec.shown} has no {name}" if name else "the place is empty"
    return rejected("unknown-place", received, help=help, at=NOWHERE)


def _beside(name: str, names: list[str]) -> tuple[str, ...]:
    """What else stands in the stage or block that a name begins with."""
    around, dot, _ = name.rpartition(".")
    found = [each for each in names if dot and each.startswith(f"{around}.") and each.count(".") == name.count(".")]
    return tuple(found[:_MOST_BESIDE])


def place_names(network: Network) -> list[str]:
    """All that can be named but lines: stages, steps, layers, keys of the first two levels."""
    stages = [stage.slug for stage in network.graph.stages]
    steps = [step.name for _, step in network.steps]
    keys = []
    for entry in network.spec.root:
        keys.append(entry.key)
        keys += [f"{entry.key}.{inner.key}" for inner in entry.value] if isinstance(entry.value, Mapping) else []
    return list(dict.fromkeys([*stages, *steps, *(node.name for node in network.graph.nodes), *keys]))
