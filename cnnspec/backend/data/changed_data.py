"""Whether the data of a run is what it was: the one refusal for all who read it again."""

from cnnspec.backend.data.fingerprint import changes, fingerprint
from cnnspec.backend.data.place import DataFolder
from cnnspec.language.sources.section import DataSection
from cnnspec.results.marks import describe
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_marks
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected
from cnnspec.source.route import PathAt


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
        raise Rejected(
            Diagnostic(
                "changed-data",
                f"{place.path / change.name} has changed since {since}: now {describe(change.now)};"
                f" expected {describe(change.was)}",
                help=help,
                at=PathAt(change.name),
            )
            for change in found
        )
