"""One mistake in written arguments: what pydantic's core says of it, where, and whose argument it is."""

from collections.abc import Iterator
from collections.abc import Mapping as Map
from typing import Any, NamedTuple, get_args

from pydantic_core import ValidationError

from cnnspec.layers.kind import Kind
from cnnspec.layers.model import Fields
from cnnspec.source.frozen import frozen
from cnnspec.source.values import Keys


@frozen
class Owner:
    """What a complaint is about: how it is called, its model, and how long the path to it is."""

    what: str
    model: type[Fields]
    depth: int = 0
    also: tuple[str, ...] = ()
    """Arguments that may stand beside the model's."""

    def inner(self, path: Keys) -> "Owner":
        """The section inside that the path leads into, if it leads into one."""
        what, model = self.what, self.model
        for part in path[self.depth : -1]:
            section = _section_of(model, str(part))
            what, model = (str(part), section) if section else (what, model)
        return Owner(what, model, len(path) - 1, self.also if model is self.model else ())


def _section_of(model: type[Fields], name: str) -> type[Fields] | None:
    """The model of the maps that a field holds."""
    fields = {info.alias or field: info for field, info in model.model_fields.items()}
    waiting: list[Any] = [fields[name].annotation] if name in fields else []
    while waiting:
        annotation = waiting.pop()
        if isinstance(annotation, type) and issubclass(annotation, Fields) and not issubclass(annotation, Kind):
            return annotation
        waiting += get_args(annotation)
    return None


class Mistake(NamedTuple):
    """One of pydantic's complaints: which kind of mistake, at which path, what it says of it, and whose field it is."""

    kind: str
    path: Keys
    context: Map[str, Any]
    message: str
    owner: Owner


def mistakes(error: ValidationError, owner: Owner) -> Iterator[Mistake]:
    """All that pydantic's core complains of, each with its whole path."""
    for detail in error.errors(include_url=False):
        yield from _of_detail(dict(detail), owner)


def _of_detail(detail: dict[str, Any], owner: Owner) -> Iterator[Mistake]:
    context = detail.get("ctx", {})
    if detail["type"] != "nested":
        path = (*detail["loc"], *context.get("at", ()))
        yield Mistake(detail["type"], path, context, detail["msg"], owner)
        return
    unknown = [each["ctx"]["write"] for each in context["errors"] if each["type"] == "unknown_kind" and not each["loc"]]
    for inner in context["errors"]:
        path = (*detail["loc"], *inner["loc"])
        what = str((*unknown, *inner["loc"], "")[0])
        inside = Owner(what, context["model"], len(detail["loc"]) + 1)
        yield from _of_detail({**inner, "loc": path}, inside)
