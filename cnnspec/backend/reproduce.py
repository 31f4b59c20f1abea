"""What a run is to be trained with once more: its own spec, data, fold and weights to begin with, all of it checked."""

import contextlib
from dataclasses import replace
from pathlib import Path

from cnnspec.backend.data.changed_data import refuse_changes
from cnnspec.backend.data.given import Given
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.prepared import sections
from cnnspec.backend.resume.checkpoint_form import read_resume_point
from cnnspec.backend.resume.resume_checks import check_settings
from cnnspec.graph.locate import placed
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.results.marks import describe
from cnnspec.results.transfer import Start
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_data_folder
from cnnspec.runs.transfer import Origin, read_origin
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE
from cnnspec.weights.source import mark_of, named


def as_it_began(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    *,
    data_root: Path | None = None,
    start_from: Path | None = None,
    given: Given | None = None,
) -> tuple[Spec, Start | None, bool]:
    """The run's spec with its data where it lies, and what it began with, which may lie elsewhere now.

    And whether there was a checkpoint to hold the spec against. Raises Rejected where the spec is not that of its
    checkpoints, where data or weights are not what they were, or are not there.
    """
    beside = replace(spec, folder=data_root or read_data_folder(folder))
    with placed(beside, graph):
        section = sections(beside)[1]
        held = _check_spec(folder, beside)
        help = "bring back the old data: with other data it is another training"
        refuse_changes(folder, section, DataFolder(beside.folder or Path(), given), "the run was trained", help)
    return beside, _beginning(folder, start_from), held


def _check_spec(folder: RunFolder, spec: Spec) -> bool:
    """Whether there is a checkpoint to tell; raises Rejected where spec.yaml was changed since the newest."""
    point = None
    with contextlib.suppress(Rejected):
        point = read_resume_point(folder)
    if point is not None:
        check_settings(folder, point, spec)
    return point is not None


def _beginning(folder: RunFolder, start_from: Path | None) -> Start | None:
    origin = read_origin(folder)
    if origin is None:
        if start_from is not None:
            received = f"--start-from, though {folder.shown} began with weights that it drew"
            raise rejected("usage", received, "nothing to begin with", "leave it out", at=NOWHERE)
        return None
    start = Start(start_from or origin.file, origin.strict, origin.new)
    _check_origin(folder, origin, start)
    return start


def _check_origin(folder: RunFolder, origin: Origin, start: Start) -> None:
    """Raise Rejected where the weights that the run began with are others now, or not there."""
    was, help = origin.files[origin.file], "name where they lie now: --start-from FILE"
    if not start.path.exists():
        received = f"{folder.shown} began with {start.path}, which is not there"
        raise rejected("not-reproducible", received, describe(was), help, at=NOWHERE)
    source = named(start)
    found = mark_of(source.shown)
    if found != was:
        now = "cannot be read" if found is None else f"is {describe(found)} now"
        raise rejected(
            "changed-weights",
            f"{source.shown}, which {folder.shown} began with, {now}",
            describe(was),
            help,
            at=NOWHERE,
        )
