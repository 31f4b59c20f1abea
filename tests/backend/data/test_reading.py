"""Every source that a spec may name is read, or said not to run yet."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

import pytest

from cnnspec.backend.data.reading import not_running, reader_of
from cnnspec.language.data import SOURCES, read_data
from cnnspec.language.features import Feature
from cnnspec.language.sources.section import DataSection, Word
from cnnspec.layers.shape import Shape
from tests.support.sections import SECTIONS


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_is_read_or_said_not_to_run(source: str) -> None:
    """One that lacks its file cannot pass as one without examples."""
    section = read_data({"source": source, **SECTIONS[source][0]})
    if section.runs:
        assert not_running(section) == []
        assert reader_of(section).__module__ == f"cnnspec.backend.data.sources.{source}"
    else:
        (found,) = not_running(section)
        assert found.message == f"data.source.{source} does not run yet"
        running = [name for name, model in SOURCES.items() if model.runs]
        assert found.help == f"save the data for one of the sources that run: {', '.join(running)}"
        assert running[0] == "digits"


@pytest.fixture
def unread() -> Iterator[DataSection]:
    """A section of a source that has no reader."""

    class Unread(DataSection):
        arrays = True
        source: Literal["unread"]

        def files(self) -> tuple[str, ...]:
            return ()

        def features(self, inputs: Collection[str]) -> dict[str, Feature]:
            return {}

        def word(self, shape: Shape) -> Word:
            return "examples"

        def predicts(self, shapes: Sequence[Shape], pictures: bool) -> tuple[str, ...]:
            return ()

    yield Unread(source="unread")
    del DataSection.members["unread"]


def test_a_source_without_a_reader_fails_aloud(unread: DataSection) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"cnnspec\.backend\.data\.sources\.unread"):
        reader_of(unread)
