"""Files of weights, written without cnnspec as the libraries write them."""

import io
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np


def safetensors(path: Path, tensors: Mapping[str, np.ndarray]) -> Path:
    """A file as the safetensors library writes it: in the order of names."""
    header, content = {}, b""
    for name, numbers in sorted(tensors.items()):
        little = np.ascontiguousarray(numbers, "<f4")
        span = [len(content), len(content) + little.nbytes]
        header[name] = {"dtype": "F32", "shape": list(little.shape), "data_offsets": span}
        content += little.tobytes()
    return with_header(path, header, content)


def keras_file(path: Path, layers: Mapping[str, Sequence[np.ndarray]]) -> Path:
    """A `.keras` with the weights of layers of these names, and no configuration; or a `.weights.h5`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for place, (name, held) in enumerate(layers.items()):
            group = file.create_group(f"layers/layer_{place}/vars")
            group.attrs["name"] = name
            for number, numbers in enumerate(held):
                group.create_dataset(str(number), data=numbers.astype("f4"))
    if path.suffix == ".h5":
        path.write_bytes(content.getvalue())
        return path
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.weights.h5", content.getvalue())
    return path


def with_header(path: Path, header: Any, content: bytes, length: int | None = None) -> Path:
    """A file with any header, true or not; `length` is what the first bytes claim of it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + content)
    return path
