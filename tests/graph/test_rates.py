"""`training.rates` by path: the longest that fits a layer counts, whatever the order in which they are written."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.analysis import analyse

CONV: dict[str, Any] = {"filters": 2, "kernel_size": 1, "norm": "batch"}
SPEC: dict[str, Any] = {
    "cnnspec": 1,
    "inputs": {"x": [8, 8, 1]},
    "blocks": {"pair": {"layers": [{"conv": CONV}, {"residual": {"layers": [{"conv": CONV}]}}]}},
    "model": {
        "first_stage": [{"conv": {**CONV, "name": "edges"}}, {"pair": {"repeat": 2}}],
        "second": [{"pair": {"repeat": 2}}, {"conv": CONV}],
        "head": ["flatten", {"dense": {"units": 10, "name": "classes"}}],
    },
}
_PAIRS = [f"pair{number}.{inner}" for number in (1, 2) for inner in ("conv1", "residual1.conv1")]
CONVS = ["first_stage.edges", *(f"{stage}.{pair}" for stage in ("first_stage", "second") for pair in _PAIRS)]
LAYERS = sorted([*CONVS, "second.conv1", *(f"{name}.batch_norm" for name in [*CONVS, "second.conv1"]), "head.classes"])
PATHS = sorted({".".join(name.split(".")[:length]) for name in LAYERS for length in range(1, name.count(".") + 2)})


def rates_of(folder: Path, training: dict[str, Any]) -> dict[str, float]:
    """What the rate of every layer with weights is multiplied by."""
    path = folder / "spec.yaml"
    path.write_text(json.dumps({**SPEC, "training": training}), encoding="utf-8")
    graph = analyse(str(path)).graph
    assert graph is not None
    return {node.name: graph.rates.get(node.name, 1.0) for node in graph.nodes if node.facts.weights}


def longest(name: str, rates: dict[str, float]) -> float:
    """The rate of the longest path that a layer's name begins with."""
    fitting = [path for path in rates if f"{name}.".startswith(f"{path}.")]
    return rates[max(fitting, key=len)] if fitting else 1.0


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(PATHS), st.floats(0.01, 10), min_size=1))
def test_the_longest_path_that_fits_a_layer_gives_its_rate(tmp_path_factory: Any, rates: dict[str, float]) -> None:
    """Every path of a stage, an entry, a block or a layer, drawn in any number and order."""
    found = rates_of(tmp_path_factory.mktemp("rates"), {"rates": rates})
    assert found == {name: longest(name, rates) for name in found}
    assert sorted(found) == LAYERS


def test_an_entry_goes_before_the_stage_that_holds_nothing_else(tmp_path: Path) -> None:
    """In whichever order they stand: the path of the entry is the longer one, though both hold the same weights."""
    for rates in ({"head": 0.1, "head.classes": 3.0}, {"head.classes": 3.0, "head": 0.1}):
        assert rates_of(tmp_path, {"rates": rates})["head.classes"] == 3.0


def test_a_name_stands_for_all_repeats_of_its_entry(tmp_path: Path) -> None:
    """As in freeze, and as in the summary."""
    spec = {**SPEC, "model": {"body": [{"conv": {**CONV, "repeat": 2, "name": "both"}}, "flatten", {"dense": 3}]}}
    path = tmp_path / "spec.yaml"
    path.write_text(json.dumps({**spec, "blocks": {}, "training": {"rates": {"body.both": 0.5}}}), encoding="utf-8")
    graph = analyse(str(path)).graph
    assert graph is not None
    weighing = [node.name for node in graph.nodes if node.facts.weights]
    assert [graph.rates.get(name) for name in weighing] == [0.5, 0.5, 0.5, 0.5, None]
