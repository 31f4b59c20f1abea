"""A frozen class behaves as a frozen dataclass does."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from typing import Any

import pytest

from cnnspec.source.frozen import frozen


def classes(decorate: Callable[[type[Any]], type[Any]]) -> tuple[type[Any], type[Any], type[Any]]:
    """A class of values, one with everything that a field may say, and one without fields."""

    class Point:
        """A point."""

        x: int
        y: int = 0

    class Shape:
        """A shape."""

        points: tuple[Any, ...]
        names: list[str] = field(default_factory=list)
        note: str = field(default="", compare=False, repr=False)
        size: int = field(init=False, compare=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "size", len(self.points))

    class Nothing:
        """Nothing."""

    return decorate(Point), decorate(Shape), decorate(Nothing)


OURS, THEIRS = classes(frozen), classes(dataclass(frozen=True))


@pytest.mark.parametrize(
    "use",
    [
        lambda point, shape, nothing: (point(1) == point(1, 0), point(1) == point(2), point(1) == (1, 0)),
        lambda point, shape, nothing: len({point(1), point(1, y=0), point(1, 2)}),
        lambda point, shape, nothing: [repr(each) for each in (point(1), shape((point(1),), ["a"], "b"), nothing())],
        lambda point, shape, nothing: replace(point(1), y=3) == point(1, 3),
        lambda point, shape, nothing: asdict(shape((1, 2), note="n")),
        lambda point, shape, nothing: shape((1,), note="a") == shape((1,), note="b"),
        lambda point, shape, nothing: shape(()).names is shape(()).names,
        lambda point, shape, nothing: deepcopy(shape((1,))) == shape((1,)),
        lambda point, shape, nothing: [each.name for each in fields(shape)],
        lambda point, shape, nothing: nothing() == nothing() and hash(nothing()) == hash(nothing()),
        lambda point, shape, nothing: point.__match_args__,
    ],
)
def test_it_does_what_a_dataclass_does(use: Callable[..., Any]) -> None:
    assert use(*OURS) == use(*THEIRS)


@pytest.mark.parametrize(
    ("use", "refusal"),
    [
        (lambda point, shape, nothing: setattr(point(1), "x", 2), FrozenInstanceError),
        (lambda point, shape, nothing: setattr(point(1), "z", 2), FrozenInstanceError),
        (lambda point, shape, nothing: delattr(point(1), "x"), FrozenInstanceError),
        (lambda point, shape, nothing: point(), TypeError),
        (lambda point, shape, nothing: point(1, 2, 3), TypeError),
        (lambda point, shape, nothing: point(1, z=2), TypeError),
        (lambda point, shape, nothing: shape((), size=2), TypeError),
        (lambda point, shape, nothing: hash(shape(())), TypeError),
    ],
)
def test_it_refuses_what_a_dataclass_refuses(use: Callable[..., Any], refusal: type[Exception]) -> None:
    for each in (OURS, THEIRS):
        with pytest.raises(refusal):
            use(*each)


def test_a_method_of_its_own_stays() -> None:
    @frozen
    class Shown:
        """A value that shows itself."""

        x: int

        def __repr__(self) -> str:
            return f"<{self.x}>"

    assert repr(Shown(3)) == "<3>"
