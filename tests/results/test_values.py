"""The room of values holds nothing else."""

import importlib
import pkgutil
from dataclasses import is_dataclass
from enum import StrEnum
from typing import is_typeddict

import pytest

from cnnspec import results

MODULES = [importlib.import_module(f"cnnspec.results.{each.name}") for each in pkgutil.iter_modules(results.__path__)]
CLASSES = [
    each
    for module in MODULES
    for each in vars(module).values()
    if isinstance(each, type) and each.__module__ == module.__name__
]


@pytest.mark.parametrize("value", CLASSES, ids=lambda value: f"{value.__module__}.{value.__name__}")
def test_whatever_is_declared_there_is_a_frozen_value(value: type) -> None:
    """Or what a command raises, a map as JSON holds it, or one of several words, which nobody can change."""
    if is_dataclass(value):
        assert value.__dataclass_params__.frozen
    else:
        assert issubclass(value, (Exception, StrEnum)) or is_typeddict(value)
