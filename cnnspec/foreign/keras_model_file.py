"""The configuration of a model of Keras in a file, whichever of Keras' forms that has; nothing in it runs.

`.keras` is an archive with a configuration in it, `.h5` has it as an attribute, and what `model.to_json()` gives is
the configuration itself. What a file is, is told by its first bytes.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE
from cnnspec.weights.hdf5 import hdf, readable
from cnnspec.weights.keras2_file import config_of
from cnnspec.weights.keras_file import LARGEST_CONFIG, as_config, configuration

_ZIP, _HDF5 = b"PK", b"\x89HDF\r\n\x1a\n"
EXPECTED = "a model of Keras: .keras, .h5, its config.json, or what model.to_json() gives"


def keras_configuration(path: Path) -> Mapping[str, Any]:
    """What a file says of its model; raises Rejected, or OSError."""
    with path.open("rb") as file:
        begins = file.read(len(_HDF5))
        file.seek(0)
        if begins.startswith(_ZIP):
            found = configuration(file)
        elif begins == _HDF5:
            found = _of_hdf5(file, path)
        else:
            found = _of_json(file, path)
    if found is None:
        raise _no_model(path, begins)
    return found


def _of_hdf5(file: IO[bytes], path: Path) -> Mapping[str, Any] | None:
    with readable(path), hdf(file, path) as store:
        return config_of(store, path)


def _of_json(file: IO[bytes], path: Path) -> Mapping[str, Any] | None:
    text = file.read(LARGEST_CONFIG + 1)
    if len(text) > LARGEST_CONFIG:
        raise rejected("bad-model", f"{path} is larger than {LARGEST_CONFIG:,} bytes", EXPECTED, at=NOWHERE)
    return as_config(text)


def _no_model(path: Path, begins: bytes) -> Rejected:
    if begins.startswith(_ZIP):
        received, help = f"{path} is no whole archive with the configuration of a model", "save the model once more"
    elif begins == _HDF5:
        received = f"{path} has weights and no configuration of a model"
        help = "save the whole model (model.save), or model.to_json() beside it, and import that"
    elif begins.lstrip()[:1] in (b"{", b"["):
        received, help = f"{path} is no configuration of a model that can be read", "write what model.to_json() gives"
    else:
        received, help = f"{path} is no file of a model", ""
    return rejected("bad-model", received, EXPECTED, help, at=NOWHERE)
