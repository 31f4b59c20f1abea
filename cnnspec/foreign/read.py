"""A file of another program, read into one form: which reader takes it is told by its name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from cnnspec.foreign.keras_model_file import EXPECTED, keras_configuration
from cnnspec.foreign.keras_network import keras_network
from cnnspec.foreign.keras_steps import Unclear
from cnnspec.foreign.network import ForeignNetwork
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE


def read_network(path: Path) -> ForeignNetwork:
    """The network of a file; raises Rejected for whatever is none, or OSError."""
    if not path.exists():
        raise rejected("no-file", f"there is no {path}", EXPECTED, at=NOWHERE)
    if not path.is_file():
        raise rejected("bad-model", f"{path} is no file", EXPECTED, at=NOWHERE)
    return _READERS.get(path.suffix.lower(), _of_keras)(path)


def _of_keras(path: Path) -> ForeignNetwork:
    try:
        network = keras_network(keras_configuration(path))
    except Unclear as problem:
        raise rejected("bad-model", f"{path} cannot be understood: {problem}", EXPECTED, at=NOWHERE) from problem
    return replace(network, name=path.stem) if network.name in _NAMELESS else network


_NAMELESS = ("model", "functional", "sequential")
_READERS: Mapping[str, Callable[[Path], ForeignNetwork]] = {}
"""By the ending of a file's name; all others are Keras'."""
