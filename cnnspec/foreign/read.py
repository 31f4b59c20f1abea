"""A file of another program, read into one form: which reader takes it is told by its name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from cnnspec.foreign.caffe import caffe_network
from cnnspec.foreign.darknet import darknet_network
from cnnspec.foreign.growing import LARGEST_FILE, Unread
from cnnspec.foreign.keras_channels import Unclear
from cnnspec.foreign.keras_model_file import EXPECTED, keras_configuration
from cnnspec.foreign.keras_network import keras_network
from cnnspec.foreign.network import ForeignNetwork
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_ANY = f"{EXPECTED}; or a network of Darknet (.cfg) or Caffe (.prototxt)"


def read_network(path: Path) -> ForeignNetwork:
    """The network of a file; raises Rejected for whatever is none, or OSError."""
    if not path.exists():
        raise rejected("no-file", f"there is no {path}", _ANY, at=NOWHERE)
    if not path.is_file():
        raise rejected("bad-model", f"{path} is no file", _ANY, at=NOWHERE)
    return _READERS.get(path.suffix.lower(), _of_keras)(path)


def _of_keras(path: Path) -> ForeignNetwork:
    try:
        network = keras_network(keras_configuration(path))
    except Unclear as problem:
        expected = "" if problem.help else EXPECTED
        raise rejected(
            "bad-model", f"{path} cannot be understood: {problem}", expected, problem.help, at=NOWHERE
        ) from problem
    return replace(network, name=path.stem) if _NAMELESS.match(network.name) else network


def _of_text(read: Callable[[str, str], ForeignNetwork], expected: str) -> Callable[[Path], ForeignNetwork]:
    """A reader of files in words; `read` is given the text and what to call the network."""

    def of_file(path: Path) -> ForeignNetwork:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise rejected("bad-model", f"{path} is larger than {LARGEST_FILE:,} bytes", expected, at=NOWHERE)
        try:
            return read(content.decode("utf-8", "replace"), path.stem)
        except Unread as problem:
            raise rejected("bad-model", f"{path} cannot be read: {problem}", expected, at=NOWHERE) from problem

    return of_file


_NAMELESS = re.compile(r"(model|functional|sequential)(_\d+)?\Z")
"""What Keras calls models that nobody named."""
_READERS: Mapping[str, Callable[[Path], ForeignNetwork]] = {
    ".cfg": _of_text(darknet_network, "a network of Darknet"),
    ".prototxt": _of_text(caffe_network, "a network of Caffe"),
}
"""By the ending of a file's name; all others are Keras'."""
