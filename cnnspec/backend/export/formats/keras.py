"""Keras' own file, with what it tells of itself as one more entry of the archive."""

import json
import zipfile
from pathlib import Path

from cnnspec.backend.export.archived import entry
from cnnspec.backend.export.network import Network
from cnnspec.backend.export.standalone import ABOUT


def write(network: Network, path: Path) -> tuple[str, ...]:
    """Keras writes it; the time of writing is left out, so that the same run gives the same file."""
    network.model.save(path)
    with zipfile.ZipFile(path) as archive:
        held = {info.filename: archive.read(info) for info in archive.infolist()}
    metadata = {key: value for key, value in json.loads(held["metadata.json"]).items() if key != "date_saved"}
    held |= {"metadata.json": json.dumps(metadata).encode(), ABOUT: network.about.encode()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(entry(name), content)
    return ()
