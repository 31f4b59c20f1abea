"""Whether a run that was trained once more came to the same: its figures epoch by epoch, its weights bit by bit."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from cnnspec.results.reproduction import Check, Figure, Reproduction, Weights
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.history import read_run
from cnnspec.runs.log import Log, read_log
from cnnspec.runs.opening import is_file
from cnnspec.runs.reading import Unreadable, read_whole
from cnnspec.source.file_route import file_at
from cnnspec.source.route import NOWHERE
from cnnspec.weights.store import opened
from cnnspec.weights.stored import Store

_SECONDS = "seconds"
"""What is written with the figures of an epoch and is another every time."""
_TEST = "test_"
_LONGEST = 64 * 2**20


def reproduced(run: RunFolder, again: RunFolder, checks: tuple[Check, ...]) -> Reproduction:
    """What the run and its second training have alike; raises Rejected where weights cannot be read."""
    was, now = read_log(run), read_log(again)
    told, here = read_run(run), read_run(again)
    names = [name for name in dict.fromkeys((*was.figures, *now.figures)) if name != _SECONDS]
    ran, runs = (", then ".join(each.words for each in found.environment.ran_on) for found in (told, here))
    where = (Check("computed on", ran, runs),) if ran and runs else ()
    differing = (*_of_epochs(was, now, names), *_of_scores(told.scores, here.scores))
    return Reproduction(
        run=run.shown,
        again=str(again.path),
        checks=(*checks, *where),
        epochs=max(was.epochs, now.epochs),
        figures=len(names),
        figure=next(iter(differing), None),
        weights=tuple(_weights(run, again)),
        texts=tuple(_texts(run, again)),
        remarks=tuple(_remarks(run)),
    )


def _of_epochs(was: Log, now: Log, names: list[str]) -> Iterator[Figure]:
    """The figures that differ, the first epoch's first."""
    for epoch in range(max(was.epochs, now.epochs)):
        for name in names:
            one, other = (_at(log, name, epoch) for log in (was, now))
            if not _same(one, other):
                yield Figure(epoch, name, one, other)


def _at(log: Log, name: str, epoch: int) -> float | None:
    values = log.figures.get(name, ())
    return values[epoch] if epoch < len(values) else None


def _of_scores(was: Mapping[str, float], now: Mapping[str, float]) -> Iterator[Figure]:
    """Those of the test split, which stand in no epoch."""
    for name in (name for name in dict.fromkeys((*was, *now)) if name.startswith(_TEST)):
        if not _same(was.get(name), now.get(name)):
            yield Figure(None, name, was.get(name), now.get(name))


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or (math.isnan(one) and math.isnan(other))


def _weights(run: RunFolder, again: RunFolder) -> Iterator[Weights]:
    """Of each file that the run has: a packed one has the best alone."""
    for name in (run.best.name, run.last.name):
        if is_file(run.path / name):
            yield _compared(run.path / name, again.path / name)


def _compared(was: Path, now: Path) -> Weights:
    if not is_file(now):
        return Weights(was.name, 0, 1, "all of them")
    with file_at(NOWHERE), opened(was, own=True) as one, opened(now, own=True) as other:
        found = [
            (f"{layer}/{number}", by)
            for layer in dict.fromkeys((*one.layers, *other.layers))
            for number, by in enumerate(_pair(one, other, layer))
        ]
    differing = [(name, by) for name, by in found if by is None or by != 0]
    sizes = [by for _, by in differing]
    largest = None if None in sizes else max((by for by in sizes if by is not None), default=None)
    return Weights(was.name, len(found), len(differing), differing[0][0] if differing else "", largest)


def _pair(one: Store, other: Store, layer: str) -> Iterator[float | None]:
    """By how much each weight of a layer differs at most, 0 where not a bit; None where it has no counterpart."""
    was, now = one.layers.get(layer, ()), other.layers.get(layer, ())
    for number in range(max(len(was), len(now))):
        if number >= min(len(was), len(now)) or was[number].shape != now[number].shape:
            yield None
            continue
        first, second = was[number].read(), now[number].read()
        same = first.dtype == second.dtype and first.tobytes() == second.tobytes()
        # Zeros of two signs are other bits, and no other numbers.
        apart = float(np.max(np.abs(first.astype(np.float64) - second.astype(np.float64)), initial=0.0))
        yield 0.0 if same else apart or math.ulp(0.0)


def _texts(run: RunFolder, again: RunFolder) -> Iterator[str]:
    """Files of words and classes that are others."""
    vocabularies = [path.name for path in sorted(run.path.glob("vocabulary*.txt"))]
    for name in (run.classes.name, *vocabularies):
        if _content(run.path / name) != _content(again.path / name):
            yield name


def _content(path: Path) -> bytes | None:
    try:
        return read_whole(path, _LONGEST)
    except Unreadable:
        return None


def _remarks(run: RunFolder) -> Iterator[str]:
    """What of the run's past this training did not go through."""
    environment = read_run(run).environment
    longer = [each for each in environment.resumed if any("epochs=" in word for word in each.machine.command)]
    if longer:
        yield (
            f"the run was given other epochs when it went on after epoch {longer[0].epoch}: a rate that falls over all "
            "epochs fell otherwise until then"
        )
    if len(environment.ran_on) > 1:
        yield "the run went on elsewhere than where it began; this training computed all of it on one"
