"""No key of `data` and `training` is forgotten, whichever there will be."""

from dataclasses import replace
from typing import Any

import pytest

from cnnspec.comparison.sections import section_differences
from cnnspec.language.data import SOURCES
from cnnspec.language.location import Location
from cnnspec.language.losses import Loss
from cnnspec.language.optimizers import Optimizer
from cnnspec.language.spec import Spec
from cnnspec.language.training import Training
from cnnspec.layers.model import Fields
from tests.support.spec_texts import HEADER, read

MODEL = "inputs: {image: [8, 8, 1]}\nmodel: [flatten, dense: 10]\ntraining: {epochs: 2}\n"
SPEC, _ = read(Location(None, "<stdin>"), HEADER.format(name="small") + MODEL)
IN_THE_NETWORK = {"freeze", "rates", "phases"}


def told(one: Spec, other: Spec) -> list[str]:
    return [str(each) for each in section_differences(one, other)]


def with_optimizer(optimizer: Any) -> Spec:
    assert SPEC.training is not None
    return replace(SPEC, training=SPEC.training.model_copy(update={"optimizer": optimizer}))


@pytest.mark.parametrize("name", sorted(set(Training.model_fields) - IN_THE_NETWORK))
def test_every_key_of_training_is_compared(name: str) -> None:
    assert SPEC.training is not None
    other = replace(SPEC, training=SPEC.training.model_copy(update={name: "something else"}))
    (line,) = told(SPEC, other)
    assert line.startswith(f"training: {name} ") and line.endswith("-> something else")


def made(fields: type[Fields]) -> Fields:
    """The arguments of a class as they are by default, and something where one is required."""
    values = {name: "needed" if field.is_required() else field.default for name, field in fields.model_fields.items()}
    return fields.model_copy(_blank(fields), update=values)


def _blank(fields: type[Fields]) -> Any:
    blank = fields.__new__(fields)
    object.__setattr__(blank, "__dict__", {})
    object.__setattr__(blank, "__pydantic_fields_set__", set())
    return blank


@pytest.mark.parametrize("kind", [*Optimizer.members, *Loss.members])
def test_every_argument_of_an_optimizer_or_a_loss_is_compared(kind: str) -> None:
    plain = made(Optimizer.members.get(kind) or Loss.members[kind])
    for name in type(plain).model_fields:
        other = plain.model_copy(update={name: "something else"})
        (line,) = told(with_optimizer(plain), with_optimizer(other))
        assert line.startswith(f"training: optimizer.{kind}.{name} ")


@pytest.mark.parametrize("source", SOURCES)
def test_every_key_of_a_source_is_compared(source: str) -> None:
    plain: Any = made(SOURCES[source])
    for name in type(plain).model_fields:
        other = plain.model_copy(update={name: "something else"})
        (line,) = told(replace(SPEC, data=plain), replace(SPEC, data=other))
        assert line.startswith(f"data: {name} ")


def test_another_optimizer_is_one_difference_with_its_arguments() -> None:
    adam, sgd = Optimizer.members["adam"](), Optimizer.members["sgd"](momentum=0.9)
    assert told(with_optimizer(adam), with_optimizer(sgd)) == ["training: optimizer adam -> {sgd: {momentum: 0.9}}"]
