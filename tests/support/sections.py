"""A section of every source of data."""

from collections.abc import Mapping
from typing import Any

SECTIONS: Mapping[str, tuple[dict[str, Any], list[str]]] = {
    "digits": ({}, []),
    "image_folder": ({"train": "a", "test": "b"}, ["a", "b"]),
    "arrays": ({"train": {"x": "a.npy", "y": "b.npy"}, "validation": "c.npz"}, ["a.npy", "b.npy", "c.npz"]),
    "table": ({"train": "a.csv", "validation": "b.csv", "test": "c.csv"}, ["a.csv", "b.csv", "c.csv"]),
    "text_lines": ({"train": "a.txt", "test": {"good": "b.txt", "bad": "c.txt"}}, ["a.txt", "b.txt", "c.txt"]),
    "tones": ({"learn": "note", "test": 4}, []),
    "synthetic": ({"train": 8, "test": 4}, []),
    "memory": ({"splits": ["train", "test"]}, []),
    "keras": ({"name": "mnist"}, []),
    "tfds": ({"name": "beans", "test": "test"}, []),
    "huggingface": ({"name": "stanfordnlp/imdb", "test": "test"}, []),
}
"""By source, a section and the files that it stands on."""
