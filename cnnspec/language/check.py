"""From written arguments to checked fields."""

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic_core import ValidationError

from cnnspec.layers.model import Fields
from cnnspec.source.diagnostic import Report
from cnnspec.source.values import Mapping, plain

F = TypeVar("F", bound=Fields)


def read_fields(
    model: type[F],
    arguments: Mapping,
    report: Report,
    what: str,
    broken: frozenset[str] = frozenset(),
    read: Callable[[object], F] | None = None,
    also: tuple[str, ...] = (),
) -> F | None:
    """The arguments checked against a model; None after a mistake, which was reported.

    `what` names the thing in messages. Arguments in `broken` could not be computed and were reported.
    `read` validates instead of the model's own `model_validate`, where the model is one of several. `also` are
    arguments that may stand beside the model's own, and are read elsewhere.
    """
    values = {entry.key: plain(entry.value) for entry in arguments}
    validate = read or model.model_validate
    try:
        checked = validate(values)
    except ValidationError as error:
        owner = (what, model, also)
        for diagnostic in _complaints().told(error, owner, arguments, broken, validate):
            report(diagnostic)
        return None
    return None if broken else checked


def _complaints() -> Any:
    """What tells mistakes: it is read where there is one."""
    return importlib.import_module("cnnspec.language.complaints")


def argument_names(model: type[Fields]) -> tuple[str, ...]:
    """The arguments of a model as they are written: `for` and `from` are no names of fields in Python."""
    return model.about.written_names
