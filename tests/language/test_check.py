"""Written arguments that do not hold: each mistake said once, and none hidden by another."""

from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.language.check import read_fields
from cnnspec.language.training import Training
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar


def test_a_misspelt_argument_hides_no_other_one(tmp_path: Path) -> None:
    """`heigth` of one crop says why it has no height, and not why the next has none."""
    path = tmp_path / "spec.yaml"
    path.write_text(
        "cnnspec: 1\n"
        "inputs: {x: [8, 8, 1]}\n"
        "model: [rescaling: 0.1, flatten, dense: 10]\n"
        "data:\n"
        "  source: digits\n"
        "  augment:\n"
        "    - random_crop: {heigth: 4, width: 4}\n"
        "    - random_crop: {width: 4}\n"
    )
    found = [(each.code, each.span.line) for each in analyse(str(path)).diagnostics if each.span]
    assert found == [("unknown-argument", 7), ("missing-argument", 8)]


@pytest.mark.parametrize(
    ("entry", "help"),
    [
        ("dense: A", ""),
        ('dense: "-1"', ""),
        ('dense: "0.5"', ""),
        ('dense: "10"', "write 10 without quotes"),
        ("dense: 10.0", "write 10"),
        ("dense: 1.0e+30", ""),
        ("dropout: 20%", "write 0.2"),
        ("dropout: 50", "write 0.5"),
        ("dropout: 200", ""),
        ("dropout: 200%", ""),
        ("conv: {filters: 1, kernel_size: At}", ""),
        ("conv: {filters: 1, kernel_size: 1, padding: Same}", "write same"),
        ("conv: {filters: 1, kernel_size: 1, padding: 2.0}", "write 2"),
        ("conv: {filters: 1, kernel_size: [1, '1']}", "write 1 without quotes"),
    ],
)
def test_a_hint_says_only_what_would_be_taken(entry: str, help: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(f"cnnspec: 1\ninputs: {{x: [8, 8, 1]}}\nmodel:\n  - {entry}\n")
    (found,) = analyse(str(path)).diagnostics
    assert (found.code, found.help) == ("bad-value", help)


def test_of_very_many_mistakes_only_the_first_are_tried_for_a_hint() -> None:
    """To try what would help for each of them would take as many looks as the square of their number."""
    here = Span("spec.yaml", 1, 1)
    weights = Mapping(tuple(Entry(f"class{n}", here, Scalar("1", here, "1", plain=False)) for n in range(2_000)), here)
    looks: list[object] = []

    def read(values: object) -> Training:
        looks.append(values)
        return Training.model_validate(values)

    found: list[Diagnostic] = []
    section = Mapping((Entry("class_weight", here, weights),), here)
    assert read_fields(Training, section, found.append, "training", read=read) is None
    assert len(found) == 2_000
    assert found[0].help == "write 1 without quotes"
    assert len(looks) <= 1 + 100_000 // 2_000
