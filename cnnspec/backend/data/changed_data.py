"""Whether the data of a run is what it was: the one refusal for all who read it again."""

from collections.abc import Collection

from cnnspec.backend.data.fingerprint import changes, fingerprint
from cnnspec.backend.data.place import DataFolder
from cnnspec.language.sources.section import DataSection
from cnnspec.results.marks import describe
from cnnspec.results.skipped import Skipped
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_marks, read_skipped
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected
from cnnspec.source.route import NOWHERE, PathAt


def refuse_changes(folder: RunFolder, section: DataSection, place: DataFolder, since: str, help: str) -> None:
    """Raise Rejected for each data file that is not as it was; `since` says when that was, `help` what to do."""
    before = read_marks(folder)
    try:
        found = changes(before, fingerprint(section, place)) if before else []
    except OSError as error:
        raise rejected(
            "no-file", f"{error.filename} cannot be read ({error.strerror})", "the run's data", at=("data",)
        ) from error
    if found:
        below = f"{place.path}/" if place.given is None else ""
        raise Rejected(
            Diagnostic(
                "changed-data",
                f"{below}{change.name} has changed since {since}: now {describe(change.now)};"
                f" expected {describe(change.was)}",
                help=help,
                at=NOWHERE if place.given else PathAt(change.name),
            )
            for change in found
        )


def refuse_other_skipped(folder: RunFolder, skipped: Collection[Skipped], help: str) -> None:
    """Raise Rejected where other examples cannot be read than when the run was trained: the rest would be others."""
    before, now = ({(each.split, each.place) for each in those} for those in (read_skipped(folder), skipped))
    if before == now:
        return
    split, place = min(before ^ now)
    what = "cannot be read now, and could" if (split, place) in now else "can be read now, and could not"
    more = f" and {len(before ^ now) - 1:,} more" if len(before ^ now) > 1 else ""
    received = f"{place}{more} of {split} {what} when the run was trained"
    raise rejected("changed-data", received, "the same examples", help, at=("data",))
