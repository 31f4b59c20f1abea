"""One run in full: its settings, what was chosen by itself, where it ran, its best epoch, scores and files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnspec.reports.commands import titled_commands
from cnnspec.reports.numbers import duration, memory, metric, plural
from cnnspec.reports.page import Page
from cnnspec.reports.runs import phrases
from cnnspec.reports.runs.facts import Environment, Known, Resumption, Run
from cnnspec.reports.table import Column, Sheet, Table

_MOST_SETTINGS = 60
_SPLITS = (("train", ""), ("validation", "val_"), ("test", "test_"))
_PACKAGES = ("cnnspec", "python", "tensorflow", "keras", "numpy")
_MOST_RESUMED = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A run with its settings by path, in one line what its network is, and the sizes of its files in bytes."""

    known: Known
    settings: Sequence[tuple[str, object]]
    network: str
    files: Mapping[str, int]


def run_sheets(shown: Shown) -> tuple[Sheet, ...]:
    """Settings, then scores."""
    return (_settings(shown), *([_scores(shown.known.run)] if shown.known.run.scores else []))


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
    remarks = (*left_out, *network, *auto, *ran_on, *here, _files(shown.files), *problems)
    return Sheet(_heading(shown.known), table, tuple(filter(any, remarks)))


def _heading(known: Known) -> tuple[str, ...]:
    run = known.run
    status = "no result" if run.status == "unfinished" else run.status
    took = "" if run.seconds is None else duration(run.seconds)
    return (run.path, status, f"epochs {phrases.epochs(run, known.settings)}", took, phrases.moment(run.started))


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
