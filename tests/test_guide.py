"""The guide is true: each of its commands runs, and prints what the guide says."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.support.guide_steps import GUIDE, TRANSFER, Step, put_pictures, steps, take
from tests.support.often import ALL

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
_TWO = " --set training.epochs=2"
_SHALLOW = "".join(f' --set "model.blocks {number}=[$block]"' for number in range(1, 5))
_DEEPER = re.compile(r"^  conv[34]_x: .*\n", re.MULTILINE)
"""Stages of the reader's own spec that may be missing."""
SHORTER = {
    "cnnspec train xor.yaml --set vars.bend=linear": _TWO,
    "cnnspec train xor.yaml": _TWO,
    "cnnspec train convnet.yaml": _TWO,
    "cnnspec train convnet.yaml --set vars.drop=0.5": _TWO,
    "cnnspec train deep.yaml@plain": _TWO + _SHALLOW,
    "cnnspec train deep.yaml@residual": _TWO + _SHALLOW,
    "cnnspec explain deep.yaml@plain training.watch": _SHALLOW,
    'cnnspec train deep.yaml@plain --set "vars.norm={batch: {momentum: 0.9}}"': _TWO + _SHALLOW,
    "cnnspec train digits --set training.epochs=4": " --set training.epochs=1",
}
"""What makes long trainings shorter, and finds them, where not all cases are asked in their full length."""
OF_LENGTH = {
    "cnnspec runs compare xor-1 xor-2",
    "cnnspec runs compare convnet-1 convnet-2",
    "cnnspec runs compare deep-1 deep-2",
    "cnnspec runs compare deep-1 deep-3",
    "cnnspec explain deep.yaml@residual blocks_1.residual_block1.residual1",
    "cnnspec train digits --start-from digits-1 --set training.epochs=1",
    'cnnspec train probe.yaml --set "training.start_from={weights: runs/digits-1, new: [probe]}"',
}
"""What shows figures of these trainings: of shorter ones, they are other figures at the same places."""
_ENDS = re.compile(r"(?: [a-z]+-\d)?(?: within| larger)?$")
_EPOCHS = re.compile(r"epochs? \d+(?: \d+)+$|.* (?:apart,|the noise,) |the same examples in pairs |$")
"""Lines whose length or words are by the number of epochs: the rows of it, and how far figures are apart."""
_WATCHED = re.compile(r"^ what deep-2 watched$.*?(?=^ what is in it$)", re.MULTILINE | re.DOTALL)
"""What is told of a run of the very network, which a shallower one is not."""


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
        printed = take(step if ALL else shorter(step), tmp_path)
        _changed_by_its_reader(tmp_path / "mine.yaml")
        if step.printed is not None:
            wrong += [(step.commands[-1], *pair) for pair in differences(step.commands[-1], step.printed, printed)]
    assert not wrong, f"if this is meant, run python -m tests.support.guide_steps docs/{page.name}"


def shorter(step: Step) -> Step:
    """Its long trainings with fewer epochs and layers."""
    return replace(step, commands=tuple(each + SHORTER.get(each, "") for each in step.commands))


def differences(command: str, said: str, printed: str) -> Iterator[tuple[str, str]]:
    """Lines that are not as the guide says; of shorter trainings, all but what their length makes of them."""
    by_length = not ALL and command in OF_LENGTH
    read = without_length if by_length else lines
    tolerance = math.inf if by_length else _DEEP if "deep-" in command else _TOLERANCE
    pairs = zip_longest(read(said), read(printed), fillvalue="")
    return (pair for pair in pairs if not alike(*pair, tolerance))


def without_length(text: str) -> list[str]:
    """Its lines with nothing about how many epochs there were, and which run was the better one after so many."""
    return [_ENDS.sub("", line) for line in lines(_WATCHED.sub("", text)) if not _EPOCHS.match(line)]


def _changed_by_its_reader(spec: Path) -> None:
    """Made shorter and smaller: it is his to change, and what is printed of it is not shown."""
    if spec.exists():
        text = spec.read_text().replace("epochs: 30", "epochs: 2")
        spec.write_text(text if ALL else _DEEPER.sub("", text).replace("size: 128", "size: 32"))


def test_the_guide_shows_every_idea_and_what_each_command_prints() -> None:
    """Commands whose output is not shown are those of the last section, on the reader's own pictures."""
    assert [step.printed is None for step in STEPS] == [False] * (len(STEPS) - 2) + [True] * 2
    assert all(step.printed is None or len(step.printed) > 40 for step in STEPS)


def test_trainings_that_are_shortened_are_those_of_a_guide() -> None:
    """So is what shows their figures."""
    commands = [each for page in (GUIDE, TRANSFER) for step in steps(page.read_text()) for each in step.commands]
    assert {*SHORTER, *OF_LENGTH} <= {*commands}
