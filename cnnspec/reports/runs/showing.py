"""One run in full: its settings, what was chosen by itself, where it ran, its best epoch, scores and files."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph
from cnnspec.reports.commands import titled_commands
from cnnspec.reports.numbers import count, duration, macs, memory, metric, plural
from cnnspec.reports.page import Page
from cnnspec.reports.runs import phrases
from cnnspec.reports.runs.collect import Known
from cnnspec.reports.safe import shown
from cnnspec.reports.skipped import skipped_lines
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.history import Environment, Resumption, Run
from cnnspec.results.resumption import resumption, spread_of
from cnnspec.results.skipped import Skipped
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.history import file_sizes
from cnnspec.runs.recorded import read_skipped
from cnnspec.runs.settings import Settings, flattened, section
from cnnspec.source.diagnostic import Rejected

_MOST_SETTINGS = 60
_SPLITS = (("train", ""), ("validation", "val_"), ("test", "test_"))
_PACKAGES = ("cnnspec", "python", "tensorflow", "keras", "numpy")
_MOST_RESUMED = 3
_SHOWN = frozenset({"vars", "data", "training", "fold"})
"""The sections whose settings are shown; the network is one line."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A run with its settings by path, in one line what its network is, and the sizes of its files in bytes."""

    known: Known
    settings: Sequence[tuple[str, object]]
    network: str
    files: Mapping[str, int]
    skipped: Sequence[Skipped] = ()


def shown_run(known: Known, graph: Graph | None) -> Shown:
    """A run as it is shown, with its network where its spec can be read."""
    settings = [item for item in flattened(known.settings) if item[0].partition(".")[0] in _SHOWN]
    folder = RunFolder(Path(known.run.path))
    skipped: tuple[Skipped, ...] = ()
    with contextlib.suppress(Rejected):  # of a damaged file nothing is told; who needs it refuses it
        skipped = read_skipped(folder)
    return Shown(known, settings, _network(graph), file_sizes(folder), skipped)


def _network(graph: Graph | None) -> str:
    """The size of the network in one line; nothing where the spec has mistakes."""
    if graph is None:
        return ""
    found = totals(graph.nodes)
    trainable = f"{count(found.trainable_params)} of them trainable"
    return f"{count(found.params)} parameters, {trainable}, {macs(found.macs)} multiply-adds"


def run_sheets(shown: Shown) -> tuple[Sheet, ...]:
    """Settings, then scores."""
    return (_settings(shown), *scored_sheets(shown.known.run))


def scored_sheets(run: Run) -> tuple[Sheet, ...]:
    """The figures of a run by split; nothing where it has none."""
    return (_scores(run),) if run.scores else ()


def _settings(shown: Shown) -> Sheet:
    run = shown.known.run
    rows = [(path, phrases.value(setting)) for path, setting in shown.settings]
    auto = [(f"auto  {key}: {choice}",) for key, choice in run.environment.auto.items()]
    left_out = [(f"{len(rows) - _MOST_SETTINGS} more in {run.path}/spec.yaml",)] if len(rows) > _MOST_SETTINGS else []
    problems = [(f"problem: {problem}",) for problem in _problems(shown.known)]
    table = Table((Column("setting"), Column("value")), tuple(rows[:_MOST_SETTINGS]))
    network = [(f"network: {shown.network}",)] if shown.network else []
    ran_on = [(line,) for line in phrases.ran_on(run)]
    here = (_environment(run), *_resumed(run))
    skipped = [(line,) for line in skipped_lines(shown.skipped)]
    labels = _labels(run)
    remarks = (*labels, *left_out, *network, *skipped, *auto, *ran_on, *here, _files(shown.files), *problems)
    return Sheet(_heading(shown.known), table, tuple(filter(any, remarks)))


def _labels(run: Run) -> list[tuple[str, ...]]:
    """The tags, and the note line by line."""
    tags = [(f"tags: {', '.join(run.tags)}",)] if run.tags else []
    lines = run.note.split("\n") if run.note else []
    return [*tags, *((f"{'note: ' if number == 0 else '      '}{line}",) for number, line in enumerate(lines))]


def _heading(known: Known) -> tuple[str, ...]:
    run = known.run
    status = "no result" if run.status == "unfinished" else run.status
    took = "" if run.seconds is None else duration(run.seconds)
    return (run.shown, status, f"epochs {phrases.epochs(run, known.settings)}", took, phrases.moment(run.started))


def _problems(known: Known) -> list[str]:
    """Why a run is not whole; each reason once."""
    run = known.run
    unfinished = f"it is still running, or was killed; written last at {phrases.moment(run.written)}"
    reasons = [unfinished if run.status == "unfinished" else "", run.reason, *run.problems, known.problem]
    return list(dict.fromkeys(filter(None, reasons)))


def _environment(run: Run) -> tuple[str, ...]:
    environment = run.environment
    versions = [f"{name} {environment.versions[name]}" for name in _PACKAGES if name in environment.versions]
    cpus = [plural(environment.cpus, "processor")] if environment.cpus is not None else []
    return (*versions, *cpus, environment.platform)


def _resumed(run: Run) -> list[tuple[str, ...]]:
    """The last times that it went on, and what was not as when it began."""
    environment = run.environment
    lines = [_resumption(each, environment) for each in environment.resumed[-_MOST_RESUMED:]]
    earlier = len(environment.resumed) - len(lines)
    return [*([(f"resumed {plural(earlier, 'time')} before",)] if earlier else []), *lines]


def _resumption(resumption: Resumption, begun: Environment) -> tuple[str, ...]:
    where = f"after epoch {resumption.epoch}" if resumption.epoch else "from the start"
    if resumption.step:
        where = f"after step {resumption.step:,} of epoch {resumption.epoch + 1}"
    here = resumption.machine
    versions = [f"{name} {here.versions[name]}" for name in _PACKAGES if _differ(here.versions, begun.versions, name)]
    cpus = [plural(here.cpus, "processor")] if here.cpus is not None and here.cpus != begun.cpus else []
    platform = [here.platform] if here.platform != begun.platform else []
    said = " ".join(filter(None, ("resumed", phrases.moment(resumption.started), where)))
    return (said, *versions, *cpus, *platform)


def _differ(here: Mapping[str, str], there: Mapping[str, str], name: str) -> bool:
    return name in here and here[name] != there.get(name)


def _scores(run: Run) -> Sheet:
    """A row for the loss and each metric, a column for each split that was measured."""
    splits = [(title, prefix) for title, prefix in _SPLITS if any(_measured(run, prefix))]
    names = list(dict.fromkeys(base for _, prefix in splits for base in _measured(run, prefix)))
    rows = tuple((name, *(phrases.figure(run.scores, prefix + name) for _, prefix in splits)) for name in names)
    table = Table((Column("figure"), *(Column(title, "right") for title, _ in splits)), rows)
    return Sheet((), table, ((best_epoch(run),),))


def _measured(run: Run, prefix: str) -> list[str]:
    """The figures of one split, without its prefix."""
    others = tuple(other for _, other in _SPLITS if other and other != prefix)
    names = [name for name in run.scores if name.startswith(prefix) and not (not prefix and name.startswith(others))]
    return [name.removeprefix(prefix) for name in names]


def best_epoch(run: Run) -> str:
    """Which epoch the figures are of."""
    if run.best is None:
        return f"the figures of epoch {run.epochs}, the last"
    return f"the figures of epoch {run.best.epoch + 1}, the best by {run.best.monitor}: {metric(run.best.value)}"


def _files(files: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(f"{name} {memory(size)}" for name, size in files.items())


def command_lines(run: Run, commands: Sequence[Sequence[str]], page: Page) -> str:
    """The commands that made the run, and what can be done next; to be copied."""
    environment = run.environment
    later = [each.machine.command for each in environment.resumed if each.machine.command]
    made = [environment.command, *later[-1:]]
    titles = ["begun by" if later else "trained by", *["resumed by"] * len(later[-1:]), "next", *[""] * len(commands)]
    whole = [*(["cnnspec", *command[1:]] if command else [] for command in made), *commands]
    titled = [(title, words) for title, words in zip(titles, whole, strict=False) if words]
    return "\n".join(titled_commands(titled, page))


def python_line(known: Known) -> str:
    """What trains a run in its folder again from Python, where nothing else does; empty where a command does."""
    if not is_in_memory(known) or known.run.packed:
        return ""
    again = again_in_python(known, str(RunFolder(Path(known.run.path)).spec))
    return f" in Python, with the data that a program held:\n   {shown(again)}"


def next_commands(known: Known, given: Sequence[str]) -> list[tuple[str, ...]]:
    """What can be done with a run now; `given` is what it can predict, as arguments."""
    run, folder = known.run, RunFolder(Path(known.run.path))
    untested = run.scores and not any(name.startswith("test_") for name in run.scores)
    split = ("--split", "validation") if untested else ()
    predicted = ("cnnspec", "predict", run.shown, *given)
    compared = ("cnnspec", "runs", "compare", run.shown, "RUN")
    unpacked = [("cnnspec", "unpack", run.packed)] if run.packed else []
    if is_in_memory(known):
        return [*([predicted] if run.packed or folder.best.exists() else []), compared, *unpacked]
    trained = [("cnnspec", "evaluate", run.shown, *split), predicted]
    again = again_command(known)
    resumed = [tuple(resumption(run.path, spread_of(_last_command(run))))] if run.resumable else []
    if run.packed:
        return [*trained, compared, *unpacked]
    return [*resumed, *(trained if folder.best.exists() else []), compared, again]


def again_command(known: Known) -> tuple[str, ...]:
    """What trains the same again."""
    if known.run.packed:
        return ("cnnspec", "reproduce", known.run.packed)
    folder = RunFolder(Path(known.run.path))
    return ("cnnspec", "train", str(folder.spec), *fold_option(known.run), *_data_root(known.run, known.settings))


def is_in_memory(known: Known) -> bool:
    """Whether a program held the data in memory, of which no command knows."""
    return section(known.settings, "data").get("source") == "memory"


def again_in_python(known: Known, path: str) -> str:
    """What trains the same again with the data that a program holds; the run's spec lies at the path."""
    fold = f", fold={known.run.environment.fold!r}" if known.run.environment.fold else ""
    return f"cnnspec.load({path!r}).train(data=...{fold})"


def fold_option(run: Run) -> tuple[str, ...]:
    """The part of a cross-validation that a run is, as its command says it."""
    return ("--fold", run.environment.fold) if run.environment.fold else ()


def _last_command(run: Run) -> Sequence[str]:
    """The command that trained it last."""
    return next((each.machine.command for each in reversed(run.environment.resumed)), run.environment.command)


def _data_root(run: Run, settings: Settings) -> tuple[str, ...]:
    """Where data paths start, for a spec that has some: its own folder is the run's now."""
    data = settings.get("data")
    folder = run.environment.data_folder
    if not isinstance(data, dict) or "train" not in data or not folder:
        return ()
    return ("--data-root", folder)
