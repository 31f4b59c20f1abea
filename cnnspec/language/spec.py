"""What the language room hands on: one spec, merged, with its variables known and its sections checked."""

from dataclasses import dataclass

from cnnspec.language.data import DataSection
from cnnspec.language.training import Training
from cnnspec.source.span import Span
from cnnspec.source.values import Mapping, Value


@dataclass(frozen=True, slots=True)
class Block:
    """A named, parameterised list of entries."""

    name: str
    params: tuple[tuple[str, Value | None], ...]
    """Parameters in order, with the default as written (None: required)."""
    layers: Value
    span: Span


@dataclass(frozen=True, slots=True)
class Spec:
    """A spec after extends, vars, variants and --set; `root` is the merged document.

    `shown` is how a person names it (`resnet@50`). `variables` hold evaluated values.
    `data` and `training` are None where the section is absent or wrong.
    """

    file: str
    name: str
    variant: str | None
    root: Mapping
    variables: dict[str, Value]
    blocks: dict[str, Block]
    description: str = ""
    reference: str = ""
    data: DataSection | None = None
    training: Training | None = None
    pure: bool = True
    """Whether `expect` applies: neither --set nor extends changed the architecture."""

    @property
    def shown(self) -> str:
        return f"{self.name}@{self.variant}" if self.variant else self.name
