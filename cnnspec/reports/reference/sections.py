"""Sections about the maps of `data` and `training`, with the maps inside them."""

from collections.abc import Iterable

from cnnspec.language.draft7 import nested_models
from cnnspec.layers.examples import summary_of
from cnnspec.layers.model import Fields
from cnnspec.reports.reference.kinds import examples
from cnnspec.reports.reference.phrases import field_table, section_name


def section(title: str, model: type[Fields], level: int = 2) -> str:
    """A heading, the docstring, its example, the keys."""
    parts = [f"{'#' * level} {title}", summary_of(model), *examples(model), field_table(model)]
    return "\n\n".join(part for part in parts if part)


def inner_sections(models: Iterable[type[Fields]], level: int = 3) -> str:
    """A section for every map inside the models, each once, named like what the tables link to."""
    found = dict.fromkeys(inner for model in models for inner in nested_models(model))
    return "\n\n".join(section(section_name(inner.__name__), inner, level) for inner in found)
