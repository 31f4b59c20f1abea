"""A training that somebody asks for: looked at beforehand, or carried out."""

from dataclasses import dataclass
from pathlib import Path

from cnnspec import door
from cnnspec.api.tracking import NO_TRACKING, Tracking
from cnnspec.cli.boundary import FAILED, announce_tensorflow, misused
from cnnspec.cli.options import Format
from cnnspec.cli.planned import show_plan, show_resumption
from cnnspec.cli.reporter import Reporter
from cnnspec.cli.screen import errors, flowing, output, say, show_diagnostics
from cnnspec.cli.unfinished import Interruption, say_how_to_go_on
from cnnspec.cli.workers import LocalWorkers
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.evaluation import run_json
from cnnspec.reports.page import put
from cnnspec.reports.plan import planned_json
from cnnspec.reports.safe import shown
from cnnspec.reports.training import over_words
from cnnspec.results.events import NothingLeft, Resumed
from cnnspec.results.failure import RunFailed
from cnnspec.results.history import TrainResult
from cnnspec.results.plan import Plan
from cnnspec.results.resumption import spread_options
from cnnspec.results.transfer import Start
from cnnspec.runs.folder import RunFolder
from cnnspec.stopping import Stopping
from cnnspec.trackers.following import Following


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be trained, or gone on with where there is a `folder`, over so many devices or workers.

    A run that is gone on with has its `fold` and what it started from itself. `texts` are those of the spec's files.
    """

    spec: Spec
    graph: Graph
    folder: RunFolder | None
    devices: int | None
    workers: int | None
    format: Format
    runs_dir: Path
    data_root: Path | None
    fold: tuple[int, int] | None
    start_from: Start | None
    texts: dict[str, str]
    tracking: Tracking = NO_TRACKING

    @property
    def options(self) -> tuple[str, ...]:
        """What a command to go on with it needs: the run's folder does not keep it."""
        told = ("--format", self.format.value) if self.format is not Format.table else ()
        return (*spread_options(self.devices, self.workers), *self.tracking.options, *told)

    def look_ahead(self) -> None:
        """Show what it would do; nothing is written."""
        with Stopping(lambda unsaved: put(errors(), "interrupted")).heeded():
            announce_tensorflow()
            wish = door.layout.Wish(self.devices, self.workers, settles=True)
            if self.folder is None:
                self._show(self._planned(wish))
            else:
                given = (self.folder, self.spec, self.graph)
                found = door.train.plan_resumption(*given, data_root=self.data_root, wish=wish)
                self._show_resumption(found, self.folder)
            self._show_trackers()

    def _show_trackers(self) -> None:
        if self.tracking.places and self.format is not Format.json:
            say(flowing(f"the figures go to {shown(' and to '.join(self.tracking.places))}, too"))

    def _planned(self, wish: "door.layout.Wish") -> Plan:
        return door.train.plan(
            self.spec,
            self.graph,
            data_root=self.data_root,
            fold=self.fold,
            start_from=self.start_from,
            wish=wish,
        )

    def carry_out(self, others: LocalWorkers) -> TrainResult:
        """Train, beside other workers; who asks twice to stop ends the process at once, and nobody is left behind."""
        console = errors() if self.format is Format.json else output()
        with misused():
            trackers = tuple(self.tracking.trackers())
        reporter = Reporter(console, self.spec, self.graph, self.options, self.texts, again=self.folder is not None)
        interruption = Interruption(reporter, self.options)

        def end(unsaved: bool) -> None:
            others.kill()
            interruption.say(unsaved)

        stopping = Stopping(end)
        with stopping.heeded():
            try:
                with others, reporter, Following(trackers, reporter.take) as following, stopping.held():
                    result = self._trained(others, following, stopping)
                    reporter.finish()
            except KeyboardInterrupt:
                interruption.say()
                raise
            except RunFailed as failure:
                show_diagnostics(failure.diagnostics, {})
                say_how_to_go_on(reporter, failure, self.options)
                raise SystemExit(FAILED) from None
        return result

    def tell(self, result: TrainResult) -> None:
        """What it came to, for scripts: who reads along has seen it."""
        if result.told and self.format is Format.json:
            say(run_json(result.run, result.metrics))

    def _trained(self, others: LocalWorkers, following: Following, stopping: Stopping) -> TrainResult:
        announce_tensorflow()
        wish = door.layout.Wish(self.devices, self.workers, settles=True, gone=others.gone)
        if self.folder is not None:
            return door.train.resume(
                self.folder,
                self.spec,
                self.graph,
                data_root=self.data_root,
                on_event=following.take,
                wish=wish,
                stopping=stopping,
            )
        return door.train.train(
            self.spec,
            self.graph,
            runs_dir=self.runs_dir,
            data_root=self.data_root,
            fold=self.fold,
            start_from=self.start_from,
            on_event=following.take,
            wish=wish,
            stopping=stopping,
        )

    def _show(self, plan: Plan) -> None:
        show_diagnostics(plan.doubts, self.spec.texts)
        if self.format is Format.json:
            say(planned_json(plan, self.spec, self.graph))
        else:
            show_plan(output(), self.spec.shown, plan, self.spec, self.graph)

    def _show_resumption(self, found: tuple[Plan, Resumed] | NothingLeft, folder: RunFolder) -> None:
        if isinstance(found, NothingLeft):
            whole = self.format is Format.json
            say(run_json(found.path, found.figures) if whole else flowing(over_words(found, self.options)))
            return
        plan, resumed = found
        show_diagnostics(plan.doubts, self.spec.texts, told=True)
        if self.format is Format.json:
            say(planned_json(plan, self.spec, self.graph, resumed))
        else:
            show_resumption(str(folder.path), plan, resumed, self.spec, self.graph)
