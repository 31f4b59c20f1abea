"""thresholds.json, which says what the probabilities of a run's outputs have to reach; it may come from a stranger."""

import hashlib
from collections.abc import Iterable, Mapping

from cnnspec.results.thresholds import Threshold
from cnnspec.runs import reading
from cnnspec.runs.folder import RunFolder, writable
from cnnspec.runs.metrics import write_json
from cnnspec.runs.opening import read_file
from cnnspec.runs.reading import Unreadable
from cnnspec.runs.weights import weights_file
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

_PIECE = 2**20


def write_thresholds(folder: RunFolder, thresholds: Iterable[Threshold]) -> None:
    """Write thresholds.json, with which weights they are of; raises RunFailed, or Rejected for a packed run."""
    held = {
        each.output: {"yes": list(each.yes), "unsure": each.unsure, "split": each.split, "count": each.count}
        for each in thresholds
    }
    write_json(writable(folder).thresholds, {"weights": _checksum(folder), "outputs": held})


def read_thresholds(folder: RunFolder, needed: Mapping[str, int]) -> dict[str, Threshold]:
    """The thresholds of outputs by name, which need so many numbers each; raises Rejected.

    Where there are none, where they are damaged, or where they were chosen for other weights.
    """
    try:
        held = reading.read_facts(folder.thresholds)
    except Unreadable as problem:
        raise _unusable(folder, str(problem)) from None
    if held is None:
        raise _unusable(folder, "no thresholds were chosen for it")
    outputs = reading.entries(held.get("outputs"))
    found = {name: _threshold(name, reading.entries(outputs.get(name)), count) for name, count in needed.items()}
    known = {name: each for name, each in found.items() if each is not None}
    if len(known) < len(needed):
        lacking = next(name for name in needed if name not in known)
        raise _unusable(folder, f"thresholds.json has none that fit output {lacking}")
    if held.get("weights") != _checksum(folder):
        raise _unusable(folder, "its thresholds were chosen for other weights")
    return known


def _threshold(output: str, held: Mapping[str, object], count: int) -> Threshold | None:
    """The threshold, where it has so many numbers from 0 to 1; None for anything else."""
    written = held.get("yes")
    yes = [_chance(each) for each in written] if isinstance(written, list) and len(written) == count else None
    unsure = _chance(held.get("unsure"))
    if yes is None or any(each is None for each in yes) or (unsure is None and held.get("unsure") is not None):
        return None
    known = tuple(each for each in yes if each is not None)
    return Threshold(output, known, unsure, reading.text(held.get("split")), reading.whole(held.get("count")) or 0)


def _chance(value: object) -> float | None:
    number = None if value is None else reading.number(value)
    return number if number is not None and 0 <= number <= 1 else None


def _checksum(folder: RunFolder) -> str:
    digest = hashlib.sha256()
    with read_file(weights_file(folder)) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _unusable(folder: RunFolder, what: str) -> Rejected:
    help = f"write cnnspec evaluate {folder.shown} --threshold auto"
    if folder.packed is not None:
        help = f"write cnnspec unpack {folder.shown} -o RUN, then cnnspec evaluate RUN --threshold auto"
    return rejected("no-threshold", f"{folder.shown}: {what}", "thresholds that evaluate stored", help, at=NOWHERE)
