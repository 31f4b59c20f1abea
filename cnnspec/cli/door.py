"""The one door to the backend: TensorFlow is imported when a command needs it, and not before."""

import importlib
from typing import Any


def enter(module: str) -> Any:
    """A module of the backend, by its name in it."""
    return importlib.import_module(f"cnnspec.backend.{module}")
