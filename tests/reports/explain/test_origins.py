"""The last place that a value has gone through holds what the layer has."""

import pytest

from cnnspec.analysis import analyse
from cnnspec.language.bundled import bundled_names
from cnnspec.layers.kind import Kind
from cnnspec.reports.explain.arguments import origins_of_argument
from cnnspec.reports.explain.network import Network
from cnnspec.source.values import plain
from cnnspec.source.yaml import read_yaml

_MOST = 40
COUNTED = ("is", "counts")
"""How it is told what the name of a repeat, or of what is read, stands for."""


def value_of(text: str) -> object:
    """What a value that is written alone is; None where it was cut, or is computed."""
    if "…" in text or "$" in text:
        return None
    found = read_yaml(text, "text", lambda found: None)
    return plain(found) if found is not None else None


def as_written(value: object) -> object:
    """A layer's value as a spec has it."""
    if isinstance(value, Kind):
        return value.kind if not value.written() else None
    return list(map(as_written, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", bundled_names())
def test_the_last_place_of_an_argument_holds_its_value(name: str) -> None:
    """Where nothing is computed on the way: through blocks, first and last, variants, variables and defaults."""
    spec, graph = analyse(name).require()
    network, tried = Network(spec, graph), 0
    layers = [step for _, step in network.steps if step.layer is not None]
    for step in layers[:: max(1, len(layers) // _MOST)]:
        assert step.layer is not None
        for argument in step.layer.written():
            rows = list(origins_of_argument(network, step, argument))
            texts = [row.written.partition(": ")[2] or row.written for row in rows]
            if (
                not rows
                or any("${" in text or "[" in text for text in texts)
                or rows[-1].said.startswith(("is", "counts"))
            ):
                continue
            said, held = value_of(texts[-1]), as_written(getattr(step.layer, argument))
            if said is not None and not isinstance(said, dict) and held is not None and argument != "norm":
                assert said == held, (step.name, argument, texts, held)
                tried += 1
    assert tried
