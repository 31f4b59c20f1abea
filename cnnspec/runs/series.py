"""series.json, which says what other runs a run belongs to: written and read here alone."""

from pathlib import Path

from cnnspec.results.series import Membership
from cnnspec.runs import reading
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.metrics import write_json
from cnnspec.runs.opening import is_file
from cnnspec.runs.reading import Unreadable


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


def _by_number(path: Path) -> tuple[int, str]:
    number = path.name.rpartition("-")[2]
    return (int(number) if number.isdecimal() and len(number) < 10 else 0, path.name)
