"""The sections data and training, whose many kinds are imported only where a spec has them.

It is a door: their classes are a fifth of the time that a summary takes to start.
"""

import importlib
from typing import Any

from cnnspec.language.check import read_fields
from cnnspec.source.diagnostic import Report
from cnnspec.source.values import Mapping, Scalar


def read_section(name: str, arguments: Mapping, broken: frozenset[str], report: Report) -> Any:
    """The section `data` or `training`, checked; None after a mistake, which was reported."""
    room = importlib.import_module(f"cnnspec.language.{name}")
    if name == "training":
        return read_fields(room.Training, arguments, report, name, broken)
    source = arguments.get("source")
    model = room.SOURCES.get(source.text, room.DataSection) if isinstance(source, Scalar) else room.DataSection
    return read_fields(model, arguments, report, name, broken, room.read_data)
