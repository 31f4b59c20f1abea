"""What a run ends with: equal for two runs that are the same training to the last bit.

Times are left out, and saves that failed on the way.
"""

import hashlib
import json
import zipfile
from pathlib import Path

from cnnspec.runs.checkpoint import Found, read_newest
from cnnspec.runs.folder import RunFolder


def newest(folder: RunFolder) -> Found:
    """Its newest checkpoint."""
    found = read_newest(folder)
    assert found is not None
    return found


def ending(folder: RunFolder) -> dict[str, object]:
    """The whole state of the training, its logs, its result and its models' weights."""
    checkpoint = newest(folder).checkpoint
    facts = json.loads(json.dumps(checkpoint.facts))
    for epoch in facts["run"]["epochs"]:
        epoch[1] = None
    rows = [json.loads(line) for line in folder.log.read_text().splitlines()]
    result = json.loads(folder.result.read_text())
    return {
        "step": checkpoint.step,
        "state": hashlib.sha256(b"".join(piece.data for piece in checkpoint.pieces)).hexdigest(),
        "pieces": [(piece.name, piece.dtype, piece.shape) for piece in checkpoint.pieces],
        "facts": (facts["training"], facts["run"]["epochs"], facts["place"]),
        "table": folder.table.read_text(),
        "log": [{key: value for key, value in row.items() if key != "seconds"} for row in rows],
        "result": {key: value for key, value in result.items() if key not in ("seconds", "not_saved")},
        "models": [hashlib.sha256(weights(path)).hexdigest() for path in (folder.best, folder.last)],
    }


def digest(folder: RunFolder) -> str:
    """The SHA-256 of all of it."""
    return hashlib.sha256(json.dumps(ending(folder), default=str).encode()).hexdigest()


def weights(path: Path) -> bytes:
    """The weights in a model's file."""
    with zipfile.ZipFile(path) as archive:
        return archive.read("model.weights.h5")
