"""A run from Python: what it came to, scored, asked, gone on with."""

import io
import math
import os
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from cnnspec import door
from cnnspec.api.attributions import LookedAt
from cnnspec.api.curves import Curves
from cnnspec.api.demo import Demo, serving
from cnnspec.api.exporting import Export, asked_for, exported
from cnnspec.api.giving import Reading, reading, with_given
from cnnspec.api.looks import Evaluation, Planned
from cnnspec.api.named import Named, PathLike, Settings, named_run, path_of
from cnnspec.api.predictions import Predictions
from cnnspec.api.printed import PAGE
from cnnspec.api.reporting import Asked, Split, write_report
from cnnspec.api.reproducing import Reproduced, reproduced
from cnnspec.api.sharing import Page, unpacked, written_for_others
from cnnspec.api.tracking import tracking_of
from cnnspec.api.training import Course, Progress, trained
from cnnspec.reports.curves import titled_curve
from cnnspec.reports.html_tables import sheets_html
from cnnspec.reports.runs.collect import judged, known
from cnnspec.reports.runs.showing import run_sheets, shown_run
from cnnspec.reports.table import Sheet
from cnnspec.reports.terminal import lay_out
from cnnspec.results.attribution import Looks
from cnnspec.results.evaluation import MOST_MISTAKES
from cnnspec.results.events import NothingLeft
from cnnspec.results.exported import SAMPLES
from cnnspec.results.history import Run as Told
from cnnspec.results.history import Status
from cnnspec.results.thresholds import Threshold
from cnnspec.runs.folder import RunFolder, to_go_on_with, writable
from cnnspec.runs.folder import open_run as opened
from cnnspec.runs.history import read_run
from cnnspec.runs.labels import note, tag
from cnnspec.runs.log import BESIDE, read_log
from cnnspec.runs.places import RUNS, below_runs
from cnnspec.runs.removing import removable, remove
from cnnspec.source.diagnostic import rejected, suggestion
from cnnspec.source.route import NOWHERE

_CURVE = 8
"""Lines of the curve."""


class Run:
    """A run's folder: figures are read from it whenever they are asked for, so that a run that goes on can be watched.

    `str()` tells all of it, as `cnnspec runs show` does. It is a path, too: `cnnspec.load(run)` is its network.
    """

    def __init__(self, folder: RunFolder, given: "door.given.Given | None" = None) -> None:
        self._folder, self._given = folder, given

    def __fspath__(self) -> str:
        return str(self._folder.path)

    @property
    def given(self) -> "door.given.Given | None":
        """The data that it was trained with, where this program holds it."""
        return self._given

    @property
    def path(self) -> Path:
        """Its folder; of a packed run a temporary one, which is gone once nobody has the run."""
        return self._folder.path

    @property
    def name(self) -> str:
        """The folder's name: `digits-3`."""
        return self._folder.name

    @property
    def status(self) -> Status:
        """How it ended: finished, interrupted, failed; unfinished where it is running or was killed; or damaged."""
        return self.told.status

    @property
    def told(self) -> Told:
        """All that the folder tells of the run, as values: epochs, seconds, where and with what it was made."""
        return read_run(self._folder)

    @property
    def metrics(self) -> dict[str, float]:
        """The figures of the best epoch, those of the test split as `test_...`."""
        return dict(self.told.scores)

    @property
    def history(self) -> dict[str, list[Any]]:
        """A list for each figure, a value an epoch, ready for `pandas.DataFrame`.

        Beside the figures there are `epoch` (from 0, as Keras counts), `learning_rate`, `seconds`, and `phase` where
        the training has phases. A figure that an epoch lacks is NaN there.
        """
        log = read_log(self._folder)
        figures = {name: list(values) for name, values in log.figures.items() if name not in BESIDE}
        beside = {name: list(log.figures[name]) for name in BESIDE if name in log.figures}
        phases: dict[str, list[Any]] = {"phase": list(log.phases)} if log.phases else {}
        return {"epoch": list(range(log.epochs)), **phases, **figures, **beside}

    @property
    def tags(self) -> tuple[str, ...]:
        """The words that it was given to find it by."""
        return self.told.tags

    def tag(self, *tags: str, remove: bool = False) -> tuple[str, ...]:
        """Give it tags, or `remove` them; the tags that it has then. Raises Rejected for what is no tag."""
        return tag(self._folder, tags, remove)

    def note(self, text: str) -> None:
        """Let it have a note in place of any other; `told.note` reads it, an empty text takes it away."""
        note(self._folder, text)

    def remove(self) -> None:
        """Remove its folder for good. Raises RunFailed where it is being trained, Rejected where it is no run's."""
        remove(removable(writable(self._folder).path))

    def model(self, which: Literal["best", "last"] = "best") -> Any:
        """A plain `keras.Model` with the weights of the best epoch (the last, if none ended), or the `last` ones."""
        spec, graph = self._named.read().require()
        return door.load_model.load_model(self._folder, spec, graph, last=which == "last")

    def evaluate(
        self,
        split: Literal["train", "validation", "test"] = "test",
        data: Any = None,
        *,
        by: str = "",
        groups: str = "",
        threshold: Literal["auto"] | float | None = None,
        data_root: PathLike | None = None,
        changed_data: bool = False,
        mistakes: int | None = MOST_MISTAKES,
    ) -> Evaluation:
        """Score the best weights on a split, as Keras' `evaluate` does, or on other examples that are given as `data`.

        `data` is what `train` takes: `(x, y)` or a frame are any examples; a map by split is the data of the training,
        which the run needs again where it was in memory and another program held it. A path is where examples lie that
        are read as the run's own. The data of a split must be what it was during training, unless `changed_data` allows
        another. Figures are told for each value of the column `by`, too; examples with the same value in the column
        `groups` belong together, as those of one patient, and intervals are of such groups. A `threshold` is the
        probability from which on yes is said, or an answer is sure: what is best on the validation split, or a number;
        the run keeps it for `predict(unsure=True)`. Up to so many `mistakes` of each output are named, None for all.
        Raises Rejected, or RunFailed.
        """
        thresholds = () if threshold is None else self._keep(threshold, data, data_root, changed_data)
        place = Path(data) if isinstance(data, str | os.PathLike) else None
        read = self._reading(None if place else data, split)
        with read.told():
            found = door.evaluate.evaluate(
                self._folder,
                read.spec,
                read.graph,
                given=read.given,
                split=split,
                data_root=None if data_root is None else Path(data_root),
                changed_data=changed_data,
                data=place,
                by=by,
                groups=groups,
                thresholds=thresholds,
                most=mistakes,
            )
        return Evaluation(found)

    def _keep(
        self, threshold: str | float, data: Any, data_root: PathLike | None, changed: bool
    ) -> tuple[Threshold, ...]:
        """The thresholds that the run keeps from now on, chosen on its own data; raises Rejected or RunFailed."""
        if threshold != "auto" and not (isinstance(threshold, int | float) and 0 <= threshold <= 1):
            raise rejected("usage", f"threshold={threshold!r:.40}", "'auto', or a number from 0 to 1", at=NOWHERE)
        read = self._reading(data if _is_by_split(data) else None)
        with read.told():
            return door.thresholds.keep_thresholds(
                self._folder,
                read.spec,
                read.graph,
                None if isinstance(threshold, str) else float(threshold),
                given=read.given,
                data_root=None if data_root is None else Path(data_root),
                changed_data=changed,
            )

    def predict(
        self,
        x: Any = None,
        *,
        files: PathLike | Iterable[PathLike] = (),
        texts: str | Iterable[str] = (),
        top: int = 3,
        unsure: bool = False,
        encoding: str | None = None,
    ) -> Predictions:
        """What the network says of new examples: of `x` in memory, of `files` or folders of them, of `texts`.

        `x` is an array, a frame, a list of texts, or one text; where the network has several inputs, a map by name.

        Of classes the `top` likeliest are told, and all their probabilities are there. With `unsure` an answer that
        does not reach the run's threshold is none of them, as `evaluate(threshold=...)` chose it. What cannot be read
        has its problems in its place. Raises Rejected where the network reads nothing of the kind.
        """
        spec, graph = self._named.read().require()
        paths = [path_of(each, "files takes paths") for each in _several(files)]
        if x is None and not paths and not texts:
            raise rejected("usage", "nothing is given to predict", "x, files or texts", at=NOWHERE)
        predictor = door.predict.Predictor(self._folder, spec, graph, top, keep=True, unsure=unsure)
        named = predictor.examples(paths, list(_several(texts)), encoding, io.BytesIO())
        given = named if x is None else chain(predictor.given(x), named)
        told = tuple(each for some in predictor.predict(given) for each in some)
        return Predictions(predictor.outputs, told, top, predictor.joined())

    def look(
        self,
        x: Any = None,
        *,
        files: PathLike | Iterable[PathLike] = (),
        texts: str | Iterable[str] = (),
        at: str | None = None,
        named: str | None = None,
        head: str | None = None,
        baseline: float = 0.0,
        steps: int | None = None,
        maps: str | None = None,
        kernels: bool = False,
        encoding: str | None = None,
    ) -> LookedAt:
        """What the network looked at in new examples, given as `predict` takes them: Grad-CAM, integrated gradients.

        Grad-CAM is taken `at` a stage or layer, without it at the last stage that has spatial axes. Both are of the
        class `named`, else of the one that it says, of the output `head`, else of the first. Integrated gradients start
        from the `baseline` in place of each number (of words: from padding), in so many `steps`, else in as many as an
        error of 1 % asks, within seconds. `maps` is a stage whose feature maps are shown, too; `kernels` are of the
        first convolution.
        Raises Rejected for what the network has not, or does not read.
        """
        spec, graph = self._named.read().require()
        paths = [path_of(each, "files takes paths") for each in _several(files)]
        if x is None and not paths and not texts and not kernels:
            raise rejected("usage", "nothing is given to look at", "x, files, texts or kernels", at=NOWHERE)
        drawn = door.attribution.look_at_kernels(self._folder, spec, graph) if kernels else None
        looker = door.attribution.Looker(
            self._folder, spec, graph, door.attribution.Wish(at, head, named, baseline, steps, maps)
        )
        looks = looker.all(x, paths, list(_several(texts)), encoding)
        return LookedAt(Looks(self.name, looker.weights, looks, drawn, looker.remarks))

    def demo(self, port: int = 0) -> Demo:
        """A page to try the network on: a picture is dropped or drawn, a text typed, a file given.

        It is on this machine alone, at `url`, until it is stopped; port 0 is any that is free. Raises Rejected where
        the port is taken, or the run cannot predict.
        """
        door.demo_server.check_port(port)
        spec, graph = self._named.read().require()
        return Demo(serving(door.trying.Trying(self._folder, spec, graph), port))

    def plan(
        self,
        set: Settings | None = None,
        data: Any = None,
        *,
        data_root: PathLike | None = None,
        devices: int | None = None,
    ) -> Planned | None:
        """How `resume` would go on, checked as it checks, and nothing written; None where nothing is left to do."""
        to_go_on_with(self._folder)
        read = self._reading(data, set=set)
        with read.told():
            found = door.train.plan_resumption(
                self._folder,
                read.spec,
                read.graph,
                given=read.given,
                data_root=None if data_root is None else Path(data_root),
                wish=door.layout.Wish(devices, None, settles=True),
            )
        if isinstance(found, NothingLeft):
            return None
        return Planned(str(self.path), found[0], read.spec, read.graph, found[1])

    def resume(
        self,
        set: Settings | None = None,
        data: Any = None,
        *,
        callbacks: Iterable[Any] = (),
        data_root: PathLike | None = None,
        devices: int | None = None,
        tensorboard: bool | PathLike = False,
        mlflow: str | None = None,
        progress: Progress = None,
    ) -> "Run":
        """Go on from the newest whole checkpoint: the training becomes what it would have been had it never ended.

        `set` may give it more epochs, as `{"training.epochs": 20}`, and what else `cnnspec train --resume` lets be
        changed. `data` that was in memory is given again where another program held it: the very same, which checksums
        tell. A finished run stays as it is. `tensorboard` and `mlflow` have all points as of one training, whether they
        were told of it before or not. Raises Rejected or RunFailed.
        """
        to_go_on_with(self._folder)
        read = self._reading(data, set=set)
        tracking = tracking_of(tensorboard, mlflow)
        with read.told():
            return Run(
                trained(
                    Course(read.spec, read.graph, progress, True, tracking),
                    door.train.resume,
                    self._folder,
                    read.spec,
                    read.graph,
                    given=read.given,
                    data_root=None if data_root is None else Path(data_root),
                    wish=door.layout.Wish(devices, None, settles=True),
                    callbacks=tuple(callbacks),
                ),
                read.given,
            )

    def _reading(self, data: Any, split: str | None = None, set: Settings | None = None) -> Reading:
        """The run's spec with the data in memory that it is to read: what is given, else what it was trained with.

        With a `split`, what is no map of splits are examples of their own.
        """
        those = self._named.having(set)
        if data is None:
            read = reading(those)
            return Reading(read.spec, read.graph, self._given)
        graph = those.read().require()[1]
        alone = split is not None
        return with_given(those, door.given.given_of(data, graph, split or "train", alone=alone))

    def report(
        self,
        path: PathLike,
        *,
        split: Split | None = None,
        data_root: PathLike | None = None,
        changed_data: bool = False,
        force: bool = False,
    ) -> Path:
        """Write all of the run as a web page of its own; `cnnspec.report` takes several, and says more."""
        given = {} if self._given is None else {self.path: self._given}
        asked = Asked(split, None if data_root is None else Path(data_root), changed_data, given)
        write_report([self._folder], Path(path), asked, force)
        return Path(path)

    def export(
        self,
        path: PathLike,
        format: str | None = None,
        precision: str = "float32",
        *,
        samples: int = SAMPLES,
        tolerance: float | None = None,
        data: Any = None,
        data_root: PathLike | None = None,
        changed_data: bool = False,
        force: bool = False,
    ) -> Export:
        """Write the best weights for another runtime, load the file there, and hold it against the run's own model.

        The ending tells the format, or `format` does: keras, saved_model, onnx, litert, openvino. The `precision` of
        onnx and litert may be float16 or int8. Up to so many `samples` are compared, and a difference above the
        `tolerance` leaves no file: RunFailed. Raises Rejected where the format lacks something.
        """
        asked = asked_for(Path(path), format, precision, samples, tolerance, force)
        root = None if data_root is None else Path(data_root)
        return exported(self._folder, self._reading(data), asked, root, changed_data)

    def curves(self, metric: str | None = None) -> Curves:
        """A figure by epoch, of training and validation: of what says which epoch is best, where no `metric` is named.

        Raises Rejected where the run measured no such figure.
        """
        log = read_log(self._folder)
        if metric is not None and metric not in log.figures:
            names = list(log.figures)
            raise rejected("usage", f"this run measured no {metric}", help=suggestion(metric, names), at=NOWHERE)
        name = (metric or judged([known(self.told)], [log])).removeprefix("val_")
        lines = {each: log.figures[each] for each in (name, f"val_{name}") if each in log.figures}
        return Curves(name, lines, log.phases)

    def show(self, metric: str | None = None) -> str:
        """All of the run as text, with the curve of a `metric`; of what says which epoch is best where none is named.

        Raises Rejected where the run measured no such figure.
        """
        curves = self.curves(metric)
        drawn = titled_curve(curves.series, curves.title, PAGE.width - 1, _CURVE, PAGE, curves.phases)
        return lay_out(self._sheets(), PAGE).plain + (f"\n\n{drawn.plain}" if drawn else "")

    def pack(
        self,
        path: PathLike | None = None,
        *,
        hub: str | None = None,
        report: bool = True,
        data_root: PathLike | None = None,
        force: bool = False,
    ) -> Path:
        """Write the run as one file for others, by default `NAME.zip`: each of its files with its size and SHA-256.

        With `hub`, a repository's name (`USER/NAME`), a folder instead, with the card that the Hub shows; nothing is
        sent anywhere. A `report` goes with it where jinja2 is there, made of the run's data, which may lie below
        another `data_root` now. `force` replaces a file that is there. Raises Rejected or RunFailed.
        """
        page = Page(None if data_root is None else Path(data_root), self._given) if report else None
        return written_for_others(self._folder, None if path is None else Path(path), hub, force, page).file

    def reproduce(
        self,
        data: Any = None,
        *,
        callbacks: Iterable[Any] = (),
        path: PathLike = RUNS,
        data_root: PathLike | None = None,
        start_from: PathLike | None = None,
        progress: Progress = None,
    ) -> Reproduced:
        """Train the run once more, as its folder says, into a new folder below `path`; is it `identical`, to the bit?

        `data` that was in memory, and `callbacks`, are given again where there were any. `start_from` is where the
        weights lie now that it began with. Raises Rejected where spec, data or those weights are not what they were,
        or the run did not finish; RunFailed.
        """
        origin, root = (None if each is None else Path(each) for each in (start_from, data_root))
        read = self._reading(data)
        return reproduced(self._folder, read, Path(path), root, origin, progress, tuple(callbacks))

    @property
    def _named(self) -> Named:
        return named_run(self._folder)

    def _sheets(self) -> tuple[Sheet, ...]:
        return run_sheets(shown_run(known(self.told), self._named.read().graph))

    def __str__(self) -> str:
        return self.show()

    def __repr__(self) -> str:
        told = self.told
        best = told.best
        score = "" if best is None or math.isnan(best.value) else f", {best.monitor} {best.value:.4g}"
        return f"<Run {self._folder.shown}: {told.status}, {told.epochs} epoch{'s' * (told.epochs != 1)}{score}>"

    def _repr_html_(self) -> str:
        """For notebooks: settings, scores and the curve."""
        return f"{sheets_html(self._sheets())}<div>{self.curves()._repr_html_()}</div>"


def open_run(run: PathLike, runs: PathLike = RUNS) -> Run:
    """A run by its folder, or a packed one; `digits-1` means the one below `runs` where that is there.

    A packed run (`run.zip`) is verified first. Raises Rejected where it is no run, or not as it was packed.
    """
    path = path_of(run, "open_run() takes a run's folder")
    return Run(opened(below_runs(Path(path), Path(runs))))


def unpack(file: PathLike, path: PathLike | None = None) -> Run:
    """The run of a packed one, verified and made the new folder `path`, by default called as the file is.

    Raises Rejected where it is no packed run, is not as it was packed, or would leave the folder; then nothing is left.
    """
    packed = Path(path_of(file, "unpack() takes a packed run"))
    target = Path(packed.stem if path is None else path)
    unpacked(packed, target)
    return Run(opened(target))


def _is_by_split(data: Any) -> bool:
    """Whether what is given is the data of a training, split by split."""
    return isinstance(data, Mapping) and bool(data) and set(data) <= set(door.given.SPLITS)


def _several(given: Any) -> list[Any]:
    """One path or text, or several, as a list."""
    return [given] if isinstance(given, str | Path) or hasattr(given, "__fspath__") else list(given)
