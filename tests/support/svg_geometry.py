"""What is where in an SVG file, read from the file alone, and what is wrong with it: overlaps, loose ends."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"
HOLDERS = frozenset({"sheet", "stage", "title", "frame"})
"""Boxes in which others lie."""
NEAR = 0.75


@dataclass(frozen=True)
class Area:
    left: float
    top: float
    right: float
    bottom: float
    role: str
    name: str

    def overlaps(self, other: "Area", by: float = NEAR) -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        return across > by and min(self.bottom, other.bottom) - max(self.top, other.top) > by

    def holds(self, other: "Area") -> bool:
        across = self.left - NEAR <= other.left and other.right <= self.right + NEAR
        return across and self.top - NEAR <= other.top and other.bottom <= self.bottom + NEAR

    def is_beside(self, other: "Area") -> bool:
        """Whether another box that does not hold it stands at the same height."""
        apart = self is not other and not other.holds(self)
        return apart and min(self.bottom, other.bottom) - max(self.top, other.top) > NEAR

    def at_edge(self, x: float, y: float) -> bool:
        inside = self.left - NEAR <= x <= self.right + NEAR and self.top - NEAR <= y <= self.bottom + NEAR
        deep = self.left + NEAR < x < self.right - NEAR and self.top + NEAR < y < self.bottom - NEAR
        return inside and (self.role in ("dot", "volume") or not deep)


@dataclass(frozen=True)
class Line:
    points: tuple[tuple[float, float], ...]
    role: str

    def pieces(self) -> Iterator[Area]:
        for (ax, ay), (bx, by) in zip(self.points, self.points[1:], strict=False):
            yield Area(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by), "line", self.role)


@dataclass(frozen=True)
class Picture:
    """All boxes with the texts in them, the texts that stand alone, and the wires up to the tips of their arrows."""

    width: float
    height: float
    boxes: tuple[tuple[Area, tuple[Area, ...]], ...]
    texts: tuple[Area, ...]
    wires: tuple[Line, ...]


def read_picture(svg: str, measure: Callable[[str, float, bool], float]) -> Picture:
    """The picture; `measure` says how wide a text is at a size, bold or not."""
    root = ElementTree.fromstring(svg)
    style = root.findtext(f"{SVG}style") or ""
    sizes = {role: float(size) for role, size in re.findall(r"\.(\w+)\{font-size:([\d.]+)px\}", style)}
    bold = set(re.findall(r"text\.(\w+)(?=[^{}]*\{font-weight:600\})", style))

    def area(text: ElementTree.Element) -> Area:
        role, said = text.get("class", ""), text.text or ""
        x, y, size = float(text.get("x", 0)), float(text.get("y", 0)), sizes[role]
        wide = float(text.get("textLength", 0)) or measure(said, size, role in bold)
        start = {"middle": wide / 2, "end": wide}.get(text.get("text-anchor", "start"), 0.0)
        if "rotate(-90" in text.get("transform", ""):
            return Area(x - size * 0.75, y - wide + start, x + size * 0.1, y + start, "text", said)
        return Area(x - start, y - size * 0.75, x - start + wide, y + size * 0.2, "text", said)

    boxes, wires = [], []
    for group in root.iter(f"{SVG}g"):
        role = group.get("class", "").split(" ")[0]
        rect, line = group.find(f"{SVG}rect"), group.find(f"{SVG}path")
        if rect is not None:
            x, y, w, h = (float(rect.get(key, 0)) for key in ("x", "y", "width", "height"))
            inside = tuple(area(text) for text in group.findall(f"{SVG}text"))
            boxes.append((Area(x, y, x + w, y + h, role, inside[0].name if inside else ""), inside))
        elif role == "wire" and line is not None:
            wires.append(_line(group))
        elif role == "volume":
            boxes.append((_volume(group), ()))
    alone = tuple(area(text) for text in root.findall(f"{SVG}text"))
    return Picture(float(root.get("width", 0)), float(root.get("height", 0)), tuple(boxes), alone, tuple(wires))


def _volume(group: ElementTree.Element) -> Area:
    """All sides of a volume together."""
    corners = "".join(path.get("d", "") for path in group.findall(f"{SVG}path"))
    points = [(float(x), float(y)) for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", corners)]
    across, down = [x for x, _ in points], [y for _, y in points]
    return Area(min(across), min(down), max(across), max(down), "volume", (group.get("class") or "").split(" ")[-1])


def _line(group: ElementTree.Element) -> Line:
    paths = group.findall(f"{SVG}path")
    numbers = re.findall(r"([MLQ])([-\d.]+) ([-\d.]+)(?: ([-\d.]+) ([-\d.]+))?", paths[0].get("d", ""))
    points = [(float(x), float(y)) for _, x, y, _, _ in numbers]
    if len(paths) > 1:
        tip = re.match(r"M([-\d.]+) ([-\d.]+)", paths[1].get("d", ""))
        assert tip
        points[-1] = (float(tip[1]), float(tip[2]))
    return Line(tuple(points), group.get("class", "").split(" ")[-1])


def faults(picture: Picture) -> list[str]:
    """Everything that is wrong with it, in words; nothing where all is well."""
    return [*_texts(picture), *_boxes(picture), *_wires(picture)]


def _texts(picture: Picture) -> Iterator[str]:
    page = Area(0, 0, picture.width, picture.height, "page", "")
    every = [*picture.texts]
    for box, texts in picture.boxes:
        every += texts
        yield from (f"{text.name!r} leaves its {box.role}" for text in texts if not box.holds(text))
    yield from (f"{text.name!r} leaves the page" for text in every if not page.holds(text))
    yield from (f"{one.name!r} over {other.name!r}" for one, other in combinations(every, 2) if one.overlaps(other))
    solid = [box for box, _ in picture.boxes if box.role not in HOLDERS]
    for text in picture.texts:
        yield from (f"{text.name!r} over the {box.role} {box.name!r}" for box in solid if box.overlaps(text))


def _boxes(picture: Picture) -> Iterator[str]:
    areas = [box for box, _ in picture.boxes if box.role != "sheet"]
    for one, other in combinations(areas, 2):
        nested = (one.role in HOLDERS and one.holds(other)) or (other.role in HOLDERS and other.holds(one))
        if one.overlaps(other) and not nested:
            yield f"{one.role} {one.name!r} over {other.role} {other.name!r}"


def _wires(picture: Picture) -> Iterator[str]:
    areas = [box for box, _ in picture.boxes if box.role != "swatch"]
    solid = [_solid(box) for box in areas if box.role not in HOLDERS | {"dot"}]
    texts = [text for box, inside in picture.boxes for text in inside if box.role in HOLDERS] + list(picture.texts)
    ends = Counter((round(x), round(y)) for wire in picture.wires for x, y in (wire.points[0], wire.points[-1]))
    for wire in picture.wires:
        for x, y in (wire.points[0], wire.points[-1]):
            goes_on = ends[round(x), round(y)] > 1
            if not goes_on and not any(box.at_edge(x, y) for box in areas):
                yield f"a {wire.role} ends at {x:.0f}, {y:.0f}, where nothing is"
        for piece in wire.pieces():
            yield from (f"a {wire.role} through {box.name!r}" for box in solid if _through(piece, box))
            yield from (f"a {wire.role} through the text {text.name!r}" for text in texts if _through(piece, text))


def _solid(box: Area) -> Area:
    """What no wire goes through: of a volume, what lies below its upper side."""
    return replace(box, top=box.top + (box.bottom - box.top) * 0.25) if box.role == "volume" else box


def _through(piece: Area, area: Area) -> bool:
    across = min(piece.right, area.right) - max(piece.left, area.left)
    down = min(piece.bottom, area.bottom) - max(piece.top, area.top)
    return (
        across >= 0
        and down >= 0
        and max(across, down) > NEAR
        and min(
            area.right - max(piece.left, area.left),
            min(piece.right, area.right) - area.left,
            area.bottom - max(piece.top, area.top),
            min(piece.bottom, area.bottom) - area.top,
        )
        > NEAR
    )
