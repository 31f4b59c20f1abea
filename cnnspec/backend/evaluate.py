"""Score a run's best weights on one of its splits, or on examples that have come since."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cnnspec.backend.data.beside import column_of
from cnnspec.backend.data.example_places import checksum_of, place_of, text_of
from cnnspec.backend.data.given import Given
from cnnspec.backend.data.splits import Array, Split
from cnnspec.backend.model.load_model import load_model
from cnnspec.backend.objective.figures import figures
from cnnspec.backend.objective.mistaken import Said, mistakes
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.backend.prepared import Prepared, sections
from cnnspec.backend.scores.groups import groups_of
from cnnspec.backend.scores.intervals import Units, units_by, units_of
from cnnspec.backend.scores.judging import judge, new_data, own_data, read_answers, split_of
from cnnspec.backend.scores.scored import scored
from cnnspec.backend.scores.thresholds import under, withheld
from cnnspec.graph.locate import placed
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.results.evaluation import MOST_MISTAKES, Evaluation, OutputFigures
from cnnspec.results.mistaken import Example
from cnnspec.results.thresholds import Threshold
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_data_folder
from cnnspec.runs.weights import weights_file


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a run is to be scored, and how.

    `split` of its own data (`given` where that was in memory), which must be what it was unless it may have `changed`;
    or what lies at the path `data`, whose own paths start at the `root`. Figures are told for each value of the column
    `by`, too; examples with the same value in the column `groups` belong together, as those of one patient, and
    intervals are of such groups. Answers are those under the `thresholds`. Of the examples that an output is wrong
    about up to `most` are named, None for all.
    """

    split: str = "test"
    changed: bool = False
    given: Given | None = None
    data: Path | None = None
    root: Path | None = None
    by: str = ""
    groups: str = ""
    most: int | None = MOST_MISTAKES
    thresholds: tuple[Threshold, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether the examples are no split of the run's."""
        return self.data is not None or (self.given is not None and self.given.alone)

    @property
    def beside(self) -> tuple[str, ...]:
        """The columns that are needed beside inputs and labels."""
        return tuple(name for name in (self.by, self.groups) if name)


def evaluate(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    *,
    split: str = "test",
    data_root: Path | None = None,
    changed_data: bool = False,
    most: int | None = MOST_MISTAKES,
    given: Given | None = None,
    data: Path | None = None,
    by: str = "",
    groups: str = "",
    thresholds: tuple[Threshold, ...] = (),
) -> Evaluation:
    """Evaluate the best weights (the last, if no epoch ended) as Keras' `evaluate` does.

    `spec` and `graph` are the run's own, read from its spec.yaml. The data is looked for where it was during training,
    or under `data_root`; examples that are given alone, or lie at `data`, are no split of the run's, and may be any.
    `Asked` says the rest. Raises Rejected or RunFailed.
    """
    beside = spec if data is not None else replace(spec, folder=data_root or read_data_folder(folder))
    asked = Asked(split, changed_data, given, data, data_root, by, groups, most, thresholds)
    with placed(beside, graph):
        return _evaluation(folder, beside, graph, asked)


def _evaluation(folder: RunFolder, spec: Spec, graph: Graph, asked: Asked) -> Evaluation:
    if asked.data is not None:
        job, split, shown = (
            new_data(folder, spec, graph, asked.data, asked.root, asked.beside),
            "train",
            str(asked.data),
        )
    else:
        job = own_data(folder, spec, graph, asked.changed or asked.alone, asked.given, asked.beside)
        split, shown = asked.split, "what was given" if asked.alone else f"the {asked.split} split"
    examples = split_of(job, folder, split)
    groups = _column(job, examples, asked.groups, "--groups", shown)
    units = units_of(examples.count) if groups is None else units_by(groups, asked.groups)
    values = _column(job, examples, asked.by, "--by", shown)
    metrics, said = judge(load_model(folder, spec, graph), job, examples, read := read_answers(job, folder))
    loss, told = metrics.pop("loss"), _Told(_named(job, split), asked, units, values)
    judged = tuple(told.of(each, examples.labels[each.output], said[each.output]) for each in read)
    return Evaluation(
        folder.shown,
        "" if asked.alone else split,
        examples.count,
        loss,
        metrics,
        weights_file(folder).name,
        judged,
        data="" if asked.data is None else str(asked.data),
        skipped=sum(each.split == split for each in job.dataset.skipped),
        examples=checksum_of(*_unread(job, split)),
    )


def _column(job: Prepared, examples: Split, name: str, option: str, shown: str) -> Array | None:
    """The texts of a column that is asked for, None where none is; raises Rejected where the data has none such."""
    if not name:
        return None
    kind = sections(job.spec)[1].kind
    return column_of(examples.beside, name, option, f"{shown} ({kind})")


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What is told of each output: the examples by name, what was asked, and the column's `values` (n) if any."""

    example: Callable[[int], Example]
    asked: Asked
    units: Units
    values: Array | None

    def of(self, answer: Answer, labels: Array, said: Said) -> OutputFigures:
        """How well an output answers, and which examples it is wrong about."""
        threshold = next((each for each in self.asked.thresholds if each.output == answer.output), None)
        if threshold is not None and not said.lost:
            said = under(said, threshold)
        wrong = mistakes(answer, labels, said, self.example, self.asked.most)
        found = replace(figures(answer, labels, said.decided, said.mask), mistakes=wrong)
        found = scored(found, answer, labels, said, self.units)
        if threshold is not None and not said.lost:
            found = replace(found, threshold=threshold, withheld=withheld(answer, labels, said, threshold))
        if self.values is None:
            return found
        return replace(found, groups=groups_of(self.asked.by, self.values, answer, labels, said, self.units))


def _named(job: Prepared, split: str) -> Callable[[int], Example]:
    """What names an example of a split by its row: files as the spec names them, wherever they lie."""
    unread, below = _unread(job, split)
    return lambda row: Example(place_of(unread, row).removeprefix(below), text_of(unread, row))


def _unread(job: Prepared, split: str) -> tuple[Split, str]:
    """A split with its texts and files as they were, and the folder that the spec's files start from."""
    return next(each for each in job.dataset.unread if each.name == split), f"{job.folder.path}/"
