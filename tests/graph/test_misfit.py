"""A layer that does not fit: its message points at every culprit, and at nothing else."""

from pathlib import Path

from cnnspec.analysis import analyse


def test_only_the_unknown_lengths_that_a_layer_reads_are_pointed_at(tmp_path: Path) -> None:
    """The name of one input may end the name of another: `x[0]` stands in `xx[0]`."""
    path = tmp_path / "spec.yaml"
    path.write_text(
        "cnnspec: 1\n"
        "inputs:\n"
        "  x: [null, 3]\n"
        "  xx: [null, 3]\n"
        "model:\n"
        "  - flatten: {from: xx}\n"
        "  - dense: 1\n"
        "  - flatten: {from: x, name: other}\n"
        "outputs: {other: other}\n"
    )
    found = next(each for each in analyse(str(path)).diagnostics if each.code == "shape-mismatch")
    assert [note.span.line for note in found.notes if note.span] == [4]
