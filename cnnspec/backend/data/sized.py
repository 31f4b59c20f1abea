"""Arrays of pictures at the size that the network reads."""

import numpy as np
from PIL import Image as Pillow

from cnnspec.backend.data.pictures import reading_for
from cnnspec.backend.data.pixels import Reading, fitted
from cnnspec.backend.data.splits import Array
from cnnspec.language.features import Image
from cnnspec.layers.shape import Shape


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
