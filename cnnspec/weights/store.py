"""Opens a file of weights, a stranger's included: only numbers are read, none before they fit.

Of tensors that a file lists by name alone the names tell which belong to one layer, and what each is to it.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from cnnspec.graph.nodes import Graph
from cnnspec.results.marks import Mark
from cnnspec.runs.opening import read_file
from cnnspec.weights import keras2_file, npz, safetensors
from cnnspec.weights.hdf5 import hdf, readable
from cnnspec.weights.keras_file import configuration, layers_of, unpacked
from cnnspec.weights.stored import Form, Store, Stored, damaged

KINDS = (".keras", ".weights.h5", ".h5", ".safetensors", ".npz")
_PIECE = 2**20
_ONLY_TORCH = frozenset({"weight", "running_mean", "running_var"})
_COUNTED = "num_batches_tracked"
"""How many batches PyTorch's normalisation has seen: nothing that it computes with."""


def stored_as(layer: str, graph: Graph, store: Store) -> str:
    """What a layer is called in the file: by its numbered kind, where the file is older than names in paths."""
    return layer if layer in store.layers else graph.numbered(layer)


@contextlib.contextmanager
def opened(path: Path, own: bool = False) -> Iterator[Store]:
    """The weights in a file whose name ends in one of `KINDS`; raises Rejected for whatever is not as it should be.

    `own` files are those of a run, none of which is a link.
    """
    with contextlib.ExitStack() as stack:
        with readable(path):
            file = stack.enter_context(read_file(path) if own else path.open("rb"))
            store = _read(file, path, _mark(file), stack)
        yield store


def _read(file: IO[bytes], path: Path, mark: Mark, stack: contextlib.ExitStack) -> Store:
    if path.suffix == ".safetensors":
        return _listed(_grouped(safetensors.tensors(file, path)), mark)
    if path.suffix == ".npz":
        return _listed(_grouped(npz.tensors(file, path, mark["size"])), mark)
    config = None
    content = file
    if path.suffix == ".keras":
        config = configuration(file)
        file.seek(0)
        content = stack.enter_context(unpacked(file, path, mark["size"]))
    held = stack.enter_context(hdf(content, path))
    if path.suffix == ".h5" and keras2_file.is_keras2(held):
        config = keras2_file.config_of(held, path)
        layers = keras2_file.layers_of(held, config, path)
        _refuse_claims(layers, mark["size"], path)
        return Store(layers, mark, "keras", config, keras2_file.is_ordered(held, path))
    layers = layers_of(held, path)
    _refuse_claims(layers, os.fstat(content.fileno()).st_size, path)
    return Store(layers, mark, config=config)


def _listed(layers: dict[str, tuple[Stored, ...]], mark: Mark) -> Store:
    return Store(layers, mark, _form_of(layers.values()))


def _parted(name: str) -> tuple[str, str]:
    """`stem.0.weight` is the `weight` of `stem.0`; `conv1/kernel:0` the `kernel` of `conv1`."""
    name = name.removesuffix(":0")
    at = max(name.rfind("."), name.rfind("/"))
    return (name[:at], name[at + 1 :]) if at > 0 else ("", name)


def _grouped(tensors: Iterable[tuple[str, Stored]]) -> dict[str, tuple[Stored, ...]]:
    """The tensors of each layer, in the file's order."""
    found: dict[str, list[Stored]] = {}
    for name, tensor in tensors:
        layer, role = _parted(name)
        if role != _COUNTED:
            found.setdefault(layer or role, []).append(_called(tensor, role, layer or role))
    return {layer: tuple(held) for layer, held in found.items()}


def _called(tensor: Stored, role: str, layer: str) -> Stored:
    return replace(tensor, name=role, layer=layer)


def _form_of(layers: Iterable[tuple[Stored, ...]]) -> Form:
    """Whose names they are."""
    return "torch" if any(each.name in _ONLY_TORCH for held in layers for each in held) else "keras"


def _refuse_claims(layers: Mapping[str, tuple[Stored, ...]], size: int, path: Path) -> None:
    """Raise Rejected where the weights together are larger than their file: then some stand in one place."""
    claimed = sum(stored.size * stored.width for weights in layers.values() for stored in weights)
    if claimed > size:
        raise damaged(path, f"weights of {claimed:,} bytes in {size:,}")


def _mark(file: IO[bytes]) -> Mark:
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return {"size": size, "sha256": digest.hexdigest()}
