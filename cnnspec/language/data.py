"""The `data` section: which sources there are, and which of them a section is of."""

import importlib
from collections.abc import Iterator, Mapping

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from cnnspec.language.sources.section import DataSection
from cnnspec.layers.kind import invalid
from cnnspec.source.diagnostic import suggestion

_LISTED = (
    "digits",
    "image_folder",
    "arrays",
    "table",
    "text_lines",
    "synthetic",
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
        help = suggestion(source, SOURCES) if isinstance(source, str) else _known()
        raise _refused(invalid("one of the sources", help=help), source, "source")
    return SOURCES[source].model_validate(value)


def _known() -> str:
    return suggestion("", SOURCES)


def _refused(error: PydanticCustomError, value: object, *place: str) -> ValidationError:
    return ValidationError.from_exception_data("data", [InitErrorDetails(type=error, loc=place, input=value)])
