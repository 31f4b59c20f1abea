"""Named arguments are declared like pydantic's models, and behave like them."""

from copy import copy, deepcopy
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict
from pydantic import Field as PydanticField
from pydantic_core import ValidationError

from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import BeforeValidator, Field, PlainValidator
from cnnspec.layers.model import Fields, model_validator


class Inner(Fields):
    size: Annotated[int, Field(ge=1)]


class Arguments(Fields):
    rate: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
    name: Annotated[str, Field(min_length=1)] | None = None
    sizes: tuple[int, ...] = ()
    mode: Literal["one", "two"] = "one"
    names: dict[str, bool] = Field(default_factory=dict)
    inner: Inner = Inner(size=3)


class Pydantic:
    class Inner(BaseModel):
        model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
        size: Annotated[int, PydanticField(ge=1)]


class Theirs(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    rate: Annotated[float, PydanticField(gt=0, lt=1, allow_inf_nan=False)]
    name: Annotated[str, PydanticField(min_length=1)] | None = None
    sizes: tuple[int, ...] = ()
    mode: Literal["one", "two"] = "one"
    names: dict[str, bool] = PydanticField(default_factory=dict)
    inner: Pydantic.Inner = Pydantic.Inner(size=3)


WRITTEN: list[dict[str, Any]] = [
    {},
    {"rate": 0.5},
    {"rate": 1},
    {"rate": "0.5", "name": "", "sizes": (1, True), "mode": "three", "names": {"a": 1}, "inner": {"size": 0}},
    {"rate": float("inf"), "name": 3, "sizes": 3, "mode": None, "names": [], "inner": 3, "more": 1},
    {"rate": 0.5, "name": "n", "sizes": (1, 2), "mode": "two", "names": {"a": True}, "inner": {"size": 4}},
]


@pytest.mark.parametrize("written", WRITTEN)
def test_what_is_refused_and_why_is_what_a_model_of_pydantic_says(written: dict[str, Any]) -> None:
    def outcome(model: Any) -> object:
        try:
            read = model.model_validate(written)
        except ValidationError as error:
            return [(e["type"], e["loc"], e["msg"], e.get("ctx")) for e in error.errors(include_url=False)]
        values = {**vars(read), "inner": vars(read.inner)}
        return values, read.model_fields_set

    assert outcome(Arguments) == outcome(Theirs)


def test_arguments_are_frozen_equal_by_value_and_copied_with_changes() -> None:
    one = Arguments(rate=0.5)
    assert one == Arguments(rate=0.5, mode="one") != Arguments(rate=0.25)
    assert copy(one) == deepcopy(one) == one
    assert len({Inner(size=3), Inner(size=3), Inner(size=4)}) == 2
    with pytest.raises(AttributeError, match="rate"):
        one.rate = 0.25
    changed = one.model_copy(update={"mode": "two"})
    assert (changed.mode, changed.rate, changed.model_fields_set) == ("two", 0.5, {"rate", "mode"})
    assert one.model_fields_set == {"rate"}


def test_a_default_that_may_change_is_made_each_time() -> None:
    Arguments(rate=0.5).names["a"] = True
    assert Arguments(rate=0.5).names == {}


def test_a_check_of_all_arguments_comes_after_those_of_each_and_of_the_bases() -> None:
    def below(limit: int) -> Any:
        def check(self: Any) -> Any:
            if self.size >= limit:
                raise invalid(f"below {limit}")
            return self

        return check

    class Base(Fields):
        size: int
        _low = model_validator(mode="after")(below(100))

    class Lower(Base):
        _lower = model_validator(mode="after")(below(10))

    def refusal(size: object) -> Any:
        with pytest.raises(ValidationError) as caught:
            Lower.model_validate({"size": size})
        (error,) = caught.value.errors(include_url=False)
        return error.get("ctx", {}).get("expected") or error["type"]

    assert [refusal("1"), refusal(50), refusal(500)] == ["int_type", "below 10", "below 100"]


def test_marks_apply_from_the_first_on() -> None:
    class Marked(Fields):
        numbers: Annotated[tuple[int, ...], BeforeValidator(tuple), Field(min_length=1)]
        word: Annotated[str, PlainValidator(str)] = "-"

    assert Marked.model_validate({"numbers": [1, 2], "word": 3}).arguments() == {"numbers": (1, 2), "word": "3"}
    with pytest.raises(ValidationError, match="at least 1 item"):
        Marked.model_validate({"numbers": []})


def test_a_type_that_nothing_reads_is_refused_when_it_is_needed() -> None:
    class Unread(Fields):
        either: int | str

    with pytest.raises(TypeError, match="needs a validator"):
        Unread(either=3)
