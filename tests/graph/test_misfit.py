"""A layer that does not fit: its message points at every culprit, and at nothing else."""

from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.source.diagnostic import Diagnostic


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


@pytest.mark.parametrize(
    ("read", "entries", "help", "line"),
    [
        ("[10, 6]", ["lstm: 5", "lstm: 4"], "let the lstm before it give every step", 5),
        ("[10, 6]", ["gru: 5", "dropout: 0.1", "attention"], "let the gru before it give every step", 5),
        ("[10, 6]", ["lstm: 5", "time_distributed: {layer: {dense: 2}}"], "let the lstm before it give every step", 5),
        ("[10, 6]", ["flatten", "lstm: 4"], "this comes after a flatten", 5),
        ("[8, 8, 3]", ["global_avg_pool", "dense: 3", "squeeze_excite: 2"], "this comes after a global_avg_pool", 5),
        ("[6]", ["lstm: 4"], "with reshape: [6, 1]", None),
        ("[6]", ["position_embedding"], "with reshape: [6, 1]", None),
        ("[5]", ["dense: 4", "squeeze_excite: 4"], "with reshape: [4, 1]", None),
        (
            "[5, 6]",
            ["time_distributed: {layer: {conv: {filters: 3, kernel_size: 3}}}"],
            "with reshape: [5, 6, 1]",
            None,
        ),
    ],
)
def test_a_layer_without_places_to_read_is_told_where_they_went(
    tmp_path: Path, read: str, entries: list[str], help: str, line: int | None
) -> None:
    """A recurrent layer that gives its last step, a flatten, or nothing at all: what to write works when written."""
    path = tmp_path / "spec.yaml"

    def mistakes(entries: list[str]) -> list[Diagnostic]:
        listed = "".join(f"  - {entry}\n" for entry in entries)
        path.write_text(f"cnnspec: 1\nname: spec\ninputs: {{x: {read}}}\nmodel:\n{listed}", encoding="utf-8")
        return [each for each in analyse(str(path)).diagnostics if each.severity == "error"]

    (found,) = mistakes(entries)
    assert found.code == "shape-mismatch" and help in found.help
    assert [note.span.line for note in found.notes if note.span] == ([line] if line else [])
    if "give every step" in help:
        kind, units = entries[0].split(": ")
        assert not mistakes([f"{kind}: {{units: {units}, return_sequences: true}}", *entries[1:]])
    if "reshape: [" in help:
        assert not mistakes([*entries[:-1], found.help[found.help.index("reshape: [") :], entries[-1]])


@pytest.mark.parametrize(
    "model",
    [
        "[position_embedding]",
        "[dense: {units: 4, name: one}, dense: {units: 5, name: two}, dot: {axes: -1, from: [one, two]}]",
    ],
)
def test_what_is_read_is_said_once(tmp_path: Path, model: str) -> None:
    """Of a message that names the layer and what it reads."""
    path = tmp_path / "spec.yaml"
    path.write_text(f"cnnspec: 1\nname: spec\ninputs: {{x: [null, 3]}}\nmodel: {model}\n", encoding="utf-8")
    (message,) = [each.message for each in analyse(str(path)).diagnostics if each.code == "shape-mismatch"]
    assert message.count(" reads ") == 1
