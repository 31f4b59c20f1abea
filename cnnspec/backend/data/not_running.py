"""What a spec may say that does not run yet: named before the first step, never ignored."""

from cnnspec.backend.data.load import SOURCES
from cnnspec.language.check import follow
from cnnspec.language.data import DataSection
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.values import Mapping


def not_running(data: DataSection, root: Mapping | None = None) -> list[Diagnostic]:
    """An error for a source that is not read yet, at its place where the spec's `root` is given."""
    if data.source in SOURCES:
        return []
    place = None if root is None else follow(root, ("data", "source")).span
    help = f"save the data for one of the sources that run: {', '.join(SOURCES)}"
    return [Diagnostic("not-running", f"data.source.{data.source} does not run yet", place, help=help)]
