"""A network ready for its first step: built, compiled, with its batches, and everything in it checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.backend.auto.settle import as_chosen, choices, laid_out, settled, undecided
from cnnspec.backend.data.augmentable import change_of
from cnnspec.backend.data.batches import Batches, Change
from cnnspec.backend.data.given import Given
from cnnspec.backend.data.share import WHOLE, Share
from cnnspec.backend.data.splits import Array, Split
from cnnspec.backend.data.vocabulary import Vocabulary
from cnnspec.backend.loop.parts import Trainee
from cnnspec.backend.loop.progress import FROM_THE_START, Begun, Course
from cnnspec.backend.model.adapt import adapt, taken_over
from cnnspec.backend.model.build import build_model, connect, model_of, set_trainable
from cnnspec.backend.model.faster import FASTER
from cnnspec.backend.objective.callbacks import (
    Best,
    check_monitor,
    mode_of,
)
from cnnspec.backend.objective.compile import compile_model
from cnnspec.backend.objective.first_batch import EXAMPLES, try_objective
from cnnspec.backend.objective.going_on import go_on_with, steps_taken
from cnnspec.backend.objective.yardstick import yardstick
from cnnspec.backend.parallel.layout import ONE_DEVICE, Layout
from cnnspec.backend.parallel.participants import SOLO, Participants
from cnnspec.backend.prepared import Prepared, in_phase, prepare, sections
from cnnspec.backend.startup import draw_seed, make_repeatable, memory_errors, use_seed
from cnnspec.backend.steps.stepper import make_ready
from cnnspec.backend.steps.watch import Watch
from cnnspec.backend.transfer.start import start
from cnnspec.graph.learners import learners
from cnnspec.graph.locate import placed, with_place
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.weights.source import Source


@dataclass(frozen=True, slots=True)
class Part:
    """A phase of a training, or all of one without phases: the job as it is there, and what learns."""

    job: Prepared
    trainee: Trainee
    begun: Begun = FROM_THE_START

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return -(-self.job.dataset.train.count // self.job.training.batch_size)

    @property
    def course(self) -> Course:
        """How long it is."""
        training, later = self.job.training, self.job.later
        epochs = self.begun.epoch + training.epochs
        return Course(
            epochs, training.batch_size, self.job.seed, training.xla is True, self.begun, later, self.job.phase
        )


@dataclass(frozen=True, slots=True)
class Ready:
    """A prepared training with its network: the `model` that is saved, and the `part` that it begins or goes on with.

    The `trainee` shares the weights of the model, which is made of `tensors`, the outputs of the graph's nodes. `share`
    is what this process reads of every batch.
    """

    job: Prepared
    model: Any
    part: Part
    share: Share = WHOLE
    tensors: Sequence[Any] = ()

    @property
    def trainee(self) -> Trainee:
        """What learns first."""
        return self.part.trainee

    def batches(self, split: Split) -> Batches:
        """A split's batches as the network reads them."""
        return batches_of(self.job, split, self.share)

    def after(self, part: Part, epochs: int) -> Part | None:
        """The phase after this one, once so many epochs of the training are over; None where it is the last."""
        number = part.begun.phase + 1
        if number >= len(self.job.spec.phases):
            return None
        before = part.trainee.learner.optimizer
        taken = steps_taken(before) if self.job.spec.phases[number].goes_on else 0
        begun = Begun(number, epochs, part.begun.step + (epochs - part.begun.epoch) * part.steps, taken)
        following = make_part(self.job, self.model, self.tensors, self.share, begun, part.trainee)
        if self.job.spec.phases[number].goes_on:
            go_on_with(following.trainee.learner.optimizer, before)
        return following


def get_ready(
    spec: Spec,
    graph: Graph,
    *,
    data_root: Path | None = None,
    fold: tuple[int, int] | None = None,
    vocabularies: Mapping[str, Vocabulary] | None = None,
    source: Source | None = None,
    begins: bool = True,
    begun: Begun = FROM_THE_START,
    layout: Layout = ONE_DEVICE,
    participants: Participants = SOLO,
    given: Given | None = None,
) -> Ready:
    """Everything up to the first step, the weights of the `source` in the network, if there is one.

    A training that `begins`, and does not go on from a checkpoint, learns what layers need to know of the data. Of
    several phases all are checked, and the one is ready that has `begun`. What is drawn or tried out here the chief of
    the participants decides.
    """
    with memory_errors():
        drawn = participants.agreed(draw_seed)
        job = prepare(spec, graph, data_root, fold=fold, vocabularies=vocabularies, draw=lambda: drawn, given=given)
        job = laid_out(job, layout)
        if undecided(job.training):
            job = as_chosen(job, participants.agreed(lambda: choices(_decided(job))))
        if not job.training.xla:
            make_repeatable()
        use_seed(job.seed)
        tensors = connect(graph, job.training.precision, FASTER)
        model = model_of(graph, spec.name, tensors)
        if source is not None:
            job = _started(job, model, source)
        if begins:
            job = _adapted(job, model, tensors)
        part = _checked_part(job, model, tensors, participants.share, begun)
        return Ready(job, model, part, participants.share, tensors)


def _started(job: Prepared, model: Any, source: Source) -> Prepared:
    """The job, once the network has the weights of the source."""
    transfer = start(model, job.graph, source, job.dataset.vocabularies, job.classes)
    said = (with_place(each, job.spec, job.graph) for each in transfer.doubts)
    return replace(job, transfer=transfer, doubts=(*job.doubts, *said))


def _checked_part(job: Prepared, model: Any, tensors: Sequence[Any], share: Share, begun: Begun) -> Part:
    """The phase that has begun, once each was tried; raises Rejected."""
    trainee: Trainee | None = None
    for number in range(len(job.spec.phases)):
        trainee = make_part(job, model, tensors, share, Begun(number), trainee).trainee
    return make_part(job, model, tensors, share, begun, trainee)


def make_part(
    job: Prepared,
    model: Any,
    tensors: Sequence[Any],
    share: Share = WHOLE,
    begun: Begun = FROM_THE_START,
    before: Trainee | None = None,
) -> Part:
    """A phase that has begun, its layers learning or frozen as it says; raises Rejected.

    It takes the data, and what is known of the best epoch, from the phase `before`.
    """
    mine = in_phase(job, begun.phase)
    with placed(mine.spec, mine.graph):
        if job.spec.phases:
            set_trainable(model, mine.graph)
        trainee = make_trainee(mine, model, tensors, share, before, begun.taken)
    return Part(mine, trainee, begun)


def _adapted(job: Prepared, model: Any, tensors: Sequence[Any]) -> Prepared:
    """The job, as it says which layers have learnt what of the training split, or had it from where it starts."""
    if not learners(job.graph):  # batches would hold the data once more
        return job
    had = {} if job.transfer is None else taken_over(model, job.graph, job.transfer)
    learnt = adapt(model, job.graph, tensors, batches_of(job, job.dataset.train), job.training.batch_size, had)
    said = {f"statistics.{name}": words for name, words in {**had, **learnt}.items()}
    return replace(job, objective=replace(job.objective, auto={**job.objective.auto, **said}))


def make_trainee(
    job: Prepared,
    model: Any,
    tensors: Sequence[Any] = (),
    share: Share = WHOLE,
    before: Trainee | None = None,
    taken: int = 0,
) -> Trainee:
    """The compiled model with its batches and its best epoch; raises Rejected where something in it is wrong.

    `tensors` are the outputs of the graph's nodes, of which some may be watched. Data and best epoch are those of the
    phase `before`, where there is one; its optimizer had `taken` so many steps, if it goes on.
    """
    graph, dataset = job.graph, job.dataset
    learner = compile_model(model, job.training, job.objective, dataset.train, graph.named_outputs, graph.rates, taken)
    change = _augmentation(job)
    if before is None:
        train = batches_of(job, dataset.train, share, job.weights, change)
        validation = None if dataset.validation is None else batches_of(job, dataset.validation, share)
    else:
        train, validation = before.train.changed(job.weights, change), before.validation
    batch = train.gather(np.arange(min(EXAMPLES, train.count)))
    outputs = learner(batch[0], training=False)
    try_objective(job.objective, job.dataset.train, batch[1], outputs, job.training)
    names = make_ready(learner, batch, outputs)
    held = yardstick(learner, job.objective, job.dataset.train, batch[1], outputs, job.training)
    _check_monitors(job, names, validated=validation is not None)
    monitor = job.judged.judged_by(validation is not None)
    best = before.best if before is not None else Best(monitor, mode_of(monitor, job.objective.directions))
    kinds = job.training.watch if tensors else ()
    watch = Watch(job.graph, learner, tensors, kinds) if kinds else None
    return Trainee(learner, train, best, validation, watch, held)


def batches_of(
    job: Prepared,
    split: Split,
    share: Share = WHOLE,
    weights: Mapping[str, Array] | None = None,
    change: Change | None = None,
) -> Batches:
    """A split's batches as the network reads them, `change` made to each."""
    dtypes = {name: job.graph.dtypes.get(name, "float32") for name in job.graph.inputs}
    return Batches(split, dtypes, job.graph.named_outputs, weights, change, share)


def _check_monitors(job: Prepared, names: tuple[str, ...], validated: bool) -> None:
    for section, field in (("checkpoint", "best"), ("early_stopping", "monitor"), ("reduce_on_plateau", "monitor")):
        options = getattr(job.training, section)
        if (watched := getattr(options, field, None)) is not None:
            note = "" if field in options.model_fields_set else " (its default)"
            check_monitor(section, field, watched, names, validated, note)


def _decided(job: Prepared) -> Prepared:
    """The job with nothing left to choose; what is wrong with it is found before anything is timed.

    Of several phases the one with most steps is tried.
    """
    phases = [in_phase(job, number) for number in range(max(1, len(job.spec.phases)))]
    job = max(phases, key=lambda each: each.training.epochs / each.training.batch_size)
    plain = replace(job, training=job.training.model_copy(update={"precision": "float32", "xla": False}))
    use_seed(job.seed)
    train = make_trainee(plain, build_model(job.graph, job.spec.name, namespace=FASTER)).train
    rows = np.arange(min(job.training.batch_size, train.count))
    with train.in_use():
        return settled(job, train.gather(rows))


def _augmentation(job: Prepared) -> Change | None:
    """What is done to the pictures of training batches, and labels over them, as the data section says."""
    written = sections(job.spec)[1].augmentations()
    return change_of(written, job.graph, job.dataset.train, job.seed, job.objective.heads)
