"""Several trainings of one spec, over seeds or folds: which there are, trained one after the other or gone on with."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnnspec import door
from cnnspec.api.giving import Reading, reading
from cnnspec.api.named import Named, PathLike, named_run
from cnnspec.api.printed import Printed
from cnnspec.api.run import Run, open_run
from cnnspec.api.tracking import NO_TRACKING, Tracking, tracking_of
from cnnspec.api.training import Course, Progress
from cnnspec.reports.series import series_json, series_sheets
from cnnspec.reports.table import Sheet
from cnnspec.results.series import Estimate, Member, Membership, Over, Series, estimates
from cnnspec.results.transfer import Start
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_data_folder, read_fold
from cnnspec.runs.series import find_members, read_membership
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_ONE = {"seeds": "seed", "folds": "fold"}
FEWEST = 2
"""Of one training there is neither deviation nor interval."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A series: its name, over what, the `numbers` of its seeds or folds, and what reads the spec with more settings.

    All runs lie in one folder and read data from one; a `fold` is one that all of its seeds are tested on.
    """

    name: str
    over: Over
    numbers: tuple[int, ...]
    those: Named
    runs: Path
    data_root: Path | None = None
    fold: tuple[int, int] | None = None
    start_from: Start | None = None
    data: Any = None

    @property
    def members(self) -> tuple[str, ...]:
        """What its trainings are called: `seed 43`, `fold 3/10`."""
        of = f"/{len(self.numbers)}" if self.over == "folds" else ""
        return tuple(f"{_ONE[self.over]} {number}{of}" for number in self.numbers)

    def read(self, number: int) -> Reading:
        """The spec and the graph of a training; raises Rejected."""
        seeded = self.over == "seeds"
        return reading(self.those.having({"training.seed": number}) if seeded else self.those, self.data)

    def wanted(self) -> Iterator[tuple[Reading, "door.series.Wanted"]]:
        """Each training, read when its turn has come; raises Rejected."""
        for number, member in zip(self.numbers, self.members, strict=True):
            read = self.read(number)
            yield (
                read,
                door.series.Wanted(
                    Membership(self.name, member),
                    read.spec,
                    read.graph,
                    self.runs,
                    self.data_root,
                    (number, len(self.numbers)) if self.over == "folds" else self.fold,
                    self.start_from,
                    read.given,
                ),
            )


def over_of(seeds: int | None, folds: int | None, fold: object = None) -> tuple[Over, int] | None:
    """Over what, and how many; None for a single training. Raises Rejected for what makes no sense."""
    if seeds is not None and folds is not None:
        help = "leave one of them out: an interval over both would take runs that share their data for independent ones"
        raise rejected("usage", "seeds together with folds", help=help, at=NOWHERE)
    if folds is not None and fold is not None:
        help = "leave one of them out: --folds trains all parts, --fold one of them"
        raise rejected("usage", "folds together with fold", help=help, at=NOWHERE)
    for over, count in (("seeds", seeds), ("folds", folds)):
        if count is not None and count < FEWEST:
            help = "one training has neither deviation nor interval: leave it out, or give 2 or more"
            raise rejected("usage", f"{over} {count}", help=help, at=NOWHERE)
    if seeds is not None:
        return "seeds", seeds
    return None if folds is None else ("folds", folds)


def new_series(
    over: Over,
    count: int,
    those: Named,
    runs: Path,
    data_root: Path | None = None,
    fold: tuple[int, int] | None = None,
    start_from: Start | None = None,
    data: Any = None,
) -> Asked:
    """A series that begins; seeds count from that of the spec, or from 0. Raises Rejected where the spec is wrong."""
    first = 1
    if over == "seeds":
        training = those.read().require()[0].training
        first = 0 if training is None or training.seed is None else training.seed
    numbers = tuple(range(first, first + count))
    return Asked(secrets.token_hex(8), over, numbers, those, runs, data_root, fold, start_from, data)


def series_of(folder: RunFolder, over: Over, count: int, data_root: Path | None = None) -> Asked:
    """The series that a run belongs to, to be gone on with; of seeds there may be more now. Raises Rejected."""
    found = read_membership(folder)
    kind = found.member.partition(" ")[0] if found else ""
    if found is None or kind not in _ONE.values():
        help = f"to train more of its spec, write cnnspec train {folder.spec} --{over} {count}"
        raise rejected("no-series", f"{folder.path} was trained alone", f"a run of several {over}", help, at=NOWHERE)
    members = find_members(folder.path.parent, found.series)
    if kind != _ONE[over]:
        help = f"write --{kind}s {len(members)}"
        raise rejected("no-series", f"{folder.path} is {found.member}, and no {_ONE[over]}", help=help, at=NOWHERE)
    numbers = _numbers(over, count, found, members, folder)
    fold = None if over == "folds" else read_fold(folder)
    root = data_root or read_data_folder(folder)
    return Asked(found.series, over, numbers, named_run(folder), folder.path.parent, root, fold)


def _numbers(
    over: Over, count: int, found: Membership, members: Mapping[str, RunFolder], folder: RunFolder
) -> tuple[int, ...]:
    """The seeds from the first one on; the parts of one division, which stays what it is."""
    if over == "seeds":
        known = [int(number) for name in members if (number := name.partition(" ")[2]).isdecimal()]
        first = min(known, default=0)
        return tuple(range(first, first + max(count, len(known))))
    of = found.member.partition("/")[2]
    if of != str(count):
        raise rejected("no-series", f"{folder.path} is {found.member}", help=f"write --folds {of}", at=NOWHERE)
    return tuple(range(1, count + 1))


def trained_series(
    asked: Asked,
    carry_out: Callable[[Reading, "door.series.Wanted"], Member],
) -> Series:
    """All of it, one training after the other; what `carry_out` raises ends it."""
    members, shown = [], ""
    for read, wanted in asked.wanted():
        shown = shown or read.spec.shown
        members.append(carry_out(read, wanted))
    return Series(shown, asked.over, tuple(members))


def followed(
    asked: Asked,
    wish: "door.layout.Wish",
    progress: Progress,
    callbacks: tuple[Any, ...] = (),
    tracking: Tracking = NO_TRACKING,
) -> "TrainedRuns":
    """All of it, each training followed as one alone is; an interrupt says how to go on. Raises as `train` does."""
    given: list[Any] = []

    def carry_out(read: Reading, wanted: "door.series.Wanted") -> Member:
        given.append(read.given)
        course = Course(read.spec, read.graph, progress, again=len(given) > 1, tracking=tracking)
        try:
            with read.told(), course:
                return door.series.carry_out(wanted, on_event=course.take, wish=wish, callbacks=callbacks)
        except KeyboardInterrupt:
            if course.folder is None:
                raise
            going_on = f"cnnspec.resume_series({str(course.folder.path)!r}, {asked.over}={len(asked.numbers)})"
            raise KeyboardInterrupt(f"the state is saved; to go on: {going_on}") from None

    return TrainedRuns(trained_series(asked, carry_out), next(iter(given), None))


@dataclass(frozen=True, slots=True, repr=False)
class TrainedRuns(Printed):
    """Several trainings of one spec: `runs`, and every figure's mean, deviation and 95 % interval as `figures`."""

    series: Series
    _given: Any = None

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs, in the order of their seeds or folds; those that failed among them."""
        return tuple(Run(RunFolder(Path(each.run)), self._given) for each in self.series.members)

    @property
    def figures(self) -> dict[str, Estimate]:
        """By figure, over those that finished: `count`, `mean`, `deviation`, `low` and `high`."""
        return {each.figure: each for each in estimates(self.series.members)}

    def to_json(self) -> str:
        """All of it as JSON."""
        return series_json(self.series)

    def __repr__(self) -> str:
        return f"<TrainedRuns of {self.series.spec}: {len(self.series.members)} {self.series.over}>"

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return series_sheets(self.series)


def resume_series(
    run: PathLike,
    seeds: int | None = None,
    folds: int | None = None,
    *,
    data: Any = None,
    callbacks: Iterable[Any] = (),
    data_root: PathLike | None = None,
    devices: int | None = None,
    tensorboard: bool | PathLike = False,
    mlflow: str | None = None,
    progress: Progress = None,
) -> TrainedRuns:
    """Go on with the series of a run, one of those that `train(seeds=...)` or `train(folds=...)` has begun.

    What is finished stays as it is, what was broken off goes on, what is missing is trained; of `seeds` there may be
    more than there were. `data` in memory is given again. Raises Rejected or RunFailed.
    """
    over = over_of(seeds, folds)
    if over is None:
        raise rejected("usage", "neither seeds nor folds", "how many the series has", at=NOWHERE)
    asked = series_of(RunFolder(open_run(run).path), *over, None if data_root is None else Path(data_root))
    wish = door.layout.Wish(devices, None, settles=True)
    return followed(replace(asked, data=data), wish, progress, tuple(callbacks), tracking_of(tensorboard, mlflow))
