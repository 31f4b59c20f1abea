"""series.json, which says what other runs a run belongs to, written and read here alone; and what those came to."""

from pathlib import Path
from typing import Literal

from cnnspec.results.history import Result
from cnnspec.results.series import Member, Membership
from cnnspec.runs import reading
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.metrics import write_json
from cnnspec.runs.opening import is_file
from cnnspec.runs.reading import Unreadable
from cnnspec.runs.result import read_result


def write_membership(folder: RunFolder, membership: Membership) -> None:
    """Write series.json; raises RunFailed."""
    write_json(folder.series, {"series": membership.series, "member": membership.member})


def read_membership(folder: RunFolder) -> Membership | None:
    """What series.json says; None where there is none, or one that says nothing."""
    try:
        held = reading.read_facts(folder.series) or {}
    except Unreadable:
        return None
    series, member = reading.text(held.get("series")), reading.text(held.get("member"))
    return Membership(series, member) if series and member else None


def find_members(runs: Path, series: str) -> dict[str, RunFolder]:
    """The runs of a series below a folder of runs, by which member each is; of two the one with the lower number.

    A folder without a spec is no run: whoever made it was killed before there was anything to go on with.
    """
    try:
        folders = [RunFolder(entry) for entry in sorted(runs.iterdir(), key=_by_number)]
    except OSError:
        return {}
    found: dict[str, RunFolder] = {}
    for folder in folders:
        membership = read_membership(folder) if is_file(folder.spec) else None
        if membership is not None and membership.series == series:
            found.setdefault(membership.member, folder)
    return found


def ended(folder: RunFolder) -> bool:
    """Whether a run is over for good: finished, or failed where going on would fail again."""
    result = _result(folder)
    return result is not None and (result.status == "finished" or result.diverged is not None)


def told(name: str, folder: RunFolder) -> Member:
    """A member of a series as its run's folder tells it."""
    result = _result(folder) or Result("failed", None, None, None, {}, "it has no result")
    best = result.best.epoch if result.best else None
    status: Literal["finished", "failed"] = "finished" if result.status == "finished" else "failed"
    return Member(name, str(folder.path), status, result.metrics, best, result.epochs, result.seconds, result.reason)


def _result(folder: RunFolder) -> Result | None:
    try:
        return read_result(folder)
    except Unreadable:
        return None


def _by_number(path: Path) -> tuple[int, str]:
    number = path.name.rpartition("-")[2]
    return (int(number) if number.isdecimal() and len(number) < 10 else 0, path.name)
