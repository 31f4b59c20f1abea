"""A run's trained model: built from the run's spec, its weights alone read from the run's file.

What else a file of a model holds is never looked at: it may say of layers what it likes, and none of it is built. The
weights are compared with what the spec builds before there is memory for either.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from cnnspec.backend.data.formats.idx import unpacked_limit
from cnnspec.backend.model.adapt import refresh
from cnnspec.backend.model.build import build_model
from cnnspec.backend.startup import memory_errors
from cnnspec.graph.nodes import Graph, Node
from cnnspec.language.spec import Spec
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.opening import is_file, read_file
from cnnspec.runs.weights import weights_file
from cnnspec.source.diagnostic import rejected
from cnnspec.source.file_route import file_at
from cnnspec.source.route import NOWHERE
from cnnspec.weights.store import opened, stored_as
from cnnspec.weights.stored import Store

_OTHER = "delete best.keras to take last.keras, or train again"
_AGAIN = "copy the run's folder again, or train again"


def load_model(folder: RunFolder, spec: Spec, graph: Graph, last: bool = False) -> Any:
    """The run's network with its best weights, or its last; `spec` and `graph` are the run's own.

    Raises Rejected where there are none, where they are not those of this network, or where one is no number.
    """
    precision = spec.training.precision if spec.training is not None else "float32"
    build = partial(build_model, graph, spec.name, "float32" if precision == "auto" else precision)
    return with_weights(folder, graph, build, last)


def with_weights(folder: RunFolder, graph: Graph, build: Callable[[], Any], last: bool = False) -> Any:
    """What `build` makes, a Keras model with the layers of the run's graph, with the run's weights; as `load_model`.

    The weights are looked at before it is built.
    """
    path = weights_file(folder, last)
    if damage := _damage(path):
        raise rejected(
            "bad-model", f"{path} is damaged: {damage}", "a model as train saves it", _other(folder), at=NOWHERE
        )
    with file_at(NOWHERE), opened(path, own=True) as store:
        if difference := next(_differences(store, graph), ""):
            received, expected = f"{path} has {difference}", f"the weights of {folder.spec}"
            raise rejected("bad-model", received, expected, _other(folder), at=NOWHERE)
        model = build()
        with memory_errors():
            _fill(model, graph, store)
    return model


def _other(folder: RunFolder) -> str:
    return _OTHER if weights_file(folder) == folder.best and is_file(folder.last) else _AGAIN


def _damage(path: Path) -> str:
    """What is wrong with a model's file, of which only a part is used and its checksum looked at."""
    try:
        with read_file(path) as file, zipfile.ZipFile(file) as archive:
            length, unpacked = path.stat().st_size, sum(entry.file_size for entry in archive.infolist())
            if unpacked > unpacked_limit(length):
                return f"it unpacks to {unpacked:,} bytes"
            broken = archive.testzip()
            return f"{broken} in it has another checksum than when it was written" if broken else ""
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError):
        return f"its {path.stat().st_size:,} bytes are no whole zip archive with a model"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"


def _differences(store: Store, graph: Graph) -> Iterator[str]:
    """What the file has otherwise than the network."""
    known: set[str] = set()
    for node in _weighing(graph):
        called = stored_as(node.name, graph, store)
        known.add(called)
        found, shapes = store.layers.get(called, ()), [weight.shape for weight in node.facts.weights]
        if [stored.shape for stored in found] != shapes:
            there = ", ".join(_shown(stored.shape) for stored in found) or "nothing"
            yield f"{there} as the weights of {node.name}, which are {', '.join(map(_shown, shapes))}"
    for name in store.layers:
        if name not in known:
            yield f"weights of {name[:80]}, which the network has not"


def _weighing(graph: Graph) -> Iterator[Node]:
    """The layers that have weights of their own."""
    return (node for node in graph.nodes if node.layer is not None and node.shared is None and node.facts.weights)


def _shown(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "a number"


def _fill(model: Any, graph: Graph, store: Store) -> None:
    for node in _weighing(graph):
        weights = store.layers[stored_as(node.name, graph, store)]
        for variable, stored in zip(model.get_layer(node.name).weights, weights, strict=True):
            variable.assign(stored.read())
    refresh(model)
