"""A sweep as one SVG: its course, trial by trial, and a slice for each path, that figure over the path's values.

Light or dark as its reader prefers; every text from outside is text.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cnnspec.reports.axes import Axis, drawable, upright_axis
from cnnspec.reports.curves_svg import STYLE
from cnnspec.reports.html_tables import escaped
from cnnspec.reports.sweep.table import named
from cnnspec.results.sweep import Sweep, Trial

_WIDTH, _PANEL = 660, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 20, 36, 44
_LINES = 12
"""Lines of text that would stand beside an axis, by which its labels are chosen."""
_BLUE, _ORANGE = "#2f7ed8", "#e07b26"
_MOST_CHOICES = 12
_LONGEST = 12
_FEW, _SHORT = 6, 4
"""Values that are labelled one by one, and their characters."""


@dataclass(frozen=True, slots=True)
class _Panel:
    """Where a panel's values stand: `x` from 0 to 1 over its width."""

    top: float
    axis: Axis

    def x(self, share: float) -> float:
        return round(_LEFT + 8 + (_WIDTH - _LEFT - _RIGHT - 16) * share, 1)

    def y(self, value: float) -> float:
        return round(self.top + _TOP + (_PANEL - _TOP - _BOTTOM) * (1 - self.axis.share(value)), 1)


def sweep_svg(sweep: Sweep) -> str:
    """The picture; without a finished trial it says so."""
    trials = [each for each in sweep.trials if each.value is not None and drawable(each.value)]
    parts = list(_panels(sweep, trials)) if trials else [_nothing(sweep)]
    height = _PANEL * (1 + len(sweep.space)) if trials else 80
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    told = f"<title>{escaped(f'{sweep.spec}: {sweep.monitor} of {len(trials)} trials')}</title><style>{STYLE}</style>"
    ground = f'<rect class="ground" width="{_WIDTH}" height="{height}" rx="6"/>'
    return f'{head} role="img">{told}{ground}<g class="ink">{"".join(parts)}</g></svg>\n'


def _nothing(sweep: Sweep) -> str:
    return f'<text x="24" y="44">{escaped(sweep.spec)}: no trial is finished yet</text>'


def _panels(sweep: Sweep, trials: Sequence[Trial]) -> Iterator[str]:
    axis = upright_axis([each.value for each in trials if each.value is not None], _LINES)
    yield from _history(sweep, trials, _Panel(0, axis))
    for number, (path, name) in enumerate(named(sweep).items(), 1):
        yield from _slice(sweep, trials, path, name, _Panel(number * _PANEL, axis))


def _frame(panel: _Panel, title: str, below: str, marks: Mapping[str, float]) -> Iterator[str]:
    """A panel's title, its upright axis, the labels below it, each at its share of the width."""
    yield f'<text x="{_LEFT}" y="{panel.top + 20}" font-weight="600">{escaped(title)}</text>'
    right, floor = _WIDTH - _RIGHT, panel.top + _PANEL - _BOTTOM
    for value, label in panel.axis.ticks:
        y = panel.y(value)
        yield f'<path d="M{_LEFT} {y}H{right}" stroke="currentColor" stroke-opacity=".18"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end" opacity=".8">{label.strip()}</text>'
    for label, share in marks.items():
        cut = label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"
        at = f'x="{panel.x(share)}" y="{floor + 18}" text-anchor="middle" opacity=".8"'
        yield f"<text {at}>{escaped(cut)}<title>{escaped(label)}</title></text>"
    yield f'<text x="{(_LEFT + right) / 2}" y="{floor + 36}" text-anchor="middle" opacity=".8">{escaped(below)}</text>'


def _history(sweep: Sweep, trials: Sequence[Trial], panel: _Panel) -> Iterator[str]:
    """Each trial's figure by its number, and a line for the best so far."""
    last = max(each.number for each in trials)
    shares = {each.number: 0.5 if last == 0 else each.number / last for each in trials}
    every = max(1, -(-(last + 1) // 10))
    marks = {str(number + 1): 0.5 if last == 0 else number / last for number in range(0, last + 1, every)}
    yield from _frame(panel, f"{sweep.monitor}, trial by trial", "trial", marks)
    best, points = None, []
    for each in trials:
        value = each.value if each.value is not None else math.nan
        if best is None or (value < best if sweep.direction == "min" else value > best):
            if best is not None:
                points.append(f"{panel.x(shares[each.number])},{panel.y(best)}")
            best = value
        points.append(f"{panel.x(shares[each.number])},{panel.y(best)}")
    yield f'<polyline fill="none" stroke="{_ORANGE}" stroke-width="2" points="{" ".join(points)}"/>'
    yield from (_dot(sweep, each, panel, shares[each.number]) for each in trials)


def _slice(sweep: Sweep, trials: Sequence[Trial], path: str, name: str, panel: _Panel) -> Iterator[str]:
    """Each trial's figure over its value of a path: on a line where these are numbers, else side by side."""
    texts = {each.number: each.values[path] for each in trials}
    shares, marks = _places(list(dict.fromkeys(texts.values())), path in sweep.logarithmic)
    importance = sweep.importances.get(path)
    told = "" if importance is None else f", {importance * 100:.0f} % of what differs"
    yield from _frame(panel, f"{sweep.monitor} by {name}{told}", path, marks)
    yield from (_dot(sweep, each, panel, shares[texts[each.number]]) for each in trials)


def _places(texts: Sequence[str], logarithmic: bool) -> tuple[dict[str, float], dict[str, float]]:
    """Where each value stands, from 0 to 1, and which are labelled where."""
    numbers = {text: _number(text) for text in texts}
    known = [value for value in numbers.values() if value is not None]
    if len(known) < len(texts):
        ordered = list(texts)
        shares = {text: (place + 0.5) / len(ordered) for place, text in enumerate(ordered)}
        return shares, dict(list(shares.items())[:_MOST_CHOICES])
    scale = {text: math.log10(value) if logarithmic else value for text, value in numbers.items() if value is not None}
    low, high = min(scale.values()), max(scale.values())
    wide = high - low
    shares = {text: (value - low) / wide if wide else 0.5 for text, value in scale.items()}
    if len(texts) <= _FEW and max(map(len, texts)) <= _SHORT:
        return shares, _apart(shares)
    ends = [low + wide * part / 4 for part in range(5)]
    return shares, {f"{10**each if logarithmic else each:.2g}": part / 4 for part, each in enumerate(ends)}


def _apart(shares: Mapping[str, float]) -> dict[str, float]:
    """Labels that do not lie over each other."""
    kept: dict[str, float] = {}
    for text, share in sorted(shares.items(), key=lambda each: each[1]):
        if not kept or share - max(kept.values()) > 0.08:
            kept[text] = share
    return kept


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _dot(sweep: Sweep, trial: Trial, panel: _Panel, share: float) -> str:
    value = trial.value if trial.value is not None else math.nan
    best = sweep.best is not None and sweep.best.number == trial.number
    colour, radius = (_ORANGE, 6) if best else (_BLUE, 4)
    values = ", ".join(f"{path} {text}" for path, text in trial.values.items())
    told = f"trial {trial.number + 1}: {values}: {value:.5g}"
    place = f'cx="{panel.x(share)}" cy="{panel.y(value)}" r="{radius}" fill="{colour}" fill-opacity=".8"'
    return f"<circle {place}><title>{escaped(told)}</title></circle>"
