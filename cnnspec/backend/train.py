"""The main job: from a spec and its graph to a run folder with trained weights."""

import contextlib
import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnspec.backend.data.changed_data import refuse_other_skipped
from cnnspec.backend.data.given import Given
from cnnspec.backend.data.vocabulary import read_vocabularies
from cnnspec.backend.described import describe_run
from cnnspec.backend.loop.listeners import checked
from cnnspec.backend.loop.progress import FROM_THE_START
from cnnspec.backend.parallel.distribute import participants_of
from cnnspec.backend.parallel.layout import ANY, Layout, Wish, layout_of
from cnnspec.backend.parallel.participants import SOLO, Participants
from cnnspec.backend.plan import plan_of
from cnnspec.backend.prepared import Prepared, sections
from cnnspec.backend.ready import Ready, get_ready
from cnnspec.backend.resume.checkpoint_form import ResumePoint, read_resume_point
from cnnspec.backend.resume.keeper import try_state
from cnnspec.backend.resume.resume_checks import check_data, check_settings, go_on, going_on, nothing_left
from cnnspec.backend.run import Run
from cnnspec.backend.startup import memory_errors
from cnnspec.graph.locate import placed
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.results.events import Event, NothingLeft, Resumed
from cnnspec.results.history import TrainResult
from cnnspec.results.marks import describe
from cnnspec.results.plan import Plan
from cnnspec.results.resumption import resumption
from cnnspec.results.series import Membership
from cnnspec.results.transfer import Start
from cnnspec.runs.checkpoint import remove_unfinished
from cnnspec.runs.folder import RunFolder, create_run
from cnnspec.runs.lock import owned, refuse_used
from cnnspec.runs.recorded import read_data_folder, read_fold
from cnnspec.runs.resolved import resolved_spec
from cnnspec.runs.settings import written_settings
from cnnspec.stopping import Stopping
from cnnspec.weights.source import as_in_a_spec, completed, origin_again, source_of


def train(
    spec: Spec,
    graph: Graph,
    *,
    runs_dir: Path,
    data_root: Path | None = None,
    fold: tuple[int, int] | None = None,
    start_from: Start | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
    wish: Wish = ANY,
    stopping: Stopping | None = None,
    callbacks: Sequence[Any] = (),
    given: Given | None = None,
    membership: Membership | None = None,
) -> TrainResult:
    """Train the network as its spec says; raises Rejected (the spec or its data is wrong) or RunFailed.

    `start_from` goes before the spec's own, and its path may be any. Data in memory is `given`. `callbacks` are Keras';
    `Listeners` says when each is called. `membership` says to which others the run belongs.

    Of the first SIGINT or SIGTERM comes KeyboardInterrupt once the state, last.keras and result.json are written;
    `stopping` says what a second one does.
    Several devices or processes, as `wish` or the spec say, must be set up before TensorFlow computes anything else.
    """
    checked(callbacks)
    layout, stopping = _layout(spec, graph, wish), stopping or Stopping()
    # Around setting the devices up, and within, so that the other processes are told what failed.
    with memory_errors(), participants_of(layout, wish.gone) as participants, memory_errors(), placed(spec, graph):
        stopping.take_back()
        source = source_of(spec, start_from)
        ready = get_ready(
            spec,
            graph,
            data_root=data_root,
            fold=fold,
            source=source,
            layout=layout,
            participants=participants,
            given=given,
        )
        _check_alike(participants, ready.job)
        with stopping.saving():
            folder = RunFolder(Path(participants.agreed(lambda: str(create_run(runs_dir, spec.name).path))))
            with _owned(folder, participants, wish):
                if participants.is_chief:
                    describe_run(
                        folder,
                        ready.job,
                        {} if start_from is None else {"start_from": as_in_a_spec(completed(spec, start_from))},
                        membership,
                    )
                told = _told(on_event, participants)
                run = Run(
                    ready, folder, on_event=told, participants=participants, stopping=stopping, callbacks=callbacks
                )
                return run.carry_out()


def resume(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    *,
    data_root: Path | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
    wish: Wish = ANY,
    stopping: Stopping | None = None,
    callbacks: Sequence[Any] = (),
    given: Given | None = None,
) -> TrainResult:
    """Go on with a run from its newest whole checkpoint, or from the start; raises Rejected or RunFailed.

    `spec` and `graph` are read from its spec.yaml, with what the user changes: more epochs, other checkpoints, other
    devices. The training becomes what it would have been had it never ended. A finished run stays as it is.
    """
    checked(callbacks)
    layout, stopping = _layout(spec, graph, wish), stopping or Stopping()
    with (
        memory_errors(),
        participants_of(layout, wish.gone) as participants,
        memory_errors(),
        placed(spec, graph),
        _owned(folder, participants, wish),
    ):
        stopping.take_back()
        point = read_resume_point(folder)
        participants.must_agree(_newest(point), "the whole run folder on every machine")
        beside = _beside(folder, spec, data_root, point)
        over = nothing_left(folder, point, beside) if participants.is_chief else None
        if participants.agreed(lambda: over is not None):
            if over is None:
                return TrainResult(str(folder.path), {}, told=False)
            on_event(over)
            return TrainResult(over.path, over.figures)
        ready = _ready_again(folder, beside, graph, point, layout, participants, given)
        _check_alike(participants, ready.job)
        with stopping.saving():
            event = go_on(folder, ready.job, point) if participants.is_chief else None
            told = _told(on_event, participants)
            run = Run(
                ready,
                folder,
                on_event=told,
                point=point,
                participants=participants,
                stopping=stopping,
                callbacks=callbacks,
            )
            return run.carry_out(event)


def plan_resumption(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    *,
    data_root: Path | None = None,
    wish: Wish = ANY,
    given: Given | None = None,
) -> tuple[Plan, Resumed] | NothingLeft:
    """What `resume` would do, checked as it checks, and nothing written; raises Rejected or RunFailed."""
    layout = _layout(spec, graph, wish, planned=True)
    refuse_used(folder)
    with memory_errors(), placed(spec, graph):
        point = read_resume_point(folder)
        beside = _beside(folder, spec, data_root, point)
        over = nothing_left(folder, point, beside)
        if over is not None:
            return over
        ready = _ready_again(folder, beside, graph, point, layout, SOLO, given)
        if point is not None:
            try_state(point, ready.trainee, ready.job.graph)
        return plan_of(ready.job), going_on(folder, ready.job, point)


def _beside(folder: RunFolder, spec: Spec, data_root: Path | None, point: ResumePoint | None) -> Spec:
    """The spec with its data where it lies; raises Rejected where it is not that of the checkpoint."""
    beside = replace(spec, folder=data_root or read_data_folder(folder))
    check_settings(folder, point, beside)
    return beside


def _ready_again(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    point: ResumePoint | None,
    layout: Layout,
    participants: Participants,
    given: Given | None,
) -> Ready:
    """The network as the run has it, ready for the checkpoint's state; raises Rejected where its data has changed."""
    check_data(folder, spec, given)
    words = read_vocabularies(folder, sections(spec)[1], graph)
    source = origin_again(folder) if point is None else None
    ready = get_ready(
        spec,
        graph,
        fold=read_fold(folder),
        vocabularies=words or None,
        source=source,
        begins=point is None,
        begun=FROM_THE_START if point is None else point.begun,
        layout=layout,
        participants=participants,
        given=given,
    )
    refuse_other_skipped(folder, ready.job.dataset.skipped, "bring back the old data, or train a new run")
    return ready


def plan(
    spec: Spec,
    graph: Graph,
    *,
    data_root: Path | None = None,
    fold: tuple[int, int] | None = None,
    start_from: Start | None = None,
    wish: Wish = ANY,
    given: Given | None = None,
) -> Plan:
    """What `train` would do, checked as it checks, and nothing written; raises Rejected or RunFailed."""
    layout = _layout(spec, graph, wish, planned=True)
    with placed(spec, graph):
        source = source_of(spec, start_from)
        ready = get_ready(spec, graph, data_root=data_root, fold=fold, source=source, layout=layout, given=given)
    planned = plan_of(ready.job)
    return replace(planned, seed=None) if planned.seed_drawn and fold is None else planned


def _layout(spec: Spec, graph: Graph, wish: Wish, planned: bool = False) -> Layout:
    with placed(spec, graph):
        sections(spec)
        return layout_of(spec, graph, wish, os.environ, planned)


def _newest(point: ResumePoint | None) -> dict[str, object]:
    """From where a process would go on."""
    return {"the newest checkpoint": None if point is None else f"of step {point.step}"}


def _check_alike(participants: Participants, job: Prepared) -> None:
    """Raise RunFailed where this process would train something else than the chief."""
    files = {name: describe(mark) for name, mark in job.marks.items()}
    data = {"the number of training examples": job.dataset.train.count, "the data file": files}
    participants.must_agree(
        {**written_settings(resolved_spec(job.spec, {})), **data}, "the same spec and data everywhere"
    )
    begun = {name: describe(mark) for name, mark in job.transfer.files.items()} if job.transfer else {}
    participants.must_agree({"the weights to start from": begun}, "the same weights everywhere")


@contextlib.contextmanager
def _owned(folder: RunFolder, participants: Participants, wish: Wish) -> Iterator[None]:
    """The chief owns the run; all know how to go on with it."""
    participants.resumed_by(shlex.join(resumption(folder.path, wish.options)))
    if not participants.is_chief:
        yield
        return
    with owned(folder):
        remove_unfinished(folder)
        yield


def _told(on_event: Callable[[Event], None], participants: Participants) -> Callable[[Event], None]:
    """Of several processes one tells what happens."""
    return on_event if participants.is_chief else lambda event: None
