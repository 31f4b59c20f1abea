"""`.h5` as Keras 2 wrote it, and Keras 3 does where it is asked to: a group for each layer, its weights by their names.

Whole models have their weights under `model_weights` and their configuration as an attribute, which is read as JSON.
The order of layers is an attribute, too, of texts of one length where Keras 2 wrote it; the other form, which only
stands where there is a configuration, may claim any amount of memory and is not looked at.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py

from cnnspec.graph.complaints import MAX_LAYERS
from cnnspec.weights.hdf5 import attribute, group, is_group, members, stored
from cnnspec.weights.keras_file import LARGEST_CONFIG, as_config
from cnnspec.weights.skeleton import classes
from cnnspec.weights.stored import Stored, strange

_WEIGHTS, _ORDER = "model_weights", "layer_names"
_MOST = 200_000
_DEEPEST = 16


def is_keras2(store: Any) -> bool:
    """Whether a file is of this kind."""
    return _WEIGHTS in store or _ORDER in store.attrs


def config_of(store: Any, path: Path) -> Mapping[str, Any] | None:
    """What the file says of the model, as data; None where it says nothing that can be read."""
    text = attribute(store, "model_config", "the model", path, LARGEST_CONFIG)
    return None if text is None else as_config(text)


def layers_of(store: Any, config: Mapping[str, Any] | None, path: Path) -> dict[str, tuple[Stored, ...]]:
    """The weights of each layer, in the order of the layers where the file tells one."""
    root = group(store, _WEIGHTS, path) if _WEIGHTS in store else store
    known = classes(config) if config is not None else {}
    held = dict(members(root, path, MAX_LAYERS + 100))
    order = [name for name in _ordered(root, path) if name in held]
    left = [_MOST]
    found: dict[str, list[tuple[str, Any]]] = {}
    for key in dict.fromkeys((*order, *held)):
        if not is_group(held[key]):
            raise strange(path, f"no group for {key[:80]}")
        for parts, dataset in _datasets(held[key], path, 0, left):
            layer = _layer(key, parts, known)
            found.setdefault(layer, []).append(("/".join(parts), dataset))
    return {layer: tuple(_stored(layer, each, path)) for layer, each in found.items()}


def _ordered(root: Any, path: Path) -> list[str]:
    """The names of the layers in the order in which they are computed; none where they are not told so."""
    if _ORDER not in root.attrs:
        return []
    kept = root.attrs.get_id(_ORDER)
    is_plain = kept.dtype is not None and kept.dtype.kind == "S" and len(kept.shape) == 1
    if not is_plain or kept.shape[0] > MAX_LAYERS or kept.dtype.itemsize > 1000:
        return []
    return [bytes(name).decode("utf-8", "replace") for name in root.attrs[_ORDER]]


def is_ordered(store: Any, path: Path) -> bool:
    """Whether the file tells the order of its layers."""
    return bool(_ordered(group(store, _WEIGHTS, path) if _WEIGHTS in store else store, path))


def _datasets(parent: Any, path: Path, depth: int, left: list[int]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if depth > _DEEPEST:
        raise strange(path, f"groups within groups, more than {_DEEPEST} deep")
    for key, member in members(parent, path, MAX_LAYERS):
        left[0] -= 1
        if left[0] < 0:
            raise strange(path, f"more than {_MOST:,} entries")
        if isinstance(member, h5py.Dataset):
            yield (key.removesuffix(":0"),), member
        else:
            inner = _datasets(group(parent, key, path), path, depth + 1, left)
            yield from (((key, *parts), dataset) for parts, dataset in inner)


def _layer(key: str, parts: tuple[str, ...], known: Mapping[str, str]) -> str:
    """The layer that a weight belongs to: the group's, or one of those of a model within the model."""
    for length in range(1, len(parts)):
        for start in range(length):
            name = "/".join((key, *parts[start:length]))
            if name in known and key not in known:
                return name
    return key


def _stored(layer: str, held: list[tuple[str, Any]], path: Path) -> Iterator[Stored]:
    short = Counter(place.rpartition("/")[2] for place, _ in held)
    for place, dataset in held:
        last = place.rpartition("/")[2]
        yield stored(dataset, last if short[last] == 1 else place, layer, path)
