"""What was looked at as HTML: a page of its own that needs no other file, and what stands in another page.

Every text from outside is text; nothing runs, nothing is loaded. Colours lie over the ground, be it dark or light.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence

from cnnspec.reports.html_tables import escaped
from cnnspec.results.attribution import Look, Looks, Panel, SeenCurve, SeenInput, SeenNumbers, SeenPicture, SeenWords

_FONT = "Helvetica Neue,Helvetica,Arial,Liberation Sans,DejaVu Sans,sans-serif"
_FOR, _AGAINST = "230,120,20", "30,130,210"
_STRONGEST = 0.62
"""How dense the strongest colour lies over the ground: ink of either kind stays readable."""
_LEVELS = 20
_WIDTH, _HEIGHT, _BAND = 720, 120, 12
_MOST_NUMBERS = 24
_PAGE = f"""\
:root{{color-scheme:light dark}}
body{{margin:2em auto;padding:0 1em;max-width:60em;font:15px/1.5 {_FONT};color:#1d1d1f;background:#fff}}
hr{{border:0;border-top:1px solid #8886;margin:1.5em 0}}
@media(prefers-color-scheme:dark){{body{{color:#e6e6e6;background:#17181a}}}}
@media print{{body{{margin:0}}}}"""
_LAID_OUT = f"""\
.look{{overflow-wrap:anywhere}}
.look .words{{line-height:1.9;margin:.6em 0}}
.look .unknown{{text-decoration:underline dotted}}
.look .quiet{{opacity:.75;font-size:90%}}
.look .panels{{display:flex;flex-wrap:wrap;gap:.7em}}
.look figure{{margin:.4em 0}}
.look img{{max-width:100%;height:auto;image-rendering:pixelated}}
.look svg{{display:block;width:100%;max-width:{_WIDTH}px}}
.look table{{border-collapse:collapse;font-variant-numeric:tabular-nums}}
.look td{{padding:.1em .8em .1em 0}}
.look td+td{{text-align:right;padding:.1em .8em}}"""
STYLE = "\n".join(
    [
        _LAID_OUT,
        *(
            f".look .{side}{level}{{background:rgba({colour},{level / _LEVELS * _STRONGEST:.3f})}}"
            for side, colour in (("for", _FOR), ("against", _AGAINST))
            for level in range(1, _LEVELS + 1)
        ),
    ]
)
"""What a page must have as its style where looks stand in it; none of them has styles of its own."""
LEGEND = "orange speaks for it, blue against it; the stronger the colour, the more"


def looks_page(looks: Looks) -> str:
    """A page with kernels, if there are any, and every example."""
    title = f"{escaped(looks.run)}: what it looked at"
    parts = [f"<h1>{title}</h1>", _said(LEGEND), *map(_said, looks.remarks)]
    parts += [panel_html(looks.kernels)] if looks.kernels is not None else []
    parts += [f"<hr>{look_html(look)}" for look in looks.looks]
    style = f"{_PAGE}\n{STYLE}"
    known = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{known}'; img-src data:"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head>\n"
        f'<body class="look">{"".join(parts)}</body></html>\n'
    )


def look_html(look: Look) -> str:
    """One example, to stand in any page that has the `STYLE`; what could not be read says why."""
    return f'<section class="look">{"".join(_parts(look))}</section>'


def _parts(look: Look) -> Iterator[str]:
    if look.problems:
        yield f"<div><strong>{escaped(look.name)}</strong></div>"
        yield from (_said(problem.message) for problem in look.problems)
        return
    yield f"<div><strong>{escaped(look.name)}</strong>: {escaped(look.answer)}</div>"
    yield from _inputs(look)
    if look.maps is not None:
        yield panel_html(look.maps)
    yield from map(_said, (*look.told, *look.remarks))


def inputs_html(look: Look) -> str:
    """What was read of one example on its colours, without what is said of it, likewise."""
    return f'<div class="look">{"".join(_inputs(look))}</div>'


def _inputs(look: Look) -> Iterator[str]:
    for seen in look.inputs:
        if len(look.inputs) > 1:
            yield f"<div>{escaped(seen.input)}: {seen.total:+.4g} in all</div>"
        yield _seen(seen)
        if isinstance(seen, SeenWords):
            yield _said(seen.beside) if seen.beside else ""
            yield f"{_said('Grad-CAM')}{words_html(seen.heated)}" if seen.heated is not None else ""


def _seen(seen: SeenInput) -> str:
    if isinstance(seen, SeenPicture):
        return f'<div class="panels">{"".join(map(panel_html, seen.panels))}</div>'
    if isinstance(seen, SeenWords):
        return words_html(seen)
    return _curve(seen) if isinstance(seen, SeenCurve) else _numbers(seen)


def panel_html(panel: Panel) -> str:
    """A picture below its title."""
    held = base64.b64encode(panel.png).decode()
    wide, high = panel.size
    title = escaped(panel.title)
    return (
        f'<figure><figcaption class="quiet">{title}</figcaption>'
        f'<img alt="{title}" width="{wide}" height="{high}" src="data:image/png;base64,{held}"></figure>'
    )


def words_html(seen: SeenWords) -> str:
    """Words on their colours; what a word counts is told where one points at it, and unknown ones are underlined."""
    most = max((abs(word.attribution) for word in seen.words), default=0.0) or 1.0
    words = seen.between.join(
        f'<span title="{word.attribution:+.3g}" class="{_behind(word.attribution / most)}'
        f'{"" if word.known else " unknown"}">{escaped(word.text)}</span>'
        for word in seen.words
    )
    return f'<p class="words">{words}</p>'


def _curve(seen: SeenCurve) -> str:
    """Each channel's curve on strips of colour; the Grad-CAM as a band below, the denser the more."""
    most = max((abs(each) for row in seen.attributions for each in row), default=0.0) or 1.0
    rows = zip(seen.values, seen.attributions, strict=True)
    drawn = "".join(_channel(values, [each / most for each in found]) for values, found in rows)
    if not seen.heats:
        return drawn
    hottest, wide = max(seen.heats) or 1.0, _WIDTH / len(seen.heats)
    band = "".join(
        f'<rect x="{at * wide:.2f}" width="{wide:.2f}" height="{_BAND}" fill="currentColor" '
        f'fill-opacity="{heat / hottest:.3f}" shape-rendering="crispEdges"/>'
        for at, heat in enumerate(seen.heats)
    )
    return drawn + _svg(band, _BAND, "Grad-CAM")


def _channel(values: Sequence[float], shares: Sequence[float]) -> str:
    low, high = min(values), max(values)
    wide, tall = _WIDTH / len(values), (_HEIGHT - 12) / ((high - low) or 1.0)
    strips = "".join(
        f'<rect x="{at * wide:.2f}" width="{wide:.2f}" height="{_HEIGHT}" '
        f'fill="rgb({_FOR if share > 0 else _AGAINST})" fill-opacity="{abs(share) * _STRONGEST:.3f}" '
        'shape-rendering="crispEdges"/>'
        for at, share in enumerate(shares)
        if abs(share) > 0.005
    )
    points = " ".join(
        f"{(at + 0.5) * wide:.2f},{_HEIGHT - 6 - (value - low) * tall:.2f}" for at, value in enumerate(values)
    )
    line = f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    return _svg(strips + line, _HEIGHT, "a curve on the colours of what counts")


def _svg(inside: str, height: int, told: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" '
        f'role="img" aria-label="{told}" xmlns="http://www.w3.org/2000/svg">{inside}</svg>'
    )


def _numbers(seen: SeenNumbers) -> str:
    """A row for each number, the strongest first."""
    most = max(map(abs, seen.attributions), default=0.0) or 1.0
    rows = sorted(zip(seen.names, seen.values, seen.attributions, strict=True), key=lambda row: -abs(row[2]))
    cells = "".join(
        f'<tr><td>{escaped(name)}</td><td>{value:.4g}</td><td class="{_behind(found / most)}">{found:+.3g}</td></tr>'
        for name, value, found in rows[:_MOST_NUMBERS]
    )
    left = len(rows) - _MOST_NUMBERS
    more = _said(f"{left:,} weaker ones") if left > 0 else ""
    return f"<table>{cells}</table>{more}"


def _behind(share: float) -> str:
    """The class of what stands on the colour of a share from -1 to 1."""
    level = round(abs(share) * _LEVELS)
    return f"{'for' if share > 0 else 'against'}{level}" if level else ""


def _said(text: str) -> str:
    return f'<div class="quiet">{escaped(text)}</div>'
