"""Paths in a spec: relative to it, and never out of its folder."""

from pathlib import PurePosixPath
from typing import Annotated, Any

from cnnspec.language.written import read_each
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import PlainValidator, WithJsonSchema

_HELP = "put the data beside the spec, or write the path as seen from the folder that --data-root names"


def inside(path: str) -> bool:
    """Whether a relative path stays in its folder."""
    depth = 0
    for part in PurePosixPath(path).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return False
    return True


def read_path(value: object, help: str = _HELP) -> str:
    """A path as written, if it may be used; raises what pydantic reports, with what to do about one that leads out."""
    if not isinstance(value, str) or not value.strip():
        raise invalid("a path, relative to the spec")
    if not value.isprintable():
        raise invalid("a path without control characters", help=_meant(value))
    scheme, colon, _ = value.partition(":")
    if colon and scheme.replace("+", "").replace("-", "").replace(".", "").isalnum():
        raise invalid("a path, and no URL or drive: a spec never fetches anything", help=help)
    if value.startswith(("/", "~", "\\")):
        raise invalid("a path relative to the spec", help=help)
    if not inside(value.replace("\\", "/")):
        raise invalid("a path that stays in the spec's folder", help=help)
    if "\\" in value:
        raise invalid("a path with / between its folders, as on every system", help=f"write {with_slashes(value)}")
    return value


def with_slashes(path: str) -> str:
    """A path of Windows as it is written everywhere."""
    return path.replace("\\", "/")


_ESCAPED = dict(zip("\a\b\t\n\v\f\r\x1b\0\x85\u2028\u2029", "abtnvfre0NLP", strict=True))
"""Characters that YAML reads where a backslash and one of these letters stand in double quotes."""


def _meant(path: str) -> str:
    """What to write where the folders of a path in double quotes begin with such letters."""
    written = with_slashes("".join(f"/{_ESCAPED[each]}" if each in _ESCAPED else each for each in path))
    said = "in double quotes a backslash begins an escape"
    is_usable = written.isprintable() and ":" not in written and written[0] not in "/~" and inside(written)
    return f"{said}: write {written}" if is_usable else f"{said}; {_HELP}"


def read_paths(value: object) -> str | dict[str, str]:
    """One path, or a map of name -> path."""
    if isinstance(value, dict) and value:
        return read_each(value, read_path)
    return read_path(value)


_PATH: dict[str, Any] = {"type": "string", "minLength": 1}
Path = Annotated[str, PlainValidator(read_path), WithJsonSchema(_PATH)]
"""A path relative to the spec."""
ONE_OR_SEVERAL = WithJsonSchema(
    {"anyOf": [_PATH, {"type": "object", "additionalProperties": _PATH, "minProperties": 1}]}
)
"""The schema of one path, or name -> path."""
