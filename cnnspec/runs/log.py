"""The figures of every epoch, read back from metrics.jsonl, which may be half-written. Epochs count from 0."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from cnnspec.results.watched import Activity, Watched
from cnnspec.runs import reading
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.metrics import PHASE
from cnnspec.runs.reading import Unreadable

WATCH = "watch"
"""The key of what was watched in a line of metrics.jsonl."""
_LONGEST_LOG = 32 * 2**20
_MOST_EPOCHS = 50_000
_MOST_FIGURES = 50
BESIDE = ("learning_rate", "seconds")
"""What is written with the figures of an epoch and is none of them."""
_CUT_OFF = "the last line of metrics.jsonl is cut off"


@dataclass(frozen=True, slots=True)
class Log:
    """The figures of every epoch by name, NaN where an epoch has none; `learning_rate` and `seconds` are among them.

    `watched` are the sizes of gradients and activations, of those epochs that have some.
    """

    figures: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    epochs: int = 0
    problems: tuple[str, ...] = ()
    watched: Mapping[int, Watched] = field(default_factory=dict)
    phases: tuple[str, ...] = ()
    """The name of each epoch's phase, where the training had some."""

    def at(self, epoch: int) -> dict[str, float]:
        """The losses and metrics of one epoch; nothing where there is no such epoch."""
        if not 0 <= epoch < self.epochs:
            return {}
        rows = {name: values[epoch] for name, values in self.figures.items() if name not in BESIDE}
        return {name: value for name, value in rows.items() if not math.isnan(value)}


def read_log(folder: RunFolder) -> Log:
    """The figures of every epoch; where an epoch was written twice, as after a resumption, the later ones."""
    try:
        content = reading.read_bytes(folder.log, _LONGEST_LOG)
    except Unreadable as problem:
        return Log(problems=(str(problem),))
    if not content:
        return Log()
    *lines, rest = content.split(b"\n")
    problems = [_CUT_OFF] if rest else []
    rows: dict[int, dict[str, float]] = {}
    watched: dict[int, Watched | None] = {}
    phases: dict[int, str] = {}
    for number, line in enumerate(lines[:_MOST_EPOCHS], 1):
        row = _row(line)
        if row is not None:
            rows[row[0]], watched[row[0]], phases[row[0]] = row[1:]
        elif len(problems) < 3:
            problems.append(f"line {number} of metrics.jsonl holds no epoch")
    if len(lines) > _MOST_EPOCHS or len(content) > _LONGEST_LOG:
        problems.append(f"metrics.jsonl is larger than what is read of it: {_MOST_EPOCHS:,} epochs")
    seen = {epoch: each for epoch, each in sorted(watched.items()) if each is not None}
    epochs = max(rows, default=-1) + 1
    named = tuple(phases.get(epoch, "") for epoch in range(epochs)) if any(phases.values()) else ()
    return Log(_by_name(rows), epochs, tuple(problems), seen, named)


def _row(line: bytes) -> tuple[int, dict[str, float], Watched | None, str] | None:
    try:
        held = json.loads(line)
    except (ValueError, RecursionError):
        return None
    epoch = reading.whole(held.get("epoch")) if isinstance(held, dict) else None
    if epoch is None or epoch >= _MOST_EPOCHS:
        return None
    figures = {name: value for name, value in reading.numbers(held).items() if name != "epoch"}
    return epoch, figures, read_watched(held.get(WATCH)), reading.text(held.get(PHASE))


def _by_name(rows: Mapping[int, Mapping[str, float]]) -> dict[str, tuple[float, ...]]:
    names = list(dict.fromkeys(name for row in rows.values() for name in row))[:_MOST_FIGURES]
    epochs = range(max(rows, default=-1) + 1)
    return {name: tuple(rows.get(epoch, {}).get(name, math.nan) for epoch in epochs) for name in names}


def written_watched(watched: Watched) -> dict[str, object]:
    """What was watched over an epoch as its line has it, beside the figures."""
    activations = {title: asdict(activity) for title, activity in watched.activations.items()}
    parts = {"gradients": dict(watched.gradients), "activations": activations}
    return {"steps": watched.steps, **{name: part for name, part in parts.items() if part}}


def read_watched(held: object) -> Watched | None:
    """The same read back, as much of it as is whole; None where there is nothing."""
    if not isinstance(held, dict):
        return None
    activations = {title: _activity(item) for title, item in reading.entries(held.get("activations")).items()}
    return Watched(reading.whole(held.get("steps")) or 0, reading.numbers(held.get("gradients")), activations)


def _activity(held: object) -> Activity:
    numbers = reading.numbers(held)
    return Activity(*(numbers.get(name, math.nan) for name in ("mean", "deviation", "silent")))
