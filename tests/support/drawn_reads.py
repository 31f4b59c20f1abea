"""Pairs of specs drawn at random that hold the same layers and differ in nothing but what these read."""

import json
from typing import Any

from hypothesis import strategies as st

CONV = {"filters": 4, "kernel_size": 3, "padding": "same"}
KINDS = st.sampled_from(["conv", "conv", "add", "subtract", "residual", "parallel"])


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Two specs; the last stage of both reads all, so that nothing is left unread."""
    skeleton = draw(st.lists(st.lists(KINDS, min_size=1, max_size=3), min_size=2, max_size=4))
    return _spec(draw, skeleton), _spec(draw, skeleton)


def _spec(draw: st.DrawFn, skeleton: list[list[str]]) -> str:
    model: dict[str, Any] = {}
    known = ["x", "y"]
    for number, kinds in enumerate(skeleton):
        entries = []
        for at, kind in enumerate(kinds):
            entries.append({kind: {**_entry(kind, draw, [f"s{number}.e{each}" for each in range(at)] + known, at),
                                   "name": f"e{at}"}})  # fmt: skip
        model[f"s{number}"] = entries
        known = [f"s{number}", *(f"s{number}.e{at}" for at in range(len(kinds) - 1)), *known]
    model["end"] = [{"add": {"from": known}}]
    return "cnnspec: 1\nname: reads\ninputs: {x: [8, 8, 4], y: [8, 8, 4]}\nmodel: " + json.dumps(model)


def _entry(kind: str, draw: st.DrawFn, known: list[str], at: int) -> dict[str, Any]:
    """The arguments of an entry that reads some of what is known, what stands before it perhaps."""
    if kind in ("add", "subtract"):
        return {"from": draw(st.lists(st.sampled_from(known), min_size=2, max_size=2, unique=True))}
    read = draw(st.sampled_from(known)) if not at or draw(st.booleans()) else None
    source = {} if read is None else {"from": read}
    if kind == "conv":
        return CONV | source
    if kind == "residual":
        return {"layers": [{"conv": CONV}]} | source
    return {"branches": [[{"conv": CONV}], []], "merge": "add"} | source
