"""What the language room hands on: one spec, merged, with its variables, blocks and sections."""

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.language.interpolation import Variables
from cnnspec.language.kind_defaults import Defaults, Scoped, defaults_at
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Mapping, Value

if TYPE_CHECKING:
    from cnnspec.language.location import Location
    from cnnspec.language.merge import Setting
    from cnnspec.language.phases import Phase
    from cnnspec.language.sources.section import DataSection
    from cnnspec.language.training import Training


@frozen
class Parameter:
    """A block's parameter; `default` is None where it is required."""

    name: str
    span: Span
    default: Value | None


@frozen
class Block:
    """A named, parameterised list of entries."""

    name: str
    parameters: tuple[Parameter, ...]
    layers: Value
    span: Span

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The parameters in order."""
        return tuple(parameter.name for parameter in self.parameters)


@frozen
class Spec:
    """A spec after extends, vars, variants and --set; `root` is the merged document.

    `folder` is where relative paths start (None: standard input). `data` and `training` are None
    where the section is absent or wrong. `checks_facts` says whether `expect` applies.
    """

    file: str
    folder: Path | None
    name: str
    variant: str | None
    root: Mapping
    variables: Variables
    blocks: dict[str, Block]
    description: str = ""
    reference: str = ""
    data: "DataSection | None" = None
    training: "Training | None" = None
    checks_facts: bool = True
    default_variant: str | None = None
    texts: dict[str, str] = field(default_factory=dict)
    phases: "tuple[Phase, ...]" = ()
    """The parts of its training, where it is written in some."""
    defaults: tuple[Scoped, ...] = ()
    written: "tuple[tuple[Location, Mapping], ...]" = ()
    """Its documents as they are written, each before the one that it extends."""
    settings: "tuple[Setting, ...]" = ()
    """What --set changes, in order."""

    def each_phase(self) -> "tuple[Spec, ...]":
        """The spec as it is in each phase; as it is, where its training has none."""
        return tuple(phase.spec for phase in self.phases) or (self,)

    def defaults_at(self, place: str) -> Defaults:
        """The arguments that entries have where they do not say otherwise, by kind: those in `model.STAGE`."""
        return defaults_at(self.defaults, place) if self.defaults else {}

    @property
    def shown(self) -> str:
        """How people name it: `resnet@50`."""
        return f"{self.name}@{self.variant}" if self.variant else self.name
