"""What a wire looks like: its corners rounded, its arrowhead; and how round boxes are. For whoever paints."""

from cnnspec.reports.diagram.drawing import Point, Wire

RADII = {
    "sheet": 8.0,
    "stage": 8.0,
    "title": 8.0,
    "frame": 6.0,
    "layer": 4.0,
    "input": 19.0,
    "merge": 9.0,
    "dot": 2.5,
    "swatch": 3.0,
}
"""Of the corners of boxes, by role."""
_BEND, _HEAD = 6.0, 5.5

Command = tuple[str, tuple[Point, ...]]
"""`M` and `L` with a point, `Q` with a control point and an end."""


def shortened(wire: Wire) -> tuple[Point, ...]:
    """The points of a wire, the last one within its arrowhead."""
    if not wire.arrow:
        return wire.points
    (x, y), (ux, uy) = wire.points[-1], _direction(wire)
    back = _size(wire) / 2
    return (*wire.points[:-1], (x - ux * back, y - uy * back))


def arrowhead(wire: Wire) -> tuple[Point, ...]:
    """Its three corners, the tip first."""
    (x, y), (ux, uy), size = wire.points[-1], _direction(wire), _size(wire)
    half = size / 2
    back = (x - ux * size, y - uy * size)
    return ((x, y), (back[0] - uy * half, back[1] + ux * half), (back[0] + uy * half, back[1] - ux * half))


def bent(points: tuple[Point, ...]) -> list[Command]:
    """A line of straight pieces with its corners rounded."""
    commands: list[Command] = [("M", (points[0],))]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        commands += [("L", (_towards(corner, before),)), ("Q", (corner, _towards(corner, after)))]
    return [*commands, ("L", (points[-1],))]


def _size(wire: Wire) -> float:
    return _HEAD + wire.weight


def _direction(wire: Wire) -> Point:
    (ax, ay), (bx, by) = wire.points[-2:]
    length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5 or 1.0
    return (bx - ax) / length, (by - ay) / length


def _towards(corner: Point, other: Point) -> Point:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = (dx**2 + dy**2) ** 0.5 or 1.0
    part = min(_BEND, length / 2) / length
    return corner[0] + dx * part, corner[1] + dy * part
