"""Files of weights, written without cnnspec as the libraries write them."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def with_header(path: Path, header: Any, content: bytes, length: int | None = None) -> Path:
    """A file with any header, true or not; `length` is what the first bytes claim of it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + content)
    return path
