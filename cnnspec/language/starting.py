"""`start_from`: the weights that a training begins with."""

from typing import Annotated, Any

from pydantic_core import CoreSchema, core_schema

from cnnspec.language.paths import read_path
from cnnspec.language.written import LISTED, Text
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import Inner, InnerSchema, Mark, PlainValidator, Schema, WithJsonSchema
from cnnspec.layers.model import Fields, model_validator

_PATH: dict[str, Any] = {"type": "string", "minLength": 1}


def _start_path(value: object) -> str:
    return read_path(value, "give another place to the command: cnnspec train --start-from")


class StartFrom(Fields):
    """The weights to begin with, in place of drawn ones: those of a run, or of a file from anywhere.

    The path starts at the spec's folder, or else at the current one, and leaves neither; `train --start-from` takes
    any. Weights are found by the names of their layers, or where these differ by what reads what; the rows of an
    embedding by their words. What is loaded, new or of another shape is told by stage, and kept in the run as
    transfer.json.
    """

    weights: Annotated[str, PlainValidator(_start_path), WithJsonSchema(_PATH)] | None = None
    """A run's folder (its best weights, else its last), or a file: .keras, .weights.h5, .h5, .safetensors or .npz.

    Without it they are given to the command, `cnnspec train SPEC --start-from FILE`, and `new` says what may be new.
    """
    new: Annotated[tuple[Text, ...], LISTED] = ()
    """Stages, entries or layers that may keep their initial values, as a rule the head; all others must be there."""
    strict: bool = True
    """Whether every weight of the network must be there with its shape; else what is not keeps its initial values."""

    @model_validator(mode="after")
    def _says_something(self) -> "StartFrom":
        if self.weights is None and not self.new:
            raise invalid("weights, or new", help="write start_from: runs/digits-1, or start_from: {new: [head]}")
        return self


class OrPath(Mark):
    """Marks a `start_from` that may be written as its path alone."""

    def core(self, inner: Inner) -> CoreSchema:
        """The path becomes a map."""
        return core_schema.no_info_before_validator_function(_start_from, inner())

    def json(self, inner: InnerSchema) -> Schema:
        """A path, too."""
        return {"anyOf": [_PATH, inner()]}


def _start_from(value: object) -> object:
    if isinstance(value, str):
        return StartFrom(weights=_start_path(value))
    if isinstance(value, (dict, StartFrom)):
        return value
    raise invalid("a run's folder or a file of weights", help="write start_from: runs/digits-1")
