"""Pictures that were read, with their maps: as panels large enough to be seen."""

import numpy as np
from PIL import Image

from cnnspec.backend.attribution.colours import diverging, over, strengths
from cnnspec.backend.attribution.paper import png
from cnnspec.backend.data.splits import Array
from cnnspec.results.attribution import Panel

_SIDE, _LARGEST = 168, 224
"""Pixels of a panel's longer side: smaller pictures are enlarged by a whole factor to about the first."""
_BRIGHTEST = 255.0


def picture_panels(picture: Array, attributions: Array, heat: Array | None, ends: tuple[float, float]) -> list[Panel]:
    """What was read (h, w, c) with its black and white, the Grad-CAM (h', w') over it, the attributions (h, w, c)."""
    levels = levels_of(picture, *ends)
    panels = [panel_of("read", levels)]
    if heat is not None:
        most = float(heat.max(initial=0.0))
        large = _sized(levels)
        panels.append(_held("Grad-CAM", over(large, resized(heat / most if most > 0 else heat, large.shape[:2]))))
    summed = attributions.sum(axis=-1)
    panels.append(panel_of("integrated gradients", diverging(strengths(summed, robust=True))))
    return panels


def levels_of(picture: Array, low: float, high: float) -> Array:
    """(h, w, c) as bytes (h, w, 1 or 3) from `low`, black, to `high`, white; of other channels their mean."""
    shown = picture[..., :3] if picture.shape[-1] in (3, 4) else picture.mean(axis=-1, keepdims=True)
    scaled = (shown.astype(np.float64) - low) * (_BRIGHTEST / ((high - low) or 1.0))
    return np.asarray(np.rint(np.clip(scaled, 0, _BRIGHTEST)), np.uint8)


def resized(heat: Array, size: tuple[int, ...]) -> Array:
    """A map (h', w') over a picture's size (h, w): its cells lie side by side over all of it, bilinearly."""
    image = Image.fromarray(np.asarray(heat, np.float32), "F")
    larger = np.asarray(image.resize((size[1], size[0]), Image.Resampling.BILINEAR), np.float32)
    return np.clip(larger, 0, 1)


def spread(heat: Array, length: int) -> Array:
    """A map (n) over a row of another length, likewise."""
    places = (np.arange(length) + 0.5) * (len(heat) / length) - 0.5
    return np.asarray(np.interp(places, np.arange(len(heat)), heat))


def panel_of(title: str, levels: Array, side: int = _SIDE) -> Panel:
    """A panel of (h, w, 1 or 3) bytes, about `side` pixels large."""
    return _held(title, _sized(levels, side))


def wide_panel(title: str, levels: Array, size: tuple[int, int]) -> Panel:
    """A panel of (h, w, 1) bytes, stretched to a width and a height."""
    image = Image.fromarray(levels[..., 0]).convert("RGB")
    return _held(title, np.asarray(image.resize(size, Image.Resampling.NEAREST)))


def _sized(levels: Array, side: int = _SIDE) -> Array:
    """A picture (h, w, 1 or 3) of bytes as large as it is shown, in three channels."""
    high, wide = levels.shape[:2]
    longer = max(high, wide)
    factor = max(1, side // longer) if longer <= side else min(1.0, max(side, _LARGEST) / longer)
    size = (max(1, round(wide * factor)), max(1, round(high * factor)))
    image = Image.fromarray(levels[..., 0] if levels.shape[-1] == 1 else levels).convert("RGB")
    how = Image.Resampling.NEAREST if factor >= 1 else Image.Resampling.LANCZOS
    return np.asarray(image.resize(size, how))


def _held(title: str, pixels: Array) -> Panel:
    return Panel(title, png(Image.fromarray(pixels)), (pixels.shape[1], pixels.shape[0]))
