"""A drawing as SVG: real text, names as tooltips, light or dark as its reader prefers; nothing in it runs or loads."""

import zlib
from collections.abc import Iterable
from html import escape

from cnnspec.reports.diagram.categories import CATEGORIES
from cnnspec.reports.diagram.colours import DARK, SIDES, Palette, Theme, palette_of
from cnnspec.reports.diagram.drawing import BOLD, SIZES, Box, Drawing, Item, Point, Text, Volume, Wire
from cnnspec.reports.diagram.measure import is_known, width_of
from cnnspec.reports.diagram.shapes import RADII, arrowhead, bent, shortened
from cnnspec.reports.safe import shown

_FONT = "Helvetica Neue,Helvetica,Arial,Liberation Sans,DejaVu Sans,sans-serif"


def as_svg(drawing: Drawing, theme: Theme = Theme.auto) -> str:
    """The file's text."""
    body = "".join(map(_item, drawing.items))
    name = f"net{zlib.crc32(body.encode()):08x}"
    width, height = _number(drawing.width), _number(drawing.height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="{_FONT}">'
        f"<title>{_safe(drawing.title)}</title><style>{_style(name, theme, drawing.items)}</style>"
        f'<rect class="ground" width="{width}" height="{height}"/>{body}</svg>\n'
    )


def _safe(text: str) -> str:
    return escape("\n".join(map(shown, text.split("\n"))))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _item(item: Item) -> str:
    if isinstance(item, Box):
        return _box(item)
    if isinstance(item, Text):
        return _text(item)
    return _wire(item) if isinstance(item, Wire) else _volume(item)


def _told(tooltip: str) -> str:
    return f"<title>{_safe(tooltip)}</title>" if tooltip else ""


def _box(box: Box) -> str:
    radius = _number(RADII.get(box.role, 4))
    place = f'x="{_number(box.x)}" y="{_number(box.y)}" width="{_number(box.width)}" height="{_number(box.height)}"'
    texts = "".join(map(_text, box.texts))
    kind = f"{box.role} {box.category}".strip()
    return f'<g class="{kind}">{_told(box.tooltip)}<rect {place} rx="{radius}"/>{texts}</g>'


def _text(text: Text) -> str:
    x, y = _number(text.x), _number(text.y)
    turned = f' transform="rotate(-90 {x} {y})"' if text.turned else ""
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    return f'<text class="{text.role}" x="{x}" y="{y}"{anchor}{turned}{_fitted(text)}>{_safe(text.text)}</text>'


def _fitted(text: Text) -> str:
    """Of characters whose width nobody knows, the room that they have."""
    if is_known(text.text):
        return ""
    room = _number(width_of(text.text, SIZES[text.role], text.role in BOLD))
    return f' textLength="{room}" lengthAdjust="spacingAndGlyphs"'


def _wire(wire: Wire) -> str:
    dashes = ' stroke-dasharray="4 3"' if wire.dashed else ""
    weight = "" if wire.weight == 1.3 else f' stroke-width="{_number(wire.weight)}"'
    parts = (f"{command}{' '.join(map(_point, points))}" for command, points in bent(shortened(wire)))
    line = f'<path class="line" d="{" ".join(parts)}"{weight}{dashes}/>'
    head = f'<path class="head" d="{_outline(arrowhead(wire))}"/>' if wire.arrow else ""
    return f'<g class="wire {wire.role}">{_told(wire.tooltip)}{line}{head}</g>'


def _point(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _outline(points: tuple[Point, ...]) -> str:
    return f"M{' L'.join(map(_point, points))}Z"


def _volume(volume: Volume) -> str:
    sides = "".join(f'<path class="{side}" d="{_outline(points)}"/>' for side, points in volume.faces.items())
    return f'<g class="volume {volume.category}">{_told(volume.tooltip)}{sides}</g>'


def _style(name: str, theme: Theme, items: Iterable[Item]) -> str:
    used = {item.category for item in items if isinstance(item, (Box, Volume))}
    sizes = "".join(f"#{name} .{role}{{font-size:{size:g}px}}" for role, size in SIZES.items())
    bold = ",".join(f"#{name} text.{role}" for role in sorted(BOLD))
    plain = (
        f"{sizes}{bold}{{font-weight:600}}#{name} .frame rect{{fill:none;stroke-dasharray:4 3}}"
        f"#{name} .line{{fill:none;stroke-width:1.3}}#{name} text{{stroke:none}}"
    )
    volumes = any(isinstance(item, Volume) for item in items)
    colours = _colours(name, palette_of(theme), used, volumes)
    if theme is not Theme.auto:
        return plain + colours
    dark = _colours(name, DARK, used, volumes)
    return f"{plain}{colours}@media(prefers-color-scheme:dark){{{dark}}}"


def _colours(name: str, palette: Palette, used: set[str], volumes: bool) -> str:
    rules = [
        (".ground", f"fill:{palette.ground}"),
        ("text", f"fill:{palette.ink}"),
        (".faint", f"fill:{palette.faint}"),
        (".shape", f"fill:{palette.faint}"),
        (".caption", f"fill:{palette.faint}"),
        (".stage rect", f"fill:{palette.card};stroke:{palette.border}"),
        (".sheet rect", f"fill:{palette.head};stroke:{palette.border}"),
        (".title rect", f"fill:{palette.head};stroke:{palette.border}"),
        (".frame rect", f"stroke:{palette.frame}"),
        (".dot rect", f"fill:{palette.skip}"),
        (".line", f"stroke:{palette.wire}"),
        (".head", f"fill:{palette.wire}"),
        (".skip .line", f"stroke:{palette.skip}"),
        (".skip .head", f"fill:{palette.skip}"),
    ]
    for category in (each for each in CATEGORIES if each in used):
        fill, edge = palette.fills[category]
        rules.append((f".{category} rect", f"fill:{fill};stroke:{edge}"))
        for side in SIDES if volumes else ():
            fill, edge = palette.of_face(category, side)
            rules.append((f".{category} .{side}", f"fill:{fill};stroke:{edge};stroke-linejoin:round"))
    return "".join(f"#{name} {selector}{{{rule}}}" for selector, rule in rules)
