"""What was looked at as a table, and as JSON."""

from dataclasses import asdict
from typing import Any

from cnnspec.reports.safe import json_text
from cnnspec.reports.table import Column, Sheet, Table, excerpt
from cnnspec.results.attribution import (
    Heat,
    Look,
    Looks,
    SeenCurve,
    SeenInput,
    SeenNumbers,
    SeenPicture,
    SeenWords,
    percent,
)

_MOST = 3
"""Parts that are named, the strongest first."""
_COLUMNS = (Column("example"), Column("looked at for"), Column("sum", "right"), Column("what counts most", leaves=1))


def looks_sheets(looks: Looks) -> tuple[Sheet, ...]:
    """A row for each example: its class, what the attributions add up to, and the strongest; then how it was made."""
    readable = [look for look in looks.looks if look.target is not None]
    if not readable:
        return ()
    rows = tuple((excerpt(look.name, 32), _target(look), _sum(look), _strongest(look)) for look in readable)
    return (Sheet((looks.run, "what it looked at"), Table(_COLUMNS, rows), tuple(_remarks(looks, readable))),)


def _target(look: Look) -> str:
    target = look.target
    assert target is not None
    share = "" if target.probability is None else f" ({percent(target.probability)})"
    return excerpt(target.name, 32) + share + ("" if target.predicted else ", asked for")


def _sum(look: Look) -> str:
    path = look.path
    assert path is not None
    return f"{path.total:.3g} of {path.difference:.3g}" + ("" if path.complete else ", too far off")


def _strongest(look: Look) -> str:
    several = len(look.inputs) > 1
    return "; ".join(f"{seen.input}: {_parts(seen)}" if several else _parts(seen) for seen in look.inputs)


def _parts(seen: SeenInput) -> str:
    if isinstance(seen, SeenPicture):
        return f"row {seen.strongest[0]}, column {seen.strongest[1]}"
    if isinstance(seen, SeenWords):
        named = [(word.text, word.attribution) for word in seen.words]
    elif isinstance(seen, SeenCurve):
        steps = [sum(each) for each in zip(*seen.attributions, strict=True)]
        named = [(f"step {number}", value) for number, value in enumerate(steps)]
    else:
        named = list(zip(seen.names, seen.attributions, strict=True))
    best = sorted(named, key=lambda each: -abs(each[1]))[:_MOST]
    return ", ".join(f"{excerpt(name, 20)} {value:+.2g}" for name, value in best)


def _remarks(looks: Looks, readable: list[Look]) -> list[tuple[str, ...]]:
    """How they were made; once where it is alike for all."""
    ways = dict.fromkeys(look.target.quantity.partition(" of ")[0] for look in readable if look.target)
    starts = dict.fromkeys(look.path.baseline for look in readable if look.path)
    steps = [look.path.steps for look in readable if look.path]
    said = [
        (f"integrated gradients of {' and '.join(ways)}, from {' and '.join(starts)}", _span(steps)),
        *_more(readable),
        *((f"Grad-CAM of {score} at {stage}",) for score, stage in _cams(readable)),
    ]
    return [*said, *((remark,) for remark in looks.remarks)]


def _more(readable: list[Look]) -> list[tuple[str, ...]]:
    steps = [look.path.steps for look in readable if look.path and not look.path.complete]
    return [(f"for sums that are too far off: --steps {4 * max(steps)}",)] if steps else []


def _span(steps: list[int]) -> str:
    return f"{min(steps):,} steps" if min(steps) == max(steps) else f"{min(steps):,} to {max(steps):,} steps"


def _cams(readable: list[Look]) -> dict[tuple[str, str], None]:
    return dict.fromkeys(
        (look.target.score, heat.stage.told) for look in readable if look.target for heat in look.heats
    )


def looks_json(looks: Looks) -> str:
    """`{"run", "weights", "remarks", "examples"}`, each with what it is for, sums, and every attribution."""
    return json_text(
        {
            "run": looks.run,
            "weights": looks.weights,
            "remarks": list(looks.remarks),
            "examples": [_facts(look) for look in looks.looks],
        }
    )


def _facts(look: Look) -> dict[str, Any]:
    if look.target is None or look.path is None:
        return {"name": look.name, "text": look.text, "problems": [problem.message for problem in look.problems]}
    path = look.path
    return {
        "name": look.name,
        "text": look.text,
        "says": None if look.said is None else asdict(look.said),
        "target": asdict(look.target),
        "integrated_gradients": asdict(path) | {"difference": path.difference, "error": path.error},
        "inputs": [_input(seen) for seen in look.inputs],
        "remarks": list(look.remarks),
    }


def _input(seen: SeenInput) -> dict[str, Any]:
    if isinstance(seen, SeenPicture):
        facts: dict[str, Any] = {
            "kind": "picture",
            "strongest": list(seen.strongest),
            "attributions": seen.attributions,
        }
    elif isinstance(seen, SeenWords):
        words = [asdict(word) for word in seen.words]
        facts = {"kind": "words", "words": words, "padding": seen.padding, "unread": seen.unread}
    else:
        facts = {"kind": "curve" if isinstance(seen, SeenCurve) else "numbers"}
        facts |= {"names": list(seen.names)} if isinstance(seen, SeenNumbers) else {}
        facts |= {"values": seen.values, "attributions": seen.attributions}
    heat = None if isinstance(seen, SeenNumbers) else seen.heat
    return {"input": seen.input, **facts, "total": seen.total, "grad_cam": _heat(heat)}


def _heat(heat: Heat | None) -> dict[str, Any] | None:
    if heat is None:
        return None
    return {"stage": heat.stage.name, "chosen": heat.stage.chosen, "shape": heat.shape, "values": heat.values}
