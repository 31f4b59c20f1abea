"""The guide is true: each of its commands runs, and prints what the guide says."""

import math
import re
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.support.guide_steps import GUIDE, TRANSFER, put_pictures, steps, take

STEPS = list(steps(GUIDE.read_text()))
_DRAWN = re.compile("[\u2800-\u28ff│└]")
_VARIES = re.compile(
    r"[\d.]+[KM]? \w+/s|(?:took|left) [\dhms.]+|\b[\d.]+(?:m\d\d)?s\b"
    r"|━+|\b\d\.\de[+-]\d\d\b|bars from \S+ to \S+"
    r"| best so far|(?<=best epoch)[ :].*|weights of epoch \d+| [a-z]+-\d$"
)
"""Times, sizes of gradients, and which epoch or run was the better one where they are close."""
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_TOLERANCE, _DEEP = 0.15, 0.5
"""How far figures may be apart; 33 layers make more of a rounding."""


def lines(text: str) -> list[str]:
    """What is the same on every machine: no curves, no times, each number in its place."""
    kept = [_VARIES.sub("", line) for line in text.splitlines() if not _DRAWN.search(line)]
    return [" ".join(line.split()) for line in kept]


def alike(said: str, printed: str, tolerance: float = _TOLERANCE) -> bool:
    """The same words; figures of a training differ from machine to machine, but not by much."""
    if _NUMBER.sub("#", said) != _NUMBER.sub("#", printed):
        return False
    pairs = zip(_NUMBER.findall(said), _NUMBER.findall(printed), strict=True)
    return all(math.isclose(float(one), float(other), rel_tol=0.02, abs_tol=tolerance) for one, other in pairs)


@pytest.mark.parametrize("page", [GUIDE, TRANSFER], ids=lambda page: page.name)
def test_every_command_of_a_guide_prints_what_it_says(page: Path, tmp_path: Path) -> None:
    """In one folder, from the first step to the last, as a reader takes them."""
    put_pictures(tmp_path)
    wrong = []
    for step in steps(page.read_text()):
        printed = take(step, tmp_path)
        _with_fewer_epochs(tmp_path / "mine.yaml")
        if step.printed is not None:
            pairs = zip_longest(lines(step.printed), lines(printed), fillvalue="")
            tolerance = _DEEP if "deep-" in step.commands[-1] else _TOLERANCE
            wrong += [(step.commands[-1], *pair) for pair in pairs if not alike(*pair, tolerance)]
    assert not wrong, f"if this is meant, run python -m tests.support.guide_steps docs/{page.name}"


def _with_fewer_epochs(spec: Path) -> None:
    """A reader's own spec is his to change, and what is printed of it is not shown."""
    if spec.exists():
        spec.write_text(spec.read_text().replace("epochs: 30", "epochs: 2"))


def test_the_guide_shows_every_idea_and_what_each_command_prints() -> None:
    """Commands whose output is not shown are those of the last section, on the reader's own pictures."""
    assert [step.printed is None for step in STEPS] == [False] * (len(STEPS) - 2) + [True] * 2
    assert all(step.printed is None or len(step.printed) > 40 for step in STEPS)
