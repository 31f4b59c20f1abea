"""Everything that is decided, read and checked before the first step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from cnnspec.backend.data.fingerprint import fingerprint
from cnnspec.backend.data.given import Given
from cnnspec.backend.data.load import load_dataset
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import not_running
from cnnspec.backend.data.splits import Array, Dataset, Fold, Split, each_split
from cnnspec.backend.data.vocabulary import Vocabulary
from cnnspec.backend.objective.class_weights import example_weights
from cnnspec.backend.objective.compile import Objective, choose_objective
from cnnspec.backend.objective.label_forms import are_numbers, side_names
from cnnspec.backend.objective.metric_fit import check_metrics
from cnnspec.backend.objective.smoothing import check_smoothing
from cnnspec.backend.parallel.layout import ONE_DEVICE, Layout
from cnnspec.backend.startup import draw_seed
from cnnspec.checks.subject import Subject
from cnnspec.data_checks import doubts
from cnnspec.graph.heads import Head, learnt_heads
from cnnspec.graph.locate import placed
from cnnspec.graph.nodes import Graph
from cnnspec.language.sources.section import DataSection
from cnnspec.language.spec import Spec
from cnnspec.language.training import Training
from cnnspec.results.marks import Mark
from cnnspec.results.transfer import Transfer
from cnnspec.source.diagnostic import Diagnostic, Rejected, has_errors, rejected


@dataclass(frozen=True, slots=True)
class Prepared:
    """A training that may begin. `classes` are the names of each output's classes, `weights` what examples count by it.

    `marks` tell whether the data's files change later; `fold` is the part of a cross-validation, of how many;
    `transfer` are the weights that it begins with.
    """

    spec: Spec
    graph: Graph
    training: Training
    seed: int
    folder: DataFolder
    dataset: Dataset
    objective: Objective
    classes: Mapping[str, tuple[str, ...]]
    marks: Mapping[str, Mark]
    weights: Mapping[str, Array] | None = None
    fold: tuple[int, int] | None = None
    transfer: Transfer | None = None
    doubts: tuple[Diagnostic, ...] = ()
    """What is to be said of the data, once it was compared with the network."""
    layout: Layout = ONE_DEVICE
    """What it runs on."""
    phase: str = ""
    """The name of the phase that it is, of a training with phases; `later` are the epochs of those after it."""
    later: int = 0
    whole: Training | None = None
    """The training that it is a phase of."""

    @property
    def judged(self) -> Training:
        """What says which epoch is the best: one of all phases."""
        return self.whole or self.training


def prepare(
    spec: Spec,
    graph: Graph,
    data_root: Path | None = None,
    *,
    fold: tuple[int, int] | None = None,
    vocabularies: Mapping[str, Vocabulary] | None = None,
    draw: Callable[[], int] = draw_seed,
    keep: bool = False,
    given: Given | None = None,
    known: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    beside: tuple[str, ...] = (),
    alone: bool = False,
) -> Prepared:
    """Check whatever can be wrong with the spec and its data, and read the data; raises Rejected.

    `fold` (which, of how many) divides the training split for cross-validation; `vocabularies` are a run's own. A
    seed is drawn by `draw` where the spec has none. What texts and files were before is there if it is to `keep` them.
    Data in memory is `given`, and read by the classes that are `known` of a run. Columns `beside` inputs and labels are
    read, too. Examples that stand `alone` are none to train on, and nothing is doubtful of them.
    """
    training, data = sections(spec)
    if problems := not_running(data):
        raise Rejected(problems)
    seed = _seed(training, fold, draw)
    folder = DataFolder(data_root or spec.folder or Path(), given, known, beside)
    dataset = load_dataset(data, graph, folder, seed, fold and Fold(*fold), vocabularies, keep=keep)
    alone = alone or (given is not None and given.alone)
    found = () if alone else checked_data(spec, graph, dataset)
    objective = choose_objective(training, learnt_heads(graph), dataset.splits)
    check_metrics(objective.metrics, objective.heads, dataset.train, training)
    dataset = with_columns(dataset, objective.heads)
    classes = class_names(dataset, objective)
    marks = fingerprint(data, folder)
    job = Prepared(spec, graph, training, seed, folder, dataset, objective, classes, marks, doubts=found)
    weights = example_weights(training.class_weight, dataset.train, classes, objective.heads, objective.forms)
    return replace(job, weights=weights, fold=fold)


def in_phase(job: Prepared, number: int) -> Prepared:
    """The job as it is in a phase, counted from 0; raises Rejected where something does not fit, with its place."""
    if not job.spec.phases:
        return job
    spec, graph = job.spec.each_phase()[number], job.graph.in_phase(number)
    assert spec.training is not None
    settled = {key: getattr(job.training, key) for key in ("precision", "xla", "distribute")}
    training, objective = spec.training.model_copy(update=settled), job.objective
    with placed(spec, graph):
        check_smoothing(training.label_smoothing, list(objective.losses.values()))
        weights = example_weights(
            training.class_weight, job.dataset.train, job.classes, objective.heads, objective.forms
        )
    later = sum(phase.training.epochs for phase in job.spec.phases[number + 1 :])
    name, whole = job.spec.phases[number].name, job.training
    return replace(
        job, spec=spec, graph=graph, training=training, weights=weights, phase=name, later=later, whole=whole
    )


def checked_data(spec: Spec, graph: Graph, dataset: Dataset) -> tuple[Diagnostic, ...]:
    """What is doubtful of the data, now that it was seen; raises Rejected where something is wrong."""
    found = doubts(Subject(spec, graph), dataset.seen)
    if has_errors(found):
        raise Rejected(found)
    return found


def _seed(training: Training, fold: tuple[int, int] | None, draw: Callable[[], int]) -> int:
    """The spec's seed, else one drawn; but the folds of one cross-validation must be parts of one division."""
    if training.seed is not None:
        return training.seed
    return draw() if fold is None else 0


def with_columns(dataset: Dataset, outputs: tuple[Head, ...]) -> Dataset:
    """Labels (n) of an output (n, 1) as (n, 1): some of Keras' metrics compare only what has as many axes."""
    single = {head.name for head in outputs if head.shape == (1,)}

    def fitted(name: str, labels: Array) -> Array:
        return labels[:, None] if name in single and labels.ndim == 1 else labels

    def changed(split: Split) -> Split:
        return split.with_labels({name: fitted(name, labels) for name, labels in split.labels.items()})

    return each_split(dataset, changed)


def sections(spec: Spec) -> tuple[Training, DataSection]:
    """What to train with; raises Rejected naming the section that is missing."""
    for key in ("training", "data"):
        if getattr(spec, key) is None:
            example = {"training": "training: {loss: auto}", "data": "data: {source: digits}"}[key]
            expected = f"a {key} section to train with"
            raise rejected("no-section", f"{spec.file} has no {key}", expected, f"write {example}", at=(key,))
    assert spec.training is not None and spec.data is not None
    return spec.training, spec.data


def class_names(dataset: Dataset, objective: Objective) -> dict[str, tuple[str, ...]]:
    """The names of each output's classes: the data's own, else their numbers where its labels are class numbers.

    Those also where the loss alone would not tell that there are classes: the names do, from then on.
    """
    names = dict(dataset.classes)
    for head in objective.heads:
        labels = dataset.train.labels[head.name]
        told = head.form == "values" and objective.forms[head.name] != "values"
        if head.name not in names and (told or are_numbers(labels, head)):
            names[head.name] = side_names(labels, head) or tuple(map(str, range(max(2, head.units))))
    return names
