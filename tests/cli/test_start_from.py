"""`cnnspec train --start-from` as a command line: what it says, and its exit codes."""

import json
from pathlib import Path

from tests.support.program import FINE, USAGE, WRONG, refused, run_here
from tests.support.small_runs import small_spec
from tests.support.transfers import FOUR, THREE, training


def test_starting_from_weights_says_what_it_does_or_why_not(tmp_path: Path) -> None:
    """A run by its short name; all that does not fit; a part of it; the plan as JSON; what makes no sense."""
    small_spec(tmp_path, training(), THREE)
    assert run_here("train", "small.yaml", folder=tmp_path).returncode == FINE
    small_spec(tmp_path, training("freeze: [body]"), FOUR)
    start = ("train", "small.yaml", "--start-from", "small-1")
    refused(
        run_here(*start, folder=tmp_path), WRONG, "weights-differ", "kernel 16×3 in the file, 16×4 here", "--partial"
    )
    done = run_here(*start, "--partial", "--dry-run", "--format", "json", folder=tmp_path)
    told = json.loads(done.stdout)["start_from"]
    assert [stage["loaded"]["tensors"] for stage in told["stages"]] == [10, 0]
    said = run_here(*start, "--partial", folder=tmp_path).stdout.decode()
    assert "starts from runs/small-1/best.keras" in said and "10 of 12 weights" in said
    assert "start_from:" in (tmp_path / "runs" / "small-2" / "spec.yaml").read_text()
    refused(run_here("train", "small.yaml", "--partial", folder=tmp_path), USAGE, "--partial without --start-from")
    both = ("train", "--resume", "small-1", "--start-from", "small-1")
    refused(run_here(*both, folder=tmp_path), USAGE, "--resume together with --start-from")
    (tmp_path / "bad.keras").write_bytes(b"no model")
    bad = run_here("train", "small.yaml", "--start-from", "bad.keras", folder=tmp_path)
    refused(bad, WRONG, "bad-model", "bad.keras is damaged, or another format")
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["small-1", "small-2"]
