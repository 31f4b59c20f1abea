"""What is inside a network as pictures: the feature maps that a stage gives for an example, and the first kernels."""

import numpy as np

from cnnspec.backend.attribution.colours import RULE, diverging
from cnnspec.backend.attribution.panels import levels_of, panel_of, wide_panel
from cnnspec.backend.data.splits import Array
from cnnspec.graph.nodes import Graph
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.results.attribution import Panel
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_MOST = 64
"""Maps or kernels that are drawn."""
_ACROSS, _EDGE = 720, 2
"""Pixels that a row of them takes at most, and between two of them."""
_SIDE, _ROW = 56, 6


def check_places(shape: Shape, name: str) -> None:
    """Raise Rejected where the output of a stage has no spatial axes, so that it gives no maps."""
    if len(shape) < 2:
        help = "name a stage before its places are gone, as before a flatten or a global pool"
        raise rejected("no-stage", f"{name} gives {write_shape(shape)}", "a stage with spatial axes", help, at=NOWHERE)


def feature_maps(given: Array, name: str) -> Panel:
    """The channels of a stage's output (places..., channels), all on one scale; of a volume its middle layer.

    Those of a sequence are the rows of one picture.
    """
    count = given.shape[-1]
    middle = f", the middle of {len(given)} layers" if given.ndim == 4 else ""
    maps = given[len(given) // 2] if given.ndim == 4 else given
    low, high = float(maps.min()), float(maps.max())
    scale = f"{low:.4g} (black) to {high:.4g} (white){middle}"
    if maps.ndim == 2:
        rows = levels_of(maps.T[..., None], low, high)[:_MOST]
        return wide_panel(f"{_of(count, 'maps')} of {name}, a row each, {scale}", rows, (_ACROSS, _ROW * len(rows)))
    tiles = [levels_of(maps[..., at : at + 1], low, high) for at in range(min(count, _MOST))]
    return panel_of(f"{_of(count, 'maps')} of {name}, {scale}", mosaic(tiles), _ACROSS)


def first_kernels(graph: Graph, weights: dict[str, Array]) -> Panel:
    """The kernels of the first layer that slides a window, of `weights` by its name; raises Rejected without one.

    Those that read colours are in colour, grey being 0; others are orange above 0 and blue below, and of several
    channels their mean. Of a sequence each kernel is a picture with a row for each channel.
    """
    name = first_sliding(graph)
    kernel = weights[name]
    most = float(np.abs(kernel).max()) or 1.0
    read = kernel.shape[-2]
    scale = f"-{most:.3g} to {most:.3g}"
    if kernel.ndim == 3:
        high = max(1, len(kernel) // (2 * read))
        tiles = [
            np.repeat(diverging(kernel[:, :, at].T / most), high, axis=0) for at in range(min(kernel.shape[-1], _MOST))
        ]
        rows = f", a row for each of {read} channels" if read > 1 else ""
        return panel_of(f"{_of(kernel.shape[-1], 'kernels')} of {name}, {scale}{rows}", mosaic(tiles), _ACROSS)
    flat = kernel[len(kernel) // 2] if kernel.ndim == 5 else kernel
    tiles = [_kernel(flat[..., at], most) for at in range(min(flat.shape[-1], _MOST))]
    told = "" if read in (1, 3) else f", the mean over {read} channels"
    return panel_of(f"{_of(kernel.shape[-1], 'kernels')} of {name}, {scale}{told}", mosaic(tiles), _ACROSS)


def first_sliding(graph: Graph) -> str:
    """The name of the first layer that moves a window with weights; raises Rejected."""
    for node in graph.nodes:
        if node.layer is not None and node.layer.slides and node.layer.weighs and node.shared is None:
            return node.name
    received = "no layer of the network slides a window with weights"
    raise rejected("no-stage", received, "a convolution, whose kernels can be drawn", "leave --kernels out", at=NOWHERE)


def _kernel(kernel: Array, most: float) -> Array:
    """(h, w, channels) as a picture."""
    if kernel.shape[-1] == 3:
        return np.asarray(np.rint(127.5 + 127.5 * kernel / most), np.uint8)
    return diverging(kernel.mean(axis=-1) / most)


def _of(count: int, what: str) -> str:
    return f"{count:,} {what}" if count <= _MOST else f"the first {_MOST} of {count:,} {what}"


def mosaic(tiles: list[Array]) -> Array:
    """Pictures of one size as one, in rows, enlarged by a whole factor where they are small: (h, w, 3) of bytes."""
    high, wide = tiles[0].shape[:2]
    factor = max(1, _SIDE // max(high, wide))
    shrink = max(1, -(-max(high, wide) // (2 * _SIDE)))
    large = [np.repeat(np.repeat(_coloured(tile), factor, 0), factor, 1)[::shrink, ::shrink] for tile in tiles]
    high, wide = large[0].shape[:2]
    across = max(1, min(len(large), _ACROSS // (wide + _EDGE)))
    rows = -(-len(large) // across)
    whole = np.empty((rows * (high + _EDGE) + _EDGE, across * (wide + _EDGE) + _EDGE, 3), np.uint8)
    whole[:] = RULE
    for at, tile in enumerate(large):
        y, x = at // across * (high + _EDGE) + _EDGE, at % across * (wide + _EDGE) + _EDGE
        whole[y : y + high, x : x + wide] = tile
    return whole


def _coloured(tile: Array) -> Array:
    return np.repeat(tile, 3, axis=-1) if tile.shape[-1] == 1 else tile
