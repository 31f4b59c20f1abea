"""All examples of layers' docstrings in one spec: each reads inputs of its own, and is an output."""

import json
from math import prod
from typing import Any

from cnnspec.layers import LAYERS
from cnnspec.layers.examples import examples_of
from cnnspec.layers.shape import Shape
from cnnspec.source.values import plain
from cnnspec.source.yaml import read_yaml

_LARGE = 30_000


def _size(shape: Shape) -> int:
    return prod(size for size in shape if isinstance(size, int))


def examples_spec(kinds: list[str]) -> str:
    """A spec in YAML with the examples of these kinds, side by side."""
    inputs: dict[str, Any] = {}
    model: dict[str, Any] = {}
    outputs: dict[str, str] = {}
    for kind in kinds:
        for number, example in enumerate(examples_of(LAYERS[kind]), 1):
            if max(map(_size, example.inputs)) > _LARGE:
                continue
            title = f"{kind}{number}"
            names = [f"{title}_{place}" for place in range(len(example.inputs))]
            whole = kind in ("embedding", "one_hot")
            for name, shape in zip(names, example.inputs, strict=True):
                inputs[name] = {"shape": list(shape), "dtype": "int32" if whole else "float32"}
            model[title] = [_entry(example.entry, names)]
            outputs[title] = title
    return json.dumps({"cnnspec": 1, "name": "examples", "inputs": inputs, "model": model, "outputs": outputs})


def _entry(written: str, names: list[str]) -> dict[str, Any]:
    """An entry as its docstring has it, reading these inputs."""
    value = read_yaml(written, "example", lambda problem: None)
    assert value is not None
    ((only),) = plain(value)
    kind, given = (only, {}) if isinstance(only, str) else next(iter(only.items()))
    if not isinstance(given, dict):
        given = {LAYERS[kind].first_argument(): given}
    return {kind: {**given, "from": names if len(names) > 1 else names[0]}}
