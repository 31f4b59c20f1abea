"""Colours of attributions: orange for, blue against (Okabe and Ito's, which all can tell apart); heat from dark on."""

import numpy as np

from cnnspec.backend.data.splits import Array

Colour = tuple[int, int, int]

PAPER: Colour = (255, 255, 255)
INK: Colour = (20, 20, 20)
FAINT: Colour = (105, 105, 105)
RULE: Colour = (205, 205, 205)
FOR: Colour = (213, 94, 0)
AGAINST: Colour = (0, 114, 178)
_STRONGEST = 0.8
"""How much of its colour the strongest has behind a word, so that the word can be read."""
_HEAT = np.array([(0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164)], np.float64)
_OVER = 0.55
"""How much of an overlay is the map."""
_OUTLIERS = 99.5
"""Per cent of the numbers that the colours reach over; a few stronger ones would leave all others white."""


def strengths(attributions: Array, robust: bool = False) -> Array:
    """From -1 to 1, the strongest being one of them; `robust` where the few strongest may be all alike."""
    size = np.abs(attributions)
    most = float(np.percentile(size, _OUTLIERS) if robust else size.max(initial=0.0))
    most = most or float(size.max(initial=0.0))
    return np.clip(attributions / most, -1, 1) if most > 0 else np.zeros_like(attributions)


def diverging(strength: Array) -> Array:
    """(...) from -1 to 1 as (..., 3) of bytes: white where nothing counts."""
    ends = np.where((strength < 0)[..., None], AGAINST, FOR)
    share = np.abs(strength)[..., None]
    return np.asarray(np.rint(np.array(PAPER) * (1 - share) + ends * share), np.uint8)


def behind(strength: float) -> Colour:
    """The colour behind a word."""
    red, green, blue = diverging(np.array(strength * _STRONGEST)).tolist()
    return red, green, blue


def heat(share: Array) -> Array:
    """(...) from 0 to 1 as (..., 3) of bytes, ever lighter."""
    ends = np.linspace(0, 1, len(_HEAT))
    return np.rint(np.stack([np.interp(share, ends, _HEAT[:, at]) for at in range(3)], -1)).astype(np.uint8)


def over(picture: Array, share: Array) -> Array:
    """A map (h, w) from 0 to 1 over a picture (h, w, 1 or 3) of bytes, which turns grey: (h, w, 3) of bytes."""
    grey = picture.mean(axis=-1, keepdims=True)
    return np.asarray(np.rint(grey * (1 - _OVER) + heat(share) * _OVER), np.uint8)
