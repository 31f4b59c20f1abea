"""Specs drawn at random for their structure: layers, blocks, repeats, skips, branches, names read from elsewhere."""

import json
from typing import Any

from hypothesis import strategies as st

LEAVES = st.sampled_from(
    [
        {"conv": {"filters": 4, "kernel_size": 3, "padding": "same"}},
        {"conv": {"filters": 4, "kernel_size": 1, "norm": "batch", "activation": "relu"}},
        {"activation": "relu"},
        {"dropout": 0.5},
        {"batch_norm": {}},
        {"max_pool": {"pool_size": 3, "strides": 1, "padding": "same"}},
        {"squeeze_excite": 2},
        {"conv": {"filters": 4, "kernel_size": 3, "padding": "same", "repeat": 5}},
    ]
)


def _nested(entries: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(entries, min_size=1, max_size=3)
    return st.one_of(
        lists.map(lambda layers: {"residual": {"layers": layers}}),
        lists.map(lambda layers: {"residual": {"layers": layers, "activation": "relu", "repeat": 3}}),
        st.tuples(
            st.lists(st.one_of(lists, st.just([])), min_size=2, max_size=4), st.sampled_from(["add", "average"])
        ).map(lambda drawn: {"parallel": {"branches": drawn[0], "merge": drawn[1]}}),
    )


ENTRIES = st.recursive(LEAVES, _nested, max_leaves=8)
NAMES = st.text("abcdefgh <&>-'", min_size=1, max_size=40).map(lambda text: f"a{text.strip()}")


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A spec whose stages read the one before them, or an earlier one as well."""
    titles = draw(st.lists(NAMES, min_size=1, max_size=5, unique_by=lambda name: "".join(filter(str.isalpha, name))))
    model: dict[str, Any] = {}
    for number, title in enumerate(titles):
        entries = draw(st.lists(ENTRIES, min_size=1, max_size=3))
        if number > 1 and draw(st.booleans()):
            earlier = draw(st.sampled_from(titles[: number - 1]))
            entries.insert(draw(st.integers(0, len(entries))), {"add": {"from": [earlier, titles[number - 1]]}})
        model[title] = entries
    return "cnnspec: 1\nname: drawn\ninputs: {x: [8, 8, 4]}\nmodel: " + json.dumps(model)
