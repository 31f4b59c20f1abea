"""The doors to what takes long to import: the backend with TensorFlow, and all families for the schema."""

import gc
import importlib
from typing import Any


def enter(module: str) -> Any:
    """A module of the backend, by its name in it; from here on memory is collected again."""
    gc.enable()
    return importlib.import_module(f"cnnspec.backend.{module}")


def spec_schema() -> dict[str, Any]:
    """The JSON Schema of specs."""
    schema: dict[str, Any] = importlib.import_module("cnnspec.language.schema").spec_schema()
    return schema
