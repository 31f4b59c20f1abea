"""Written arguments that do not hold: each mistake said once, and none hidden by another."""

from pathlib import Path

from cnnspec.analysis import analyse


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
