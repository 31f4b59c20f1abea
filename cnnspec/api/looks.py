"""What is looked at before and after a training: data, a plan, an evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass

from cnnspec.api.printed import Printed
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.data.counts import counted
from cnnspec.reports.data.view import data_json, data_sheets
from cnnspec.reports.evaluation import evaluation_json, evaluation_sheets
from cnnspec.reports.mistaken import mistakes_csv
from cnnspec.reports.plan import course, planned_json, planned_sheets
from cnnspec.reports.table import Sheet
from cnnspec.results.data import DataView
from cnnspec.results.evaluation import Evaluation as Figures
from cnnspec.results.evaluation import OutputFigures, with_worst
from cnnspec.results.events import Resumed
from cnnspec.results.plan import Plan
from cnnspec.source.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, repr=False)
class DataLook(Printed):
    """What the network will see of its data; `view` has it as values."""

    view: DataView
    every_class: bool = False

    def __repr__(self) -> str:
        return f"<DataLook {self.view.spec}: {counted(list(self.splits.items()))}>"

    @property
    def splits(self) -> dict[str, int]:
        """How many examples each split has."""
        return {split.name: split.count for split in self.view.splits}

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is doubtful, now that the data was compared with the network."""
        return self.view.doubts

    def to_json(self) -> str:
        """All of it as JSON."""
        return data_json(self.view)

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return data_sheets(self.view, width, self.every_class)


@dataclass(frozen=True, slots=True, repr=False)
class Planned(Printed):
    """What a training would do; `plan` has it as values, and where a run would go on, `resumed` from where."""

    title: str
    plan: Plan
    _spec: Spec
    _graph: Graph
    resumed: Resumed | None = None

    def __repr__(self) -> str:
        return f"<Planned {self.title}: {course(self.plan)}>"

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is doubtful, now that the data was compared with the network."""
        return self.plan.doubts

    def to_json(self) -> str:
        """All of it as JSON."""
        return planned_json(self.plan, self._spec, self._graph, self.resumed)

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return planned_sheets(self.title, self.plan, self._spec, self._graph, width)


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation(Printed):
    """What a run came to on a split: loss, metrics, and how well each of its outputs answers."""

    figures: Figures

    def __repr__(self) -> str:
        told = ", ".join(f"{name} {value:.4g}" for name, value in {"loss": self.loss, **self.metrics}.items())
        of = self.split or self.figures.data or "given"
        return f"<Evaluation of {self.figures.run} on {self.count:,} examples ({of}): {told}>"

    @property
    def split(self) -> str:
        """The split that was scored; empty for examples that are none of the run's."""
        return self.figures.split

    @property
    def count(self) -> int:
        """How many examples it has."""
        return self.figures.count

    @property
    def loss(self) -> float:
        """The loss."""
        return self.figures.loss

    @property
    def metrics(self) -> Mapping[str, float]:
        """The metrics by name."""
        return self.figures.metrics

    @property
    def outputs(self) -> tuple[OutputFigures, ...]:
        """Of each output precision, recall, confusions or residuals, and the examples that it is wrong about."""
        return self.figures.outputs

    def to_json(self) -> str:
        """All of it as JSON."""
        return evaluation_json(self.figures)

    def mistakes_csv(self) -> str:
        """The examples that are mistaken, a row each; all of them where `evaluate(mistakes=None)` named all."""
        return "".join(mistakes_csv(self.figures))

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return evaluation_sheets(with_worst(self.figures), width)
