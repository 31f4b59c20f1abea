"""Keys beside `training.phases` that no phase is left to read."""

from collections.abc import Iterator

from cnnspec.checks.subject import Sections
from cnnspec.language.merge import SETTINGS
from cnnspec.source.diagnostic import Diagnostic, warning
from cnnspec.source.values import Entry, Mapping, Sequence, follow


def overridden_everywhere(subject: Sections) -> Iterator[Diagnostic]:
    """A value beside phases that every phase replaces does nothing; of maps some may be left."""
    written = follow(subject.spec.root, ("training", "phases")).value
    section = subject.spec.root.get("training")
    if not subject.spec.phases or not isinstance(written, Sequence) or not isinstance(section, Mapping):
        return
    phases = [item for item in written.items if isinstance(item, Mapping)]
    for entry in section:
        if not isinstance(entry.value, Mapping) and all(phase.entry(entry.key) for phase in phases):
            message = f"{entry.key} beside phases does nothing, since every phase has its own"
            help = f"{_out(entry, subject)}, or set that of a phase: training.phases.0.{entry.key}"
            yield warning("overridden-key", message, subject.place("training", entry.key), help)


def _out(entry: Entry, subject: Sections) -> str:
    """How to take a key out: where it comes from a base, that file may be nobody's to change."""
    own = entry.span.file in (subject.spec.root.span.file, SETTINGS)
    return "leave it out" if own else f"write {entry.key}: null under training"
