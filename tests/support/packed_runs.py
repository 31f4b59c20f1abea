"""Runs to be packed, of which nothing was trained, and packed runs that somebody made up."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

SPEC = """cnnspec: 1
name: small
inputs: {image: [6, 6, 1]}
model: [flatten, {dense: {units: 3, activation: softmax}}]
data: {source: digits}
training: {epochs: 1, loss: auto, seed: 5}
"""


def untrained_run(path: Path, weights: bytes = b"weights" * 999) -> Path:
    """A folder with what packing reads of a run."""
    path.mkdir(parents=True)
    (path / "spec.yaml").write_text(SPEC)
    (path / "best.keras").write_bytes(weights)
    facts = {"started": "2026-01-02T03:04:05+00:00", "unicode": "14", "data_folder": "~/secret", "seed": 5}
    facts |= {"written": {"files": ["small.yaml"], "variant": "", "set": ["training.epochs=1"]}}
    (path / "environment.json").write_text(json.dumps(facts))
    (path / "classes.json").write_text('["a", "b", "c"]')
    (path / "metrics.jsonl").write_text('{"epoch": 0, "loss": 1.5}\n')
    (path / "result.json").write_text('{"status": "finished", "epochs": 1, "metrics": {"test_loss": 1.25}}')
    (path / "written").mkdir()
    (path / "written" / "small.yaml").write_text(SPEC)
    (path / "checkpoints").mkdir()
    (path / "checkpoints" / "000000000001.checkpoint").write_text("state")
    (path / "lock").write_text("")
    return path


def archived(
    path: Path,
    members: Mapping[str, bytes],
    named: Mapping[str, bytes] | None = None,
    entries: Mapping[str, zipfile.ZipInfo] | None = None,
    **facts: object,
) -> Path:
    """An archive of these members, whose pack.json names them, or what is `named`, rightly; `facts` go over its own."""
    marks = {name: mark(content) for name, content in (members if named is None else named).items()}
    manifest = {"format": "cnnspec-pack", "version": 1, "cnnspec": "0", "run": "small-1", "files": marks, **facts}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, "pack.json": json.dumps(manifest).encode()}.items():
            archive.writestr((entries or {}).get(name, name), content)
    return path


def mark(content: bytes) -> dict[str, object]:
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def below(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
