"""A network from its spec: looked at, built, trained."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

from cnnspec import door
from cnnspec.api.findings import Findings, findings_of
from cnnspec.api.giving import reading
from cnnspec.api.looks import DataLook, Planned
from cnnspec.api.named import Named, PathLike, Settings, named
from cnnspec.api.new_file import checked_new
from cnnspec.api.run import Run
from cnnspec.api.series import TrainedRuns, followed, new_series, over_of
from cnnspec.api.summaries import Comparison, Summary, sheets_of, summary_of
from cnnspec.api.sweeping import Over, Pruner, Sampler, Swept, swept_from
from cnnspec.api.tracking import tracking_of
from cnnspec.api.training import Course, Progress, fold_of, start_of, trained
from cnnspec.api.views import Depth, DepthName, Diagram, Differences, Explanation, Style, StyleName, compared
from cnnspec.api.weights import FetchedWeights, WeightsMap, mapped
from cnnspec.comparison.compare import Compared
from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.code.program import KerasCode, keras_code
from cnnspec.reports.diagram.diagram import diagram as draw
from cnnspec.reports.diagram.html import summary_fragment, summary_page
from cnnspec.reports.explain.explain import explain as explained
from cnnspec.runs.places import RUNS
from cnnspec.source.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, repr=False)
class Network:
    """A spec that holds: its network can be looked at, built and trained.

    `warnings` are what `cnnspec validate` would show beside errors. In a notebook it is shown as its summary.
    """

    spec: Spec
    graph: Graph
    warnings: tuple[Diagnostic, ...] = ()
    _named: Named = field(default=Named(""), compare=False)

    def __repr__(self) -> str:
        return f"<Network {self.spec.shown}: {self.params:,} parameters>"

    @property
    def name(self) -> str:
        """How people name it: `resnet@50`."""
        return self.spec.shown

    @property
    def params(self) -> int:
        """Parameters."""
        return totals(self.graph.nodes).params

    @property
    def macs(self) -> int | None:
        """Multiply-adds for one example; None over an unknown length."""
        return totals(self.graph.nodes).macs

    def validate(self, strict: bool = False) -> Findings:
        """What is doubtful, and wrong in other variants; `strict` counts warnings as mistakes."""
        return findings_of([self._named], strict)

    def summary(self, layers: bool = False, expand: bool = False) -> Summary:
        """Stages, or all `layers`, with parameters, multiply-adds, memory and receptive fields; `str()` is the table.

        With `expand` every block is shown with its layers, none in one line.
        """
        return summary_of(self.spec, self.graph, layers, expand)

    def explain(self, place: str | None = None) -> Explanation:
        """The network's ideas by its own numbers: a walk through it, or what `place` names.

        That is a stage, a layer, a key as `training.loss`, or a line as `network.yaml:24`. Of runs in the usual folder
        it tells figures. Raises Rejected for a place that is not there.
        """
        return Explanation(explained(self.spec, self.graph, place, RUNS))

    def diagram(self, style: StyleName = "boxes", depth: DepthName = "blocks", unfold: bool = False) -> Diagram:
        """The picture of the network; `depth` is how deep it goes, `unfold` draws every repeat."""
        drawn = draw(
            self.spec.shown, self.spec.reference, self.graph, style=Style(style), depth=Depth(depth), unfold=unfold
        )
        return Diagram(drawn)

    def code(self, training: bool = False) -> KerasCode:
        """The network as a Python file that needs Keras alone: `str()` is its text, whose build_model makes the model.

        With `training` it loads the data, compiles and fits, too; `left_out` says what it does not as `train` does.
        Raises Rejected where there is no data or no training.
        """
        return keras_code(self.spec, self.graph, training)

    def diff(self, other: PathLike, set: Settings | None = None) -> Differences:
        """What differs in meaning from this network to another spec or run, with values `set` over that."""
        mine = Compared(self.name, self.graph, self.spec)
        return Differences(door.compare.compare(mine, compared(other, set)))

    def map_weights(self, file: PathLike, new: Sequence[str] = ()) -> WeightsMap:
        """What of a file's weights would go where in this network; `new` are stages that need not be in the file."""
        return mapped(file, self.spec, self.graph, new)

    def fetch_weights(self) -> FetchedWeights:
        """Download the weights that the spec declares under pretrained; nothing else goes to a network."""
        return FetchedWeights(*door.fetch.fetch(self.spec, self.graph))

    def page(self, layers: bool = False, expand: bool = False) -> str:
        """The summary as a web page of its own, the diagram beside it; `layers` and `expand` are as in `summary`."""
        sheets = sheets_of((self.summary(layers, expand),), layers)
        return summary_page(sheets, (self.diagram().drawn,))

    def build(
        self,
        seed: int | None = None,
        start_from: PathLike | None = None,
        new: Sequence[str] = (),
        partial: bool = False,
    ) -> Any:
        """A plain `keras.Model`, which `seed` makes repeatable; `model.save("model.keras")` keeps it.

        Its weights are drawn, or those of a run or file to `start_from`; `new` are stages that need not be there, and
        with `partial` whatever fits is taken. Imports TensorFlow. Raises Rejected where the weights do not fit.
        """
        start = start_of(start_from, new, partial)
        if seed is not None:
            door.startup.use_seed(seed)
        model = door.build.build_model(self.graph, self.spec.name)
        if start is not None:
            door.start.start(model, self.graph, door.source.named(start, self.spec), {}, {})
        return model

    def data(
        self,
        data: Any = None,
        *,
        row: int | None = None,
        text: str | None = None,
        contact_sheet: PathLike | None = None,
        force: bool = False,
        every_class: bool = False,
        data_root: PathLike | None = None,
    ) -> DataLook:
        """What the network will see of its data: classes, sizes, lengths, words, duplicates, a text's way to it.

        `data` in memory stands in for the spec's, as in `train`. The way is that of `text`, or of the training example
        `row`, from 1. A `contact_sheet` is a PNG with training pictures; `force` replaces one that is there. Raises
        Rejected where something is wrong with the data.
        """
        sheet = None if contact_sheet is None else checked_new(Path(contact_sheet), force, (".png",))
        root = None if data_root is None else Path(data_root)
        read = reading(self._named, data)
        with read.told():
            view = door.look.look(read.spec, read.graph, root, row=row, text=text, sheet=sheet, given=read.given)
        return DataLook(view, every_class)

    def plan(
        self,
        data: Any = None,
        *,
        data_root: PathLike | None = None,
        fold: str | tuple[int, int] | None = None,
        start_from: PathLike | None = None,
        new: Sequence[str] = (),
        partial: bool = False,
        devices: int | None = None,
    ) -> Planned:
        """What `train` would do, checked as it checks, and nothing written; raises as it does."""
        read = reading(self._named, data)
        with read.told():
            found = door.train.plan(
                read.spec,
                read.graph,
                given=read.given,
                data_root=None if data_root is None else Path(data_root),
                fold=fold_of(fold),
                start_from=start_of(start_from, new, partial),
                wish=door.layout.Wish(devices, None, settles=True),
            )
        return Planned(read.spec.shown, found, read.spec, read.graph)

    @overload
    def train(
        self,
        data: Any = None,
        *,
        callbacks: Iterable[Any] = (),
        runs: PathLike = RUNS,
        data_root: PathLike | None = None,
        fold: str | tuple[int, int] | None = None,
        seeds: None = None,
        folds: None = None,
        start_from: PathLike | None = None,
        new: Sequence[str] = (),
        partial: bool = False,
        devices: int | None = None,
        tensorboard: bool | PathLike = False,
        mlflow: str | None = None,
        progress: Progress = None,
    ) -> Run: ...

    @overload
    def train(
        self,
        data: Any = None,
        *,
        callbacks: Iterable[Any] = (),
        runs: PathLike = RUNS,
        data_root: PathLike | None = None,
        fold: str | tuple[int, int] | None = None,
        seeds: int | None = None,
        folds: int | None = None,
        start_from: PathLike | None = None,
        new: Sequence[str] = (),
        partial: bool = False,
        devices: int | None = None,
        tensorboard: bool | PathLike = False,
        mlflow: str | None = None,
        progress: Progress = None,
    ) -> Run | TrainedRuns: ...

    def train(
        self,
        data: Any = None,
        *,
        callbacks: Iterable[Any] = (),
        runs: PathLike = RUNS,
        data_root: PathLike | None = None,
        fold: str | tuple[int, int] | None = None,
        seeds: int | None = None,
        folds: int | None = None,
        start_from: PathLike | None = None,
        new: Sequence[str] = (),
        partial: bool = False,
        devices: int | None = None,
        tensorboard: bool | PathLike = False,
        mlflow: str | None = None,
        progress: Progress = None,
    ) -> Run | TrainedRuns:
        """Train as the spec says, into a new folder below `runs`.

        `data` in memory stands in for the spec's: `(x, y)`, a pandas frame whose columns the spec names, a map of
        arrays by the names of inputs and outputs, a `tf.data.Dataset`, or a map of these by split: `{"train": ...,
        "test": ...}`. An x or y is an array, a series, a frame or a list, of numbers or of texts; where there are
        several inputs or outputs, a map by name. A run keeps checksums of it, not the data.

        `callbacks` are Keras'. `fold` is a part of the training data to test on, `(1, 10)` or `"1/10"`; with `folds`
        each of so many parts is in turn, and with `seeds` it is trained so often, each time with another: what comes
        back are `TrainedRuns` then, with mean, deviation and interval. `start_from`, `new` and `partial` are as in
        `build`. Every batch is shared over `devices`. `tensorboard` has the figures as events, in the run's folder or
        in one that is named; `mlflow` is the address of a server that has them, too. Nothing is printed but in
        notebooks, which show how far it is; `progress` says otherwise.

        Ctrl-C, or interrupting the kernel, raises KeyboardInterrupt once the state is saved: `open_run(...).resume()`
        goes on from there. Raises Rejected where the spec or its data is wrong, RunFailed where the run cannot go on.
        """
        wish = door.layout.Wish(devices, None, settles=True)
        tracking = tracking_of(tensorboard, mlflow)
        start = start_of(start_from, new, partial, Path(runs))
        root = None if data_root is None else Path(data_root)
        if over := over_of(seeds, folds, fold):
            asked = new_series(*over, self._named, Path(runs), root, fold_of(fold), start, data)
            return followed(asked, wish, progress, tuple(callbacks), tracking)
        read = reading(self._named, data)
        with read.told():
            return Run(
                trained(
                    Course(read.spec, read.graph, progress, tracking=tracking),
                    door.train.train,
                    read.spec,
                    read.graph,
                    given=read.given,
                    runs_dir=Path(runs),
                    data_root=root,
                    fold=fold_of(fold),
                    start_from=start,
                    wish=wish,
                    callbacks=tuple(callbacks),
                ),
                read.given,
            )

    def sweep(
        self,
        over: Over,
        *,
        trials: int | None = None,
        seeds: int | None = None,
        sampler: Sampler | None = None,
        pruner: Pruner | None = None,
        monitor: str | None = None,
        study: PathLike | None = None,
        runs: PathLike = RUNS,
        data_root: PathLike | None = None,
        dry_run: bool = False,
    ) -> Swept:
        """Try values of the spec, as `cnnspec.sweep` does, over this network's own settings."""
        return swept_from(
            self._named.argument,
            self._named.settings,
            over,
            (trials, seeds, sampler, pruner, monitor),
            study=study,
            runs=runs,
            data_root=data_root,
            dry_run=dry_run,
        )

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> Mapping[str, str]:
        """For notebooks: the summary as HTML, and as text where no HTML is shown."""
        return {"text/plain": str(self.summary()), "text/html": self._repr_html_()}

    def _repr_html_(self) -> str:
        """The summary as HTML, the diagram beside it."""
        return summary_fragment(sheets_of((self.summary(),), layers=False), (self.diagram().drawn,))


def load(spec: PathLike, set: Settings | None = None, *, settings: Settings | None = None) -> Network:
    """The network of a spec: a path, or a bundled name, either with `@variant`; or of a run, by its folder or name.

    `set` lays values over the spec as --set does: `{"training.epochs": 2}`; `settings` is an older name of it.
    Raises `cnnspec.Rejected`, whose `diagnostics` hold every mistake with its place, and TypeError if `spec` is
    neither text nor a path, or a value is nothing that YAML has.
    """
    return network_of(named(spec, {**(settings or {}), **(set or {})}, "load()"))


def network_of(those: Named) -> Network:
    """The network that is named; raises Rejected."""
    analysis = those.read()
    spec, graph = analysis.require()
    return Network(spec, graph, analysis.diagnostics, those)


def summary(
    *specs: PathLike, set: Settings | None = None, layers: bool = False, expand: bool = False
) -> Summary | Comparison:
    """The table of a network, or of several beside each other; `set`, `layers` and `expand` hold for each."""
    found = tuple(load(spec, set).summary(layers, expand) for spec in specs)
    return found[0] if len(found) == 1 else Comparison(found, layers)
