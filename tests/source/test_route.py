"""Routes that one part of the program begins and another completes."""

import pytest

from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.file_route import file_at
from cnnspec.source.route import ENCODING, FILE, NOWHERE, Route, UnitsOf

TRAIN, TEST = ("data", "train"), ("data", "test")


@pytest.mark.parametrize(
    ("raised", "found"),
    [(FILE, TRAIN), (ENCODING, ("data", "text")), (NOWHERE, NOWHERE), (("training", "loss"), ("training", "loss"))],
)
def test_only_what_is_open_gets_the_route_of_the_file(raised: Route, found: Route) -> None:
    with pytest.raises(Rejected) as refusal, file_at(TEST), file_at(TRAIN, ("data", "text")):
        raise rejected("bad-table", "a row", "a cell", at=raised)
    (diagnostic,) = refusal.value.diagnostics
    assert diagnostic.at == found and diagnostic.span is None


def test_a_cause_is_kept() -> None:
    """A traceback of ours would show it."""
    cause = ValueError("why")
    with pytest.raises(Rejected) as refusal, file_at(TRAIN):
        raise rejected("bad-table", "a row", at=FILE) from cause
    assert refusal.value.__cause__ is cause


@pytest.mark.parametrize(
    ("units", "layer", "variable"),
    [
        (UnitsOf("kind", 1), "give the last layer 1 unit", "set vars.n to 1"),
        (UnitsOf("kind", 3, " to learn"), "give the last layer 3 units to learn", "set vars.n to 3 to learn"),
        (UnitsOf("kind"), "", ""),
    ],
)
def test_units_say_what_to_write(units: UnitsOf, layer: str, variable: str) -> None:
    assert units.help == layer and units.help_for("n") == variable
