"""What is known of a spec without data, and what of it older versions did not mind."""

from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.checks import LATER_RULES

TWO = "model: {a: [dense: 2], b: [dense: {units: 1, from: a}]}\noutputs: {%s: a, b: b}\n"
ONE = "model: [dense: %s]\n"
YOUNGER = {
    "probabilities-expected": ONE % 3 + "training: {loss: sparse_categorical_crossentropy}\n",
    "no-loss": TWO % "a" + "training: {loss: {a: mean_squared_error}}\n",
    "metric-mismatch": ONE % 1 + "training: {loss: mean_squared_error, metrics: [accuracy]}\n",
    "reserved-name": TWO % "val" + "training: {loss: {val: mean_squared_error, b: mean_squared_error}}\n",
}


@pytest.mark.parametrize("code", sorted(LATER_RULES))
def test_what_older_versions_trained_is_refused_anew_and_read_of_a_run(tmp_path: Path, code: str) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(f"cnnspec: 1\nname: net\ninputs: {{x: [4]}}\n{YOUNGER[code]}")
    refused, read = analyse(str(path)), analyse(str(path), trained=True)
    assert [(each.code, each.severity) for each in refused.diagnostics] == [(code, "error")] and refused.graph is None
    assert [(each.code, each.severity) for each in read.diagnostics] == [(code, "warning")] and read.graph is not None


def test_a_run_whose_blocks_and_parameters_have_names_of_today_is_read_as_it_was(tmp_path: Path) -> None:
    """A block that was there before the layer of its name, and a parameter before the argument of every entry."""
    path = tmp_path / "net.yaml"
    block = "{params: {LAST: 3, size: 2}, layers: [conv: {filters: $LAST, kernel_size: $size}]}"
    head = f"cnnspec: 1\nname: net\ninputs: {{x: [8, 8, 3]}}\nblocks: {{BLOCK: {block}}}\n"
    text = f"{head}model: [BLOCK: {{LAST: 4}}]\n"
    path.write_text(text.replace("BLOCK", "gate").replace("LAST", "count"))
    before = analyse(str(path)).graph
    path.write_text(text.replace("BLOCK", "squeeze_excite").replace("LAST", "last"))
    refused, read = analyse(str(path)), analyse(str(path), trained=True)
    assert [each.code for each in refused.diagnostics] == ["reserved-name"] * 2 and refused.graph is None
    assert [each.severity for each in read.diagnostics] == ["warning"] * 2
    assert before is not None and read.graph is not None
    assert [node.facts for node in read.graph.nodes] == [node.facts for node in before.nodes]
