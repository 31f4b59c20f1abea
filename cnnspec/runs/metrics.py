"""The figures of every epoch, as a table for people and as lines for scripts."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path

from cnnspec.runs.files import append_line, write_text
from cnnspec.runs.folder import RunFolder
from cnnspec.source.finite import finite

MISSING = "NA"


def columns(logs: Mapping[str, float]) -> tuple[str, ...]:
    """The columns of Keras' CSVLogger: the epoch, the figures by name, and `val_` ones even if none is measured."""
    names = sorted(logs)
    if not any(name.startswith("val_") for name in names):
        names += [f"val_{name}" for name in names]
    return ("epoch", *names)


def add_epoch(folder: RunFolder, epoch: int, logs: Mapping[str, float], more: Mapping[str, float]) -> None:
    """Append one epoch (from 0) to metrics.csv, and with `more` beside it to metrics.jsonl; raises RunFailed."""
    if epoch == 0:
        write_text(folder.table, _row(columns(logs)) + "\n")
    figures = {name: logs.get(name, MISSING) for name in columns(logs)[1:]}
    append_line(folder.table, _row((epoch, *figures.values())))
    append_line(folder.log, json.dumps(finite({"epoch": epoch, **logs, **more})))


def write_json(path: Path, value: object) -> None:
    """Write one of the folder's JSON files; raises RunFailed."""
    write_text(path, json.dumps(finite(value), indent=2) + "\n")


def _row(cells: tuple[object, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()
