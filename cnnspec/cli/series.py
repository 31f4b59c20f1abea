"""`cnnspec train --seeds` and `--folds`: several trainings of one spec, one after the other, and what they came to."""

import shlex
from dataclasses import dataclass
from typing import Annotated

from cnnspec import door
from cnnspec.api.giving import Reading
from cnnspec.api.series import Asked, trained_series
from cnnspec.api.tracking import NO_TRACKING, Tracking
from cnnspec.cli.boundary import FAILED, announce_tensorflow
from cnnspec.cli.options import Format
from cnnspec.cli.parameters import Option
from cnnspec.cli.planned import show_plan
from cnnspec.cli.screen import errors, flowing, output, page, say, show_diagnostics
from cnnspec.language.allowances import Allowances
from cnnspec.reports.epochs import Subject
from cnnspec.reports.examples import examples_word
from cnnspec.reports.page import put
from cnnspec.reports.progress import SeriesProgress
from cnnspec.reports.safe import shown
from cnnspec.reports.series import member_words, series_json, series_sheets
from cnnspec.reports.terminal import lay_out
from cnnspec.results.events import Doubted, Event, RunStarted
from cnnspec.results.resumption import spread_options
from cnnspec.results.series import Member
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.stopping import Stopping
from cnnspec.trackers.following import Following

SeedsOption = Annotated[
    int | None,
    Option("--seeds", metavar="N", help="Train N times, each with a seed of its own, and tell mean and interval."),
]
FoldsOption = Annotated[
    int | None,
    Option("--folds", metavar="N", help="Cross-validate: train on all of N folds, and tell mean and interval."),
]


@dataclass(slots=True)
class SeriesWork:
    """A series as it is carried out: each training told in a line once it is over, all of them in a table."""

    asked: Asked
    devices: int | None
    format: Format
    tracking: Tracking = NO_TRACKING
    _begun: RunStarted | None = None
    _told: set[tuple[str, str]] | None = None

    def look_ahead(self) -> None:
        """Show what the first would do, checked as a training checks; nothing is written."""
        announce_tensorflow()
        read, wanted = next(iter(self.asked.wanted()))
        plan = door.train.plan(
            wanted.spec,
            wanted.graph,
            data_root=wanted.data_root,
            fold=wanted.fold,
            start_from=wanted.start_from,
            wish=self._wish,
        )
        show_diagnostics(plan.doubts, read.spec.texts)
        show_plan(output(), read.spec.shown, plan, read.spec, read.graph)
        first, *others = self.asked.members
        say(flowing(f"this is {first}; after it come {', '.join(others)}"))

    def carry_out(self) -> None:
        """Train all of it, or what is left of it; ends the command where one of them failed."""
        stopping = Stopping(self._end)
        announce_tensorflow()
        with stopping.heeded():
            try:
                with stopping.held():
                    series = trained_series(self.asked, lambda read, wanted: self._train(read, wanted, stopping))
            except KeyboardInterrupt:
                self._say_how_to_go_on("interrupted; its state is saved")
                raise
        if self.format is Format.json:
            say(series_json(series))
        else:
            say(lay_out(series_sheets(series), page()))
        if len(series.finished) < len(series.members):
            raise SystemExit(FAILED)

    @property
    def _wish(self) -> "door.layout.Wish":
        return door.layout.Wish(self.devices, None, settles=True)

    def _train(self, read: Reading, wanted: "door.series.Wanted", stopping: Stopping) -> Member:
        name, members = wanted.membership.member, self.asked.members
        console = errors() if self.format is Format.json else output()
        assert read.spec.training is not None
        watched = read.spec.training.judged_by(True)
        subject = Subject(examples_word(read.spec.data, read.graph), True, watched)
        of = f"{name}, {members.index(name) + 1} of {len(members)}"
        with SeriesProgress(console, of, subject) as progress:

            def take(event: Event) -> None:
                self._take(event, read)
                progress.take(event)

            with Following(self.tracking.trackers(), take) as following:
                on_event = following.take
                member = door.series.carry_out(wanted, on_event=on_event, wish=self._wish, stopping=stopping)
        put(console, flowing(shown(member_words(member)), console))
        console.file.flush()
        return member

    def _take(self, event: Event, read: Reading) -> None:
        """The plan once, and each doubt once: they are the same of all."""
        if isinstance(event, RunStarted):
            if self._begun is None:
                console = errors() if self.format is Format.json else output()
                show_plan(console, read.spec.shown, event.plan, read.spec, read.graph)
            self._begun = event
            self._doubt(read, *event.plan.doubts)
        elif isinstance(event, Doubted):
            self._doubt(read, event.diagnostic)

    def _doubt(self, read: Reading, *doubts: Diagnostic) -> None:
        self._told = self._told or set()
        texts = read.spec.texts
        for each in doubts:
            if (each.code, each.message) not in self._told and Allowances(texts).keeps(each):
                self._told.add((each.code, each.message))
                show_diagnostics([each], texts)

    def _end(self, unsaved: bool) -> None:
        self._say_how_to_go_on("ended at once, without saving" if unsaved else "interrupted")

    def _say_how_to_go_on(self, what: str) -> None:
        if self._begun is None:
            put(errors(), "interrupted")
            return
        series = f"--{self.asked.over}={len(self.asked.numbers)}"
        command = ["cnnspec", "train", "--resume", self._begun.path, series, *spread_options(self.devices, None)]
        if self.format is not Format.table:
            command += ["--format", self.format.value]
        put(errors(), flowing(shown(f"{what}; to go on: {shlex.join(command)}"), errors()))
        errors().file.flush()
