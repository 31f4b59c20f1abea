"""The examples in the layers' docstrings, read for the documentation and for the tests.

An example is one line of a ```yaml block: an entry, then what it reads and makes as a comment,
`# (28, 28, 1) -> (28, 28, 8)`; several inputs are separated by commas, `?` is an unknown length.
"""

import re
from dataclasses import dataclass
from inspect import cleandoc

from cnnspec.layers.base import Layer
from cnnspec.layers.model import Fields
from cnnspec.layers.shape import Shape, unknown

_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_SHAPE = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Example:
    """An entry as YAML, the shapes that it reads and the shape that it makes."""

    entry: str
    inputs: tuple[Shape, ...]
    output: Shape


def summary_of(layer: type[Fields]) -> str:
    """The docstring of a layer (or anything else that people write) without its examples."""
    return _BLOCK.sub("", cleandoc(layer.__doc__ or "")).strip()


def purpose_of(layer: type[Fields]) -> str:
    """What the docstring of a layer says before its examples, on one line."""
    return " ".join(_BLOCK.split(cleandoc(layer.__doc__ or ""), maxsplit=1)[0].split())


def examples_of(layer: type[Layer]) -> tuple[Example, ...]:
    """The examples in a layer's docstring, in the order written."""
    blocks = _BLOCK.findall(cleandoc(layer.__doc__ or ""))
    return tuple(_example(line) for block in blocks for line in block.splitlines() if line.strip())


def _example(line: str) -> Example:
    entry, comment = line.rsplit("#", 1)
    reads, makes = comment.split("->")
    return Example(entry.rstrip(), _shapes(reads), _shapes(makes)[0])


def _shapes(text: str) -> tuple[Shape, ...]:
    return tuple(
        tuple(unknown(f"input[{place}]") if size == "?" else int(size) for place, size in enumerate(_sizes(shape)))
        for shape in _SHAPE.findall(text)
    )


def _sizes(shape: str) -> list[str]:
    return [size.strip() for size in shape.split(",") if size.strip()]
