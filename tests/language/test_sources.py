"""What each source says of itself: all of it, or its class cannot be defined."""

from pathlib import Path
from typing import Literal

import pytest
from pydantic_core import ValidationError

import cnnspec.language.sources
from cnnspec.language.data import SOURCES, read_data
from cnnspec.language.sources.digits import Digits
from cnnspec.language.sources.section import DataSection
from tests.support.sections import SECTIONS

FLIP = {"random_flip": "horizontal"}


def test_every_file_of_a_source_is_listed() -> None:
    """Those beside them declare what sources have in common, and are no source."""
    files = {path.stem for path in Path(cnnspec.language.sources.__path__[0]).glob("*.py")}
    assert files - set(SOURCES) == {"__init__", "section", "pictures", "columns", "fetched"}
    assert {name: model.kind for name, model in SOURCES.items()} == {name: name for name in SOURCES}


def test_a_source_that_leaves_something_unsaid_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match="Unsaid does not say arrays, features, files, predicts, word"):

        class Unsaid(DataSection):
            source: Literal["unsaid"]

    assert "unsaid" not in SOURCES


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_names_the_files_that_it_stands_on(source: str) -> None:
    keys, files = SECTIONS[source]
    assert list(read_data({"source": source, **keys}).files()) == files


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_that_takes_augmentations_hands_them_on(source: str) -> None:
    section = {"source": source, **SECTIONS[source][0]}
    assert read_data(section).augmentations() == ()
    if "augment" in SOURCES[source].model_fields:
        (flip,) = read_data({**section, "augment": [FLIP]}).augmentations()
        assert flip.written() == {"mode": "horizontal"}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("key", ["image", "text"])
def test_only_a_source_with_named_columns_takes_one(source: str, key: str) -> None:
    """A column that nothing reads is refused, and not passed over."""
    if key not in SOURCES[source].model_fields:
        return
    section = {"source": source, **SECTIONS[source][0], key: {"column": "c"}}
    if SOURCES[source].columns_named:
        assert getattr(read_data(section), key).column == "c"
        return
    with pytest.raises(ValidationError, match=f"no column, since {source} has none") as caught:
        read_data(section)
    (error,) = caught.value.errors()
    assert error["ctx"]["at"] == (key, "column")


def test_there_are_examples_to_validate_with_where_they_are_named_or_set_aside() -> None:
    assert not Digits(source="digits").validates
    assert Digits(source="digits", validation_split=0.1).validates
    assert read_data({"source": "table", "train": "a.csv", "validation": "b.csv"}).validates
