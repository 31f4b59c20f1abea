"""thresholds.json reads back as it was written, and whatever else stands there is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.results.thresholds import Threshold
from cnnspec.runs.folder import RunFolder, Unpacked
from cnnspec.runs.thresholds import read_thresholds, write_thresholds
from cnnspec.source.diagnostic import Rejected

CHANCES = st.floats(0, 1)


def run_at(folder: Path) -> RunFolder:
    """As much of a run as thresholds ask for."""
    run = RunFolder(folder)
    run.best.write_bytes(b"weights")
    return run


@given(st.lists(CHANCES, max_size=4), st.none() | CHANCES, st.sampled_from(["", "validation"]), st.integers(0, 10**6))
def test_thresholds_read_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, yes: list[float], unsure: float | None, split: str, count: int
) -> None:
    run, threshold = run_at(tmp_path_factory.mktemp("run")), Threshold("kind", tuple(yes), unsure, split, count)
    write_thresholds(run, [threshold])
    assert read_thresholds(run, {"kind": len(yes)}) == {"kind": threshold}
    with pytest.raises(Rejected, match="has none that fit output kind"):
        read_thresholds(run, {"kind": len(yes) + 1})


def test_a_run_without_them_or_with_other_weights_says_how_to_choose_them(tmp_path: Path) -> None:
    run = run_at(tmp_path)
    with pytest.raises(Rejected, match="no thresholds were chosen for it") as refusal:
        read_thresholds(run, {"kind": 0})
    assert refusal.value.diagnostics[0].help == f"write cnnspec evaluate {tmp_path} --threshold auto"
    packed = replace(run, packed=Unpacked(tmp_path / "a.zip"))
    with pytest.raises(Rejected) as refusal:
        read_thresholds(packed, {"kind": 0})
    assert f"cnnspec unpack {tmp_path / 'a.zip'} -o RUN, then" in refusal.value.diagnostics[0].help
    write_thresholds(run, [Threshold("kind", (), 0.5)])
    run.best.write_bytes(b"others!")
    with pytest.raises(Rejected, match="chosen for other weights"):
        read_thresholds(run, {"kind": 0})


@pytest.mark.parametrize(
    "held",
    [
        {"yes": [2.0]}, {"yes": ["0.5"]}, {"yes": [None]}, {"yes": 0.5}, {"yes": [True]}, {}, [],
        {"yes": [0.5], "unsure": -1}, {"yes": [0.5], "unsure": "x"}, {"yes": [0.5] * 300},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_threshold_is_refused(tmp_path: Path, held: object) -> None:
    run = run_at(tmp_path)
    write_thresholds(run, [Threshold("kind", (0.5,))])
    written = json.loads(run.thresholds.read_text())
    run.thresholds.write_text(json.dumps({**written, "outputs": {"kind": held}}))
    with pytest.raises(Rejected, match="has none that fit output kind"):
        read_thresholds(run, {"kind": 1})


@pytest.mark.parametrize("content", ["[]", "{", "[" * 100_000])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    run = run_at(tmp_path)
    run.thresholds.write_text(content)
    with pytest.raises(Rejected, match=r"thresholds\.json is damaged"):
        read_thresholds(run, {})
