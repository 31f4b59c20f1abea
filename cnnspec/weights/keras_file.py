"""`.keras` and `.weights.h5`, as Keras 3 writes them.

A `.keras` is a zip archive with the weights as HDF5 in it, a `.weights.h5` is that HDF5 alone. Of the HDF5
`layers/*/vars` is looked at and nothing beyond: Keras writes a group for each layer, its name as an attribute, its
weights in order as plain datasets `0`, `1`, ... Parts of a layer have groups of their own within the layer's. Of the
archive the configuration is read as JSON, for the order of layers, their classes and connections.
"""

import contextlib
import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from cnnspec.graph.complaints import MAX_LAYERS
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import FILE
from cnnspec.weights.hdf5 import MOST_VARIABLES, attribute, group, is_group, members, stored
from cnnspec.weights.stored import Stored, damaged, strange

_INSIDE, _CONFIG = "model.weights.h5", "config.json"
_GROWTH, _SMALL = 4, 64 * 2**20
LARGEST_CONFIG = 32 * 2**20
"""Bytes of a configuration that are read."""
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE = 2**20
UNPACKING = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError, ValueError, RuntimeError)
"""What Python's zipfile raises on archives that are none."""
_DEEPEST = 8
_PARTS = ("query_dense", "key_dense", "gate_dense", "value_dense", "output_dense", "forward_layer", "backward_layer")
"""Parts of layers whose weights Keras counts in another order than that of their names."""


@contextlib.contextmanager
def unpacked(file: IO[bytes], path: Path, length: int) -> Iterator[IO[bytes]]:
    """The HDF5 of an archive in a temporary file, which has no name and goes with the process."""
    limit = max(_SMALL, _GROWTH * length)
    with tempfile.TemporaryFile() as target:
        try:
            with zipfile.ZipFile(file) as archive, archive.open(_INSIDE) as member:
                if archive.getinfo(_INSIDE).compress_type not in _PACKINGS:
                    raise zipfile.BadZipFile("another packing than deflate")
                size = 0
                while piece := member.read(_PIECE):
                    size += len(piece)
                    if size > limit:
                        raise damaged(path, f"its weights unpack to more than {limit:,} bytes")
                    target.write(piece)
        except UNPACKING as error:
            raise damaged(path, f"its {length:,} bytes are no whole zip archive with weights") from error
        target.seek(0)
        yield cast(IO[bytes], target)


def configuration(file: IO[bytes]) -> Mapping[str, Any] | None:
    """What the archive says of the model, as data; None where it says nothing that can be read."""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(_CONFIG) as member:
            if archive.getinfo(_CONFIG).compress_type not in _PACKINGS:
                return None
            text = member.read(LARGEST_CONFIG + 1)
        return as_config(text) if len(text) <= LARGEST_CONFIG else None
    except UNPACKING:
        return None


def as_config(text: bytes | str) -> Mapping[str, Any] | None:
    """A configuration from its JSON; None where it is none."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return held if isinstance(held, dict) and isinstance(held.get("config"), dict) else None


def layers_of(store: Any, path: Path) -> dict[str, tuple[Stored, ...]]:
    """The weights of each layer, in Keras' order; a model within the model has its name before those of its layers."""
    found: dict[str, tuple[Stored, ...]] = {}
    _read_layers(store, "", path, found, 0)
    return found


def _read_layers(parent: Any, before: str, path: Path, found: dict[str, tuple[Stored, ...]], depth: int) -> None:
    if depth > _DEEPEST:
        raise strange(path, f"models within models, more than {_DEEPEST} deep")
    for key, layer in members(group(parent, "layers", path), path, MAX_LAYERS + 100):
        if not is_group(layer) or "vars" not in layer:
            raise strange(path, f"layers/{key} without vars")
        if "layers" in layer and not len(group(layer, "vars", path)):
            name = attribute(group(layer, "vars", path), "name", f"layers/{key}", path)
            _read_layers(layer, f"{before}{name or key}/", path, found, depth + 1)
            continue
        weights = list(_weights(layer, path, 0))
        if not weights:
            continue
        name = attribute(group(layer, "vars", path), "name", f"layers/{key}", path)
        if name is None:
            raise _nameless(path, f"layers/{key}")
        name = before + name
        if name in found or len(found) > MAX_LAYERS + 100:
            raise strange(path, f"two layers called {name}")
        found[name] = tuple(stored(dataset, str(number), name, path) for number, dataset in enumerate(weights))


def _weights(layer: Any, path: Path, depth: int) -> Iterator[Any]:
    """The datasets of a layer, those of its parts after its own."""
    if depth > _DEEPEST:
        raise strange(path, f"parts within parts in {layer.name[:80]}")
    if "vars" in layer:
        held = dict(members(group(layer, "vars", path), path, MOST_VARIABLES))
        if set(held) != {str(number) for number in range(len(held))}:
            raise strange(path, f"{layer.name[1:80]}/vars with {', '.join(sorted(held)[:5])}")
        yield from (held[str(number)] for number in range(len(held)))
        if held and "layer" in layer:  # A spectral norm's kernel stands with the layer within, too.
            first, *rest = _weights(group(layer, "layer", path), path, depth + 1)
            yield from rest if first.shape == held["0"].shape else (first, *rest)
            return
    parts = [key for key, _ in members(layer, path, MOST_VARIABLES) if key != "vars"]
    for key in sorted(parts, key=_place):
        yield from _weights(group(layer, key, path), path, depth + 1)


def _place(part: str) -> tuple[int, str]:
    """Where a part comes among those of its layer; attributes of Keras' layers begin with an underscore at times."""
    name = part.lstrip("_")
    return _PARTS.index(name) if name in _PARTS else len(_PARTS), part


def _nameless(path: Path, place: str) -> Rejected:
    help = "load it with the Keras that wrote it and save it again with Keras 3.15 or later"
    return rejected(
        "bad-model", f"{path} has no name for {place}", "weights with the names of their layers", help, at=FILE
    )
