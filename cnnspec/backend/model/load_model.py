"""A run's trained model, read back from its folder."""

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import keras

from cnnspec.backend.data.formats.idx import unpacked_limit
from cnnspec.backend.keras_errors import first_line
from cnnspec.backend.model.build import sizes
from cnnspec.backend.startup import memory_errors
from cnnspec.graph.nodes import Graph
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_OTHER = "delete best.keras to take last.keras, or train again"
_LONGEST_CONFIG = 64 * 2**20
"""A network of 20,000 layers takes a third of this."""


def weights_file(folder: RunFolder) -> Path:
    """The run's best model, or its last where no epoch ended; raises Rejected if there is neither."""
    path = next((path for path in (folder.best, folder.last) if path.is_file()), None)
    if path is None:
        raise rejected(
            "no-model", f"{folder.path} has neither best.keras nor last.keras", "a run with a trained model", at=NOWHERE
        )
    return path


def load_model(folder: RunFolder) -> Any:
    """The run's best model, or its last; raises Rejected if there is none that opens."""
    path = weights_file(folder)
    expected, help = "a model as train saves it", _OTHER if path == folder.best and folder.last.is_file() else ""
    if damage := _damage(path):
        raise rejected("bad-model", f"{path} is damaged: {damage}", expected, help, at=NOWHERE)
    try:
        with memory_errors():
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        received = f"{path} does not open ({first_line(error)})"
        raise rejected("bad-model", received, expected, help, at=NOWHERE) from error


def check_fits(model: Any, graph: Graph, folder: RunFolder) -> None:
    """Raise Rejected if the model does not read and give what the run's spec says."""
    has = (_shapes(model.inputs), _shapes(model.outputs))
    wanted = tuple(
        sorted(str(sizes(graph.nodes[position].output)) for position in ends.values())
        for ends in (graph.inputs, graph.outputs)
    )
    if has != wanted:
        received = f"{weights_file(folder)} reads {', '.join(has[0])} and gives {', '.join(has[1])}"
        expected = f"{', '.join(wanted[0])} and {', '.join(wanted[1])}, as in {folder.spec}"
        raise rejected("bad-model", received, expected, "copy the run's folder again, or train again", at=NOWHERE)


def _shapes(tensors: Any) -> list[str]:
    return sorted(str(tuple(tensor.shape[1:])) for tensor in tensors)


def _damage(path: Path) -> str:
    """What is wrong with a model's file, of which Keras reads parts without looking at their checksums."""
    try:
        with zipfile.ZipFile(path) as archive:
            if claim := _too_large(archive, path.stat().st_size):
                return claim
            if broken := archive.testzip():
                return f"{broken} in it has another checksum than when it was written"
            json.loads(archive.read("config.json"))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, KeyError, RuntimeError):
        return f"its {path.stat().st_size:,} bytes are no whole zip archive with a model"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return ""


def _too_large(archive: zipfile.ZipFile, length: int) -> str:
    entries = {entry.filename: entry.file_size for entry in archive.infolist()}
    if sum(entries.values()) > unpacked_limit(length):
        return f"it unpacks to {sum(entries.values()):,} bytes"
    config = entries.get("config.json", 0)
    return f"its config.json is {config:,} bytes long" if config > _LONGEST_CONFIG else ""
