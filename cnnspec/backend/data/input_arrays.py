"""Arrays as the inputs of a network read them: of their type, shape and size, with finite numbers."""

import numpy as np
from PIL import Image as Pillow

from cnnspec.backend.data.cells import LARGEST
from cnnspec.backend.data.pictures import reading_for
from cnnspec.backend.data.pixels import Reading, fitted
from cnnspec.backend.data.splits import Array, Split
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import Image
from cnnspec.language.sources.section import DataSection
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.runs.ranges import Range
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import FILE


def checked_input(array: Array, shown: str, name: str, graph: Graph, image: Image | None = None) -> Array:
    """The array as the input reads it; raises Rejected where it is of another type or shape, or not finite.

    Pictures of another size are brought to the input's where `image` says how.
    """
    check_numbers(array, shown)
    return fitted_input(array, shown, name, graph, image)


def fitted_input(array: Array, shown: str, name: str, graph: Graph, image: Image | None) -> Array:
    """`checked_input` of finite numbers."""
    dtype = graph.dtypes.get(name, "float32")
    if array.dtype.kind == "f" and "float" not in dtype:
        received = f"{shown} holds {array.dtype}"
        raise rejected(
            "input-type", received, f"whole numbers, as input {name} is {dtype}", "save it as integers", at=FILE
        )
    shape = graph.nodes[graph.inputs[name]].output
    return fit_input(array if image is None else sized(array, shape, image, name), shape, shown)


def fit_input(array: Array, shape: Shape, shown: str) -> Array:
    """The array as the input reads it: an axis for a single channel is added or dropped where only that differs."""
    examples = array.shape[1:]
    if agrees(examples, shape):
        return array
    if agrees((*examples, 1), shape):
        return array[..., None]
    if examples[-1:] == (1,) and agrees(examples[:-1], shape):
        return array[..., 0]
    received = f"each example in {shown} has shape {write_shape(examples)}"
    first = len(examples) > 1 and agrees((*examples[1:], examples[0]), shape)
    help = "transpose the data to channels last" if first else "change the input's shape in the spec"
    raise rejected("input-shape", received, f"{write_shape(shape)}, as the input reads it", help, at=FILE)


def agrees(sizes: tuple[int, ...], shape: Shape) -> bool:
    """Whether an example's sizes are what an input of this shape reads; an unknown length takes any."""
    return len(sizes) == len(shape) and all(
        not isinstance(wanted, int) or size == wanted for size, wanted in zip(sizes, shape, strict=True)
    )


def whole_numbers(labels: Array) -> Array:
    """Integers in a type that Keras' losses compare in, floats in single precision."""
    if labels.dtype.kind == "f":
        return labels.astype(np.float32, copy=False)
    largest = max(abs(int(labels.min())), abs(int(labels.max()))) if labels.size else 0
    return labels.astype(np.int32 if largest < 2**31 else np.int64)


def check_numbers(array: Array, shown: str) -> None:
    """Raise Rejected where one of an array's numbers is not finite, or would not be in float32, as layers compute."""
    if array.dtype.kind != "f":
        return
    finite = np.isfinite(array)
    if not finite.all():
        row = int(np.argwhere(~finite)[0][0])
        received = f"example {row} in {shown} holds a value that is no finite number"
        raise rejected("not-finite", received, "numbers", "replace or drop what is missing", at=FILE)
    if array.dtype.itemsize > np.dtype(np.float32).itemsize and (np.abs(array) > LARGEST).any():
        row = int(np.argwhere(np.abs(array) > LARGEST)[0][0])
        received = f"example {row} in {shown} holds {np.abs(array[row]).max():.3g}"
        raise rejected("not-finite", received, f"numbers up to {LARGEST:.3g}, which float32 holds", _SMALLER, at=FILE)


_SMALLER = "divide it in the data, or take its logarithm"


def sized(pictures: Array, shape: Shape, image: Image, name: str) -> Array:
    """Pictures (n, height, width) or (n, height, width, channels) as `image` brings them to the shape of an input.

    What is no picture of as many channels stays as it is. Numbers keep their type, and no filter leaves their range.
    Raises Rejected if the input `name` is none for pictures.
    """
    reading = reading_for(image, shape if len(shape) == 3 else (*shape, 1), name)
    planes = pictures[..., None] if pictures.ndim == 3 else pictures
    if planes.ndim != 4 or planes.shape[3] != reading.channels or planes.shape[1:3] == reading.shape[:2]:
        return pictures
    made = np.empty((len(planes), *reading.shape), planes.dtype)
    least, largest = (planes.min(), planes.max()) if planes.size else (0, 0)
    for row, picture in enumerate(planes):
        for channel in range(reading.channels):
            made[row, ..., channel] = _plane(picture[..., channel], reading, least, largest)
    return made if pictures.ndim == 4 else made[..., 0]


def _plane(plane: Array, reading: Reading, least: float, largest: float) -> Array:
    """One channel (height, width) at the reading's size."""
    if plane.dtype == np.uint8:
        return np.asarray(fitted(Pillow.fromarray(np.ascontiguousarray(plane)), reading))
    made = np.asarray(fitted(Pillow.fromarray(plane.astype(np.float32)), reading))
    kept = np.clip(made, min(0, least), max(0, largest))
    return np.asarray(np.rint(kept) if plane.dtype.kind in "iub" else kept)


_MOST = 10_000
"""Examples that the mean is taken of, evenly spaced."""


def ranges_of(train: Split, section: DataSection) -> dict[str, Range]:
    """The range of each input that came as an array of numbers; nothing where the data came otherwise."""
    if not section.arrays:
        return {}
    made = section.features(train.inputs)
    columns = {name: each for name, each in train.inputs.items() if isinstance(each, np.ndarray) and name not in made}
    return {name: _range(column) for name, column in columns.items() if column.size and column.dtype.kind in "fiub"}


def _range(numbers: Array) -> Range:
    every = -(-len(numbers) // _MOST)
    least, largest = float(numbers.min()), float(numbers.max())
    return Range(least, min(largest, max(least, float(np.mean(numbers[::every], dtype=np.float64)))), largest)
