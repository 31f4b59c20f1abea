"""The figures of every epoch, as a table for people and as lines for scripts."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from cnnspec.runs.files import append_line, write_text
from cnnspec.runs.folder import RunFolder
from cnnspec.source.finite import finite

MISSING = "NA"


PHASE = "phase"
"""The name of the phase of the training, in runs whose training has some."""


def columns(logs: Mapping[str, float]) -> tuple[str, ...]:
    """The columns of Keras' CSVLogger: the epoch, the figures by name, and `val_` ones even if none is measured."""
    names = sorted(logs)
    if not any(name.startswith("val_") for name in names):
        names += [f"val_{name}" for name in names]
    return ("epoch", *names)


Row = tuple[int, Mapping[str, float], Mapping[str, object]]
"""An epoch from 0, its figures, and what stands beside them in metrics.jsonl."""


def add_epoch(folder: RunFolder, epoch: int, logs: Mapping[str, float], more: Mapping[str, object]) -> None:
    """Append one epoch (from 0) to metrics.csv, and with `more` beside it to metrics.jsonl; raises RunFailed."""
    if epoch == 0:
        write_text(folder.table, _heading(logs, more))
    append_line(folder.table, _table_line(epoch, logs, more))
    append_line(folder.log, _log_line(epoch, logs, more))


def write_epochs(folder: RunFolder, rows: Sequence[Row]) -> None:
    """Let metrics.csv and metrics.jsonl hold these epochs and no others; raises RunFailed."""
    table = [_table_line(*row) + "\n" for row in rows]
    write_text(folder.table, "".join([_heading(*rows[0][1:]), *table] if rows else []))
    write_text(folder.log, "".join(_log_line(*row) + "\n" for row in rows))


def write_json(path: Path, value: object) -> None:
    """Write one of the folder's JSON files; raises RunFailed."""
    write_text(path, json.dumps(finite(value), indent=2) + "\n")


def _heading(logs: Mapping[str, float], more: Mapping[str, object]) -> str:
    epoch, *names = columns(logs)
    return _row((epoch, *([PHASE] if PHASE in more else []), *names)) + "\n"


def _table_line(epoch: int, logs: Mapping[str, float], more: Mapping[str, object]) -> str:
    phase = [more[PHASE]] if PHASE in more else []
    return _row((epoch, *phase, *(logs.get(name, MISSING) for name in columns(logs)[1:])))


def _log_line(epoch: int, logs: Mapping[str, float], more: Mapping[str, object]) -> str:
    return json.dumps(finite({"epoch": epoch, **logs, **more}))


def _row(cells: tuple[object, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()
