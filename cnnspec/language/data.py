"""The `data` section: which sources there are, and which of them a section is of."""

import importlib
from collections.abc import Iterator, Mapping

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from cnnspec.language.sources.section import DataSection
from cnnspec.language.written import again
from cnnspec.layers.instead import instead
from cnnspec.layers.kind import invalid
from cnnspec.source.diagnostic import likely, suggestion

_LISTED = (
    "digits",
    "image_folder",
    "arrays",
    "table",
    "text_lines",
    "tones",
    "synthetic",
    "memory",
    "keras",
    "tfds",
    "huggingface",
)
"""Files of `cnnspec.language.sources`, each called like its source, in the order that the documentation takes."""


class _Sources(Mapping[str, type[DataSection]]):
    """Every source by its name; its file is imported when it is asked for."""

    def __getitem__(self, name: str) -> type[DataSection]:
        if name in _LISTED and name not in DataSection.members:
            importlib.import_module(f"cnnspec.language.sources.{name}")
        return DataSection.members[name]

    def __contains__(self, name: object) -> bool:
        return name in _LISTED or name in DataSection.members

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*_LISTED, *DataSection.members)))

    def __len__(self) -> int:
        return len(list(iter(self)))


SOURCES: Mapping[str, type[DataSection]] = _Sources()
"""The listed sources, and any that was defined beside them."""


def read_data(value: object) -> DataSection:
    """The section that `value` writes down; raises pydantic's ValidationError, each mistake once with its place."""
    if not isinstance(value, dict):
        raise _refused(invalid("a map with a source", help=f"write data: {{source: digits}}; {_known()}"), value)
    if "source" not in value:
        raise _refused(invalid("a source", help=_known()), value)
    source = value["source"]
    if not isinstance(source, str) or source not in SOURCES:
        raise _with_keys(_unknown_source(source), value)
    return SOURCES[source].model_validate(value)


def source_meant(written: str) -> type[DataSection] | None:
    """The source that a word names, or was probably meant to name."""
    if written in SOURCES:
        return SOURCES[written]
    found = instead("source", written)
    words = likely(written, SOURCES) if found is None else (found.text,)
    return SOURCES.get(words[0]) if len(words) == 1 else None


def _with_keys(unknown: PydanticCustomError, value: dict[str, object]) -> ValidationError:
    """An unknown source, and what is wrong with the other keys of the source that was meant."""
    errors = [InitErrorDetails(type=unknown, loc=("source",), input=value["source"])]
    meant = source_meant(value["source"]) if isinstance(value["source"], str) else None
    try:
        if meant is not None:
            meant.model_validate({**value, "source": meant.kind})
    except ValidationError as error:
        errors += [again(detail) for detail in error.errors(include_url=False)]
    return ValidationError.from_exception_data("data", errors)


def _unknown_source(source: object) -> PydanticCustomError:
    if not isinstance(source, str):
        return invalid("one of the sources", help=_known())
    if (found := instead("source", source)) and not found.text:
        return invalid("one of the sources", help=found.help)
    meant = source_meant(source)
    known = "" if meant else suggestion(source, SOURCES)
    return invalid("one of the sources", help=known, write=meant.kind if meant else "")


def _known() -> str:
    return f"known here: {', '.join(SOURCES)}"


def _refused(error: PydanticCustomError, value: object, *place: str) -> ValidationError:
    return ValidationError.from_exception_data("data", [InitErrorDetails(type=error, loc=place, input=value)])
