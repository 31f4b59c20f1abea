"""What a run watched is told of the network that it trained, and of no other."""

import json
from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.reports.explain.explain import explain

SPEC = """cnnspec: 1
name: deep
vars: {width: 4}
inputs: {image: [8, 8, 4]}
model:
  front: [residual: {layers: [conv: {filters: $width, kernel_size: 3, padding: same}], activation: relu}]
  back: [global_avg_pool, dense: {units: 2, activation: softmax}]
data: {source: synthetic, train: 8}
training: {epochs: 2, loss: auto, optimizer: sgd, watch: [gradients]}
"""
PLACES = ("training.watch", "front.residual1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep.yaml").write_text(SPEC)
    return tmp_path


def run(folder: Path, number: int, spec: str, front: float) -> None:
    """What the folder of a run holds of its spec and of two epochs."""
    path = folder / "runs" / f"deep-{number}"
    path.mkdir(parents=True)
    (path / "spec.yaml").write_text(spec)
    lines = [
        {
            "epoch": epoch,
            "loss": 1.0,
            "watch": {"steps": 4, "gradients": {"front": front * (epoch + 1), "back": 0.25}},
        }
        for epoch in range(2)
    ]
    (path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def told(folder: Path, place: str) -> str:
    spec, graph = analyse(str(folder / "deep.yaml")).require()
    return " ".join(str(explain(spec, graph, place, folder / "runs")).split())


@pytest.mark.parametrize("place", PLACES)
def test_the_newest_run_of_this_network_is_told(place: str, folder: Path) -> None:
    """The third run is of a wider network, and the fourth of another name."""
    run(folder, 1, SPEC, 0.5)
    run(folder, 2, SPEC, 0.125)
    run(folder, 3, SPEC.replace("width: 4", "width: 8").replace("[residual", "[conv: 8, residual"), 0.75)
    text = told(folder, place)
    assert "what deep-2 watched" in text and "front 1.2e-01 2.5e-01" in text and "back 2.5e-01 2.5e-01" in text
    assert "front gets 1.0e+00 times what back gets in the last epoch." in text


@pytest.mark.parametrize("place", PLACES)
def test_without_such_a_run_nothing_is_told(place: str, folder: Path) -> None:
    """Neither where there is no folder of runs, nor where the only run is damaged."""
    assert "watched" not in told(folder, place)
    run(folder, 1, "cnnspec: 1\nname: [", 0.5)
    assert "what deep-1 watched" not in told(folder, place)


@pytest.mark.parametrize(
    ("shortcut", "filters", "expected"),
    [
        ("identity", "$width", ("s = F(x) + x", "ds = dF(x) + 1", "dy = relu'(s) · ds")),
        ("projection", "6", ("s = F(x) + W x", "ds = dF(x) + W", "here a projection of it by weights")),
        ("pad", "6", ("s = F(x) + padded(x)", "ds = dF(x) + 1", "zero channels (option A)")),
        ("none", "6", ("nothing is added",)),
    ],
)
def test_the_derivative_of_a_residual_block_has_its_shortcut_in_it(
    shortcut: str, filters: str, expected: tuple[str, ...], folder: Path
) -> None:
    spec = SPEC.replace("filters: $width", f"filters: {filters}").replace(
        "residual: {", f"residual: {{shortcut: {shortcut}, "
    )
    (folder / "deep.yaml").write_text(spec)
    text = told(folder, "front.residual1")
    assert all(each in text for each in expected), text
