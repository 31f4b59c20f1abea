"""`cnnspec train`: the main job."""

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from cnnspec.api.named import Named
from cnnspec.api.series import new_series, over_of, series_of
from cnnspec.api.tracking import Tracking
from cnnspec.checks.sharing import refuse_sharing
from cnnspec.cli.boundary import SEEN, UNKNOWN_START, ends_here, misused, shown_with, understood, usage_error
from cnnspec.cli.completers import complete_run, complete_spec
from cnnspec.cli.finding import RunsOption, find_run, understood_run
from cnnspec.cli.options import DataRootOption, Format, FormatOption, SetOption, standard_input
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.run_names import is_spec, run_named
from cnnspec.cli.series import FoldsOption, SeedsOption, SeriesWork
from cnnspec.cli.starting import NewOption, PartialOption, StartFromOption, start_of
from cnnspec.cli.work import Work
from cnnspec.cli.workers import LocalWorkers
from cnnspec.language.location import STANDARD_INPUT
from cnnspec.language.spec import Spec
from cnnspec.reports.safe import shown
from cnnspec.results.plan import fold_numbers, is_part
from cnnspec.runs.folder import RunFolder, to_go_on_with
from cnnspec.runs.places import RUNS

FoldOption = Annotated[
    str | None,
    Option("--fold", metavar="K/N", help="Cut the training data into N parts, test on part K and train on the rest."),
]
DryRunOption = Annotated[
    bool, Option("--dry-run", help="Check everything, show what the training would do, and write nothing.")
]


ResumeOption = Annotated[
    Path | None,
    Option(
        "--resume",
        metavar="RUN",
        help="Go on with a run that was interrupted, killed or is to have more epochs; --set may change "
        "training.epochs (and that of phases), training.distribute and training.checkpoint.every and .keep, --devices "
        "and --workers what it runs on.",
        completion=complete_run,
    ),
]
SpecOrNone = Annotated[
    str | None,
    Argument(
        metavar="SPEC",
        help="A spec: file.yaml, a bundled name, either with @variant; - reads standard input.",
        completion=complete_spec,
    ),
]


DevicesOption = Annotated[
    int | None,
    Option("--devices", metavar="N", min=1, help="Share every batch over N GPUs of this machine, else N logical CPUs."),
]
WorkersOption = Annotated[
    int | None,
    Option("--workers", metavar="N", min=1, help="Share every batch over N processes on this machine."),
]


TensorboardOption = Annotated[
    str | None,
    Option(
        "--tensorboard",
        metavar="DIR",
        help="Write the figures as TensorBoard's events, too: below DIR, or into the run's folder where none is named; "
        "a word that follows is DIR, unless no other names the spec.",
    ),
]
MlflowOption = Annotated[
    str | None,
    Option("--mlflow", metavar="URI", help="Tell a server of MLflow the figures, too, as in http://localhost:5000."),
]


@ends_here
def train(
    spec: SpecOrNone = None,
    runs: RunsOption = RUNS,
    data_root: DataRootOption = None,
    fold: FoldOption = None,
    folds: FoldsOption = None,
    seeds: SeedsOption = None,
    start_from: StartFromOption = None,
    new: NewOption = None,
    partial: PartialOption = False,
    resume: ResumeOption = None,
    dry_run: DryRunOption = False,
    devices: DevicesOption = None,
    workers: WorkersOption = None,
    tensorboard: TensorboardOption = None,
    mlflow: MlflowOption = None,
    format: FormatOption = Format.table,
    settings: SetOption = None,
) -> None:
    """Train a spec's network; the run's folder keeps the spec, the figures, the weights and where it stands."""
    if devices is not None and workers is not None:
        raise usage_error("--devices together with --workers", "give one of them")
    part = None if fold is None else read_fold(fold)
    start = start_of(start_from, partial, new or (), runs)
    if spec is None and resume is None and is_spec(tensorboard or ""):
        spec, tensorboard = tensorboard, ""  # no folder was named, and what follows the option is the spec
    tracking = Tracking(tensorboard, mlflow)
    _refuse_apart(spec, resume, settings or ())
    given = {"a spec": spec, "--fold": fold, "--start-from": start_from}
    folder = None if resume is None else _resumed(resume, runs, [name for name, value in given.items() if value])
    if spec is None and folder is None:
        raise _without_spec(tensorboard)
    if spec is not None and run_named(spec, runs) is not None:
        elsewhere = [] if runs == RUNS else ["--runs", str(runs)]
        help = f"to go on with it, write {shown(shlex.join(['cnnspec', 'train', '--resume', spec, *elsewhere]))}"
        raise usage_error(f"{shown(spec)} is a run, and no spec", help)
    with misused():
        over = over_of(seeds, folds, fold)
        tracking.check()
    read, graph, analysis = (
        understood_run(folder, settings or ())
        if folder
        else understood(spec or "", settings or (), standard_input, UNKNOWN_START | SEEN)
    )
    if over is not None:
        _refuse_together(spec, workers, read)
        with misused():
            asked = (
                series_of(folder, *over, data_root)
                if folder
                else new_series(*over, Named(spec or "", tuple(settings or ())), runs, data_root, part, start)
            )
        with shown_with(analysis.texts):
            series = SeriesWork(asked, devices, format, tracking)
            series.look_ahead() if dry_run else series.carry_out()
        return
    written: dict[str, object] = {"--data-root": data_root, "--fold": fold, "--resume": resume, "--runs": runs}
    written |= {"--workers": workers, "--start-from": start_from, "--partial": partial, "--new": new}
    others = LocalWorkers(1 if dry_run else workers or 1, command_of(spec, written, settings or ()))
    if workers or (read.training and read.training.distribute in ("multi_worker", "auto")):
        os.environ.setdefault(
            "TF_CPP_MIN_LOG_LEVEL", "3"
        )  # what TensorFlow says of a lost worker is said in better words
    work = Work(read, graph, folder, devices, workers, format, runs, data_root, part, start, analysis.texts, tracking)
    with shown_with(analysis.texts):
        refuse_sharing(read, graph, workers or 1, f"{workers} workers")
        if dry_run:
            work.look_ahead()
        else:
            work.tell(work.carry_out(others))


def _without_spec(folder: str | None) -> SystemExit:
    """To be raised where no spec is named; a word after --tensorboard is the folder for its events."""
    if not folder:
        return usage_error("train needs a spec, or --resume and a run", "write cnnspec train digits")
    meant = shown(shlex.join(["cnnspec", "train", folder, "--tensorboard"]))
    help = f"write the spec first, cnnspec train SPEC --tensorboard={shown(shlex.quote(folder))}; or was it {meant}?"
    return usage_error(f"train needs a spec, and {shown(folder)} is no spec but the folder for --tensorboard", help)


def _refuse_together(spec: str | None, workers: int | None, read: Spec) -> None:
    """Raise what ends the command where several trainings cannot be told to whoever takes part in them."""
    distributed = read.training is not None and read.training.distribute == "multi_worker"
    if workers is not None or distributed:
        what = f"--workers {workers}" if workers is not None else "training.distribute: multi_worker"
        help = "train them in one process, over --devices, or one at a time with --set training.seed and --fold"
        raise usage_error(f"several trainings together with {what}", help)
    if spec == STANDARD_INPUT:
        raise usage_error("several trainings of a spec on standard input", "save it in a file: each reads it")


def _refuse_apart(spec: str | None, run: Path | None, settings: Sequence[str]) -> None:
    """Raise what ends the command where a setting's value is a word of its own, which is taken for a spec."""
    alone = [setting for setting in settings if "=" not in setting]
    if spec is not None and alone and (run is not None or not is_spec(spec)):
        help = f"write --set {shown(shlex.quote(f'{alone[-1]}={spec}'))}"
        raise usage_error(f"--set {shown(alone[-1])} has no value, and {shown(spec)} is no spec", help)


def command_of(spec: str | None, options: Mapping[str, object], settings: Iterable[str]) -> list[str]:
    """What makes another process train the same; an option that is True is a flag."""
    if spec == "-" and (options["--workers"] or 1) != 1:
        raise usage_error("--workers with a spec on standard input", "save it in a file: every worker reads it")
    named = {name: value for name, value in options.items() if value not in (None, False)}
    each = [(name, value) for name, held in named.items() for value in (held if isinstance(held, list) else [held])]
    given = [name if value is True else f"{name}={value}" for name, value in each]
    return ["train", *([spec] if spec else []), *given, *(f"--set={setting}" for setting in settings)]


def _resumed(run: Path, runs: Path, wrong: list[str]) -> RunFolder:
    """The run to go on with; raises what ends the command where something is given that the run has itself."""
    if wrong:
        help = "leave that out: a run goes on with its own spec and data"
        raise usage_error(f"--resume together with {' and '.join(wrong)}", help)
    return to_go_on_with(find_run(run, runs))


def read_fold(text: str) -> tuple[int, int]:
    """`3/10` as numbers; raises what ends the command where it is no part of a whole."""
    fold = fold_numbers(text)
    if fold is None:
        raise usage_error(f"--fold {shown(text)}; expected K/N, part K of N", "write --fold 1/10")
    number, parts = fold
    if parts < 2:
        raise usage_error(f"--fold {shown(text)}; expected two parts or more", "write --fold 1/10")
    if not is_part(number, parts):
        help = f"write --fold 1/{parts} to --fold {parts}/{parts}"
        raise usage_error(f"--fold {shown(text)} is no part; expected 1 to {parts}", help)
    return fold
