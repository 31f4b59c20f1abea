"""Files of weights: what is in them, and where it would go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnspec import door
from cnnspec.api.named import PathLike, path_of
from cnnspec.api.printed import Printed
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.table import Sheet
from cnnspec.reports.transfer import transfer_sheet
from cnnspec.reports.weights import contents_json, contents_sheet, mapped_json, mapped_sheets
from cnnspec.results.transfer import Start, Transfer
from cnnspec.results.weights import Contents
from cnnspec.runs.places import below_runs
from cnnspec.source.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True)
class WeightsFile(Printed):
    """Names, shapes and types of the weights in a file; none of its numbers is read."""

    contents: Contents

    def to_json(self) -> str:
        """All of it as JSON."""
        return contents_json(self.contents)

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return (contents_sheet(self.contents),)


@dataclass(frozen=True, slots=True)
class WeightsMap(Printed):
    """What of a file would go where in a network, and what is left on either side.

    `refused` says why a training would not begin with it; None where it would.
    """

    transfer: Transfer
    refused: Diagnostic | None
    _network: str
    _unclear: Mapping[str, Sequence[str]]

    def to_json(self) -> str:
        """All of it as JSON."""
        return mapped_json(self.transfer, self._unclear, self.refused, self._network)

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return mapped_sheets(self.transfer, self._unclear, self.refused, self._network)


@dataclass(frozen=True, slots=True)
class FetchedWeights(Printed):
    """Weights that were downloaded: `start_from: imagenet` begins with them."""

    path: Path
    transfer: Transfer

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return (transfer_sheet(self.transfer),)


def show_weights(file: PathLike) -> WeightsFile:
    """What is in a file of weights, or in a run: .keras, .weights.h5, .h5, .safetensors, .npz. Raises Rejected."""
    path = below_runs(Path(path_of(file, "show_weights() takes a file")))
    return WeightsFile(door.mapping.contents(door.source.named(Start(path))))


def mapped(file: PathLike, spec: Spec, graph: Graph, new: Sequence[str]) -> WeightsMap:
    """What of a file would go where; raises Rejected where it cannot be read."""
    path = below_runs(Path(path_of(file, "map_weights() takes a file")))
    given = door.source.completed(spec, Start(path, new=tuple(new)))
    found, unclear, refused = door.mapping.mapped(door.source.named(given, spec), graph)
    return WeightsMap(found, refused, spec.shown, unclear)
