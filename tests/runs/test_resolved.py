"""The spec that a run keeps reads back as the same network and training."""

from pathlib import Path

import pytest

from cnnspec.language.bundled import bundled_names
from cnnspec.language.location import locate
from cnnspec.runs.resolved import resolved_spec
from tests.support.spec_texts import read

TEXT = """
cnnspec: 1
name: small
description: 'no'
vars: {width: 4, twice: "${2 * width}", price: "$$5", word: "1e3"}
variants: {wide: {width: 8}, narrow: {width: 2}}
default_variant: narrow
inputs: {image: [6, 6, 1]}
model:
  a stage: [conv: {filters: $twice, kernel_size: 3}]
  "18": [flatten, dense: {units: "${width + 1}", name: head}]
training: {epochs: 3, optimizer: {adam: 1e-5}, loss: auto, class_weight: {"0": 1.5, "on": 2}}
"""


def test_variables_and_variants_are_settled(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(TEXT)
    spec, graph = read(locate(f"{tmp_path / 'small.yaml'}@wide", print))
    written = resolved_spec(spec, {"seed": 3, "loss": {"mean_squared_error": {}}})
    (tmp_path / "again.yaml").write_text(written)
    again, same = read(locate(str(tmp_path / "again.yaml"), print))
    assert [(node.name, node.layer, node.facts) for node in same.nodes] == [
        (node.name, node.layer, node.facts) for node in graph.nodes
    ]
    assert "variants" not in written and "width: 8" in written and "twice: 16" in written
    assert again.name == "small" and again.description == "no"
    assert again.training is not None and spec.training is not None
    assert (again.training.seed, again.training.optimizer) == (3, spec.training.optimizer)
    assert again.training.class_weight == spec.training.class_weight
    assert {name: again.variables.find(name).value for name in ("price", "word")} == {"price": "$5", "word": "1e3"}


@pytest.mark.parametrize("name", bundled_names())
def test_every_bundled_spec_reads_back_as_itself(tmp_path: Path, name: str) -> None:
    spec, graph = read(locate(name, print))
    (tmp_path / "again.yaml").write_text(resolved_spec(spec, {}))
    again, same = read(locate(str(tmp_path / "again.yaml"), print))
    assert [(node.name, node.facts) for node in same.nodes] == [(node.name, node.facts) for node in graph.nodes]
    assert (again.training, again.data) == (spec.training, spec.data)
