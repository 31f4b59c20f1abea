"""The main job: from a spec and its graph to a run folder with trained weights."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cnnspec.backend.ended import nothing_left
from cnnspec.backend.features import read_vocabularies
from cnnspec.backend.job import sections
from cnnspec.backend.learning import ready
from cnnspec.backend.plan import plan_of
from cnnspec.backend.resumable import check_data, check_settings, go_on
from cnnspec.backend.run import Run, TrainResult, describe_run
from cnnspec.backend.startup import memory_errors
from cnnspec.backend.transfer.source import as_in_a_spec, origin_again, source_of
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.runs.checkpoint import read_newest, remove_unfinished
from cnnspec.runs.events import Event
from cnnspec.runs.folder import RunFolder, create_run
from cnnspec.runs.lock import owned
from cnnspec.runs.plan import Plan
from cnnspec.runs.recorded import read_data_folder, read_fold
from cnnspec.runs.transfer import Start


def train(
    spec: Spec,
    graph: Graph,
    *,
    runs_dir: Path,
    data_root: Path | None = None,
    fold: tuple[int, int] | None = None,
    start_from: Start | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
) -> TrainResult:
    """Train the network as its spec says; raises Rejected (the spec or its data is wrong) or RunFailed.

    `start_from` goes before the spec's own, and its path may be any.

    KeyboardInterrupt passes through, or comes of SIGTERM, once the state, last.keras and result.json are written.
    """
    source = source_of(spec, start_from)
    job, model, learning = ready(spec, graph, data_root, fold, source=source)
    with memory_errors():
        folder = create_run(runs_dir, spec.name)
        with owned(folder):
            describe_run(folder, job, {} if start_from is None else {"start_from": as_in_a_spec(start_from)})
            return Run(job, folder, model, learning, on_event).carry_out()


def resume(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    *,
    data_root: Path | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
) -> TrainResult:
    """Go on with a run from its newest whole checkpoint, or from the start; raises Rejected or RunFailed.

    `spec` and `graph` are read from its spec.yaml, with what the user changes: more epochs, other checkpoints. The
    training becomes what it would have been had it never ended. A finished run stays as it is.
    """
    with memory_errors(), owned(folder):
        remove_unfinished(folder)
        found = read_newest(folder)
        beside = replace(spec, folder=data_root or read_data_folder(folder))
        check_settings(folder, found, beside)
        if over := nothing_left(folder, found, sections(beside)[0].epochs):
            on_event(over)
            return TrainResult(over.path, over.figures)
        check_data(folder, beside)
        words = read_vocabularies(folder, sections(beside)[1], graph)
        source = origin_again(folder) if found is None else None
        job, model, learning = ready(beside, graph, None, read_fold(folder), words or None, source)
        event = go_on(folder, job, found)
        return Run(job, folder, model, learning, on_event, found).carry_out(event)


def plan(
    spec: Spec,
    graph: Graph,
    *,
    data_root: Path | None = None,
    fold: tuple[int, int] | None = None,
    start_from: Start | None = None,
) -> Plan:
    """What `train` would do, checked as it checks, and nothing written; raises Rejected or RunFailed."""
    planned = plan_of(ready(spec, graph, data_root, fold, source=source_of(spec, start_from))[0])
    return replace(planned, seed=None) if planned.seed_drawn and fold is None else planned
