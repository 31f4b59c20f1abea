"""Runs put together for a report: what their folders tell, and what is made of their data and weights while it can be.

Nothing of a run that is missing or damaged keeps the rest from being told.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from cnnspec import door
from cnnspec.api.named import named_run
from cnnspec.api.new_file import checked_new, write_new
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.diagram.diagram import diagram
from cnnspec.reports.run_page.reported import Reported
from cnnspec.reports.runs.collect import Known, told_apart
from cnnspec.reports.summary.collect import collect
from cnnspec.results.attribution import Look
from cnnspec.results.data import DataView
from cnnspec.results.evaluation import Evaluation
from cnnspec.results.failure import RunFailed
from cnnspec.results.mistaken import Mistake, Residual, WrongLabels
from cnnspec.runs.environment import impersonal
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.history import read_run
from cnnspec.runs.log import read_log
from cnnspec.runs.reading import Unreadable, read_whole
from cnnspec.runs.recorded import read_data_folder, read_fold
from cnnspec.runs.written import read_written
from cnnspec.source.answers import reason
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected
from cnnspec.source.route import NOWHERE
from cnnspec.source.text import MAX_BYTES, decode

Split = Literal["train", "validation", "test"]
ENDING = ".html"
LOOKED_AT, _LISTED = 8, 100
"""Of so many mistakes is told what the network looked at, and so many are listed."""
_TRIED: tuple[Split, ...] = ("test", "validation", "train")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """How a report is to be made: of which split, and of data that lies elsewhere, has changed, or is `given` by
    the run's folder, since a program holds it.

    `telling` hears what is being done.
    """

    split: Split | None = None
    data_root: Path | None = None
    changed_data: bool = False
    given: "Mapping[Path, door.given.Given]" = field(default_factory=dict)
    telling: Callable[[str], None] = lambda said: None


def lacks_library() -> bool:
    """Whether what writes pages is not installed."""
    return importlib.util.find_spec("jinja2") is None


def write_report(folders: Sequence[RunFolder], path: Path, asked: Asked, force: bool = False) -> list[Reported]:
    """Write the page; what was told there. Raises Rejected, ImportError without jinja2, or RunFailed."""
    if lacks_library():
        raise ImportError("a page needs jinja2: pip install 'cnnspec[report]'")
    checked_new(path, force, (ENDING,))
    runs = reported_runs(folders, asked)
    write_new(path, lambda ending: door.run_page.runs_page(runs).encode(), force, (ENDING,))
    return runs


def reported_runs(folders: Sequence[RunFolder], asked: Asked) -> list[Reported]:
    """Each of the runs, called by their whole paths where several have one name."""
    known = told_apart([read_run(folder) for folder in folders])
    most = _LISTED if len(folders) == 1 else None  # several are compared by all of them
    return [_reported(folder, each, asked, most) for folder, each in zip(folders, known, strict=True)]


@dataclass(slots=True)
class _Missing:
    """Collects why something could not be made."""

    why: dict[str, str] = field(default_factory=dict)

    def tried(self, what: str, make: Callable[[], T]) -> T | None:
        """What is made, or None: then it is written down why."""
        try:
            return make()
        except (Rejected, RunFailed) as problem:
            self.why[what] = impersonal(_told(problem.diagnostics))
        except OSError as error:
            self.why[what] = impersonal(f"{error.filename or 'a file'} cannot be used: {reason(error)}")
        return None


def _told(diagnostics: Sequence[Diagnostic]) -> str:
    first = next((each for each in diagnostics if each.severity == "error"), diagnostics[0])
    return f"{first.message}; {first.help}" if first.help else first.message


def _reported(folder: RunFolder, known: Known, asked: Asked, most: int | None) -> Reported:
    found = _Missing()
    resolved = found.tried("spec", lambda: _resolved(folder)) or ""
    read = found.tried("network", lambda: named_run(folder).read().require())
    run = Reported(known, read_log(folder), resolved, read_written(folder), missing=found.why)
    if read is None:
        return run
    spec, graph = read
    drawn = diagram(spec.shown, spec.reference, graph)
    asked.telling(f"{known.name}: its data")
    data = found.tried("data", lambda: _data(folder, spec, graph, asked))
    asked.telling(f"{known.name}: its scores")
    scores = found.tried("scores", lambda: _scores(folder, spec, graph, data, asked, most))
    asked.telling(f"{known.name}: what it looked at")
    looks = {} if scores is None else _looks(folder, spec, graph, scores, asked, found)
    summary = collect(spec.shown, spec.reference, graph, spec.training)
    return replace(run, summary=summary, diagram=drawn, data=data, evaluation=scores, looks=looks)


def _data(folder: RunFolder, spec: Spec, graph: Graph, asked: Asked) -> DataView:
    """The data without the way of a text, and without the folder that it lies in: where examples stand is told below
    that, as the spec names its files."""
    beside = replace(spec, folder=asked.data_root or read_data_folder(folder))
    view = door.look.look(beside, graph, beside.folder, given=asked.given.get(folder.path), samples=True)
    below = f"{beside.folder}/"
    twins = tuple(
        replace(each, place=each.place.removeprefix(below), other_place=each.other_place.removeprefix(below))
        for each in view.duplicates.twins
    )
    return replace(view, ways=(), duplicates=replace(view.duplicates, twins=twins))


def _scores(
    folder: RunFolder, spec: Spec, graph: Graph, data: DataView | None, asked: Asked, most: int | None
) -> Evaluation:
    return door.evaluate.evaluate(
        folder,
        spec,
        graph,
        split=asked.split or _last_split(folder, data),
        data_root=asked.data_root,
        changed_data=asked.changed_data,
        most=most,
        given=asked.given.get(folder.path),
    )


def _looks(
    folder: RunFolder, spec: Spec, graph: Graph, scores: Evaluation, asked: Asked, found: _Missing
) -> dict[str, tuple[Look, ...]]:
    """What the network looked at in the worst mistakes of each output that says something of a whole example.

    Of several labels, or numbers, that is the one that it is the most wrong about.
    """
    looks: dict[str, tuple[Look, ...]] = {}
    for output in scores.outputs:
        if output.mistakes is not None and output.mistakes.worst and output.mistakes.form != "places":
            worst = output.mistakes.worst[:LOOKED_AT]
            seen = found.tried(
                "looks", partial(_look_at, folder, spec, graph, scores.split, worst, output.output, asked)
            )
            looks |= {output.output: seen} if seen else {}
    return looks


def _look_at(
    folder: RunFolder, spec: Spec, graph: Graph, split: str, worst: Sequence[Mistake], output: str, asked: Asked
) -> tuple[Look, ...]:
    return door.attribution.look_at_split(
        folder,
        spec,
        graph,
        split,
        [each.example.place for each in worst],
        data_root=asked.data_root,
        given=asked.given.get(folder.path),
        wish=door.attribution.Wish(output=output),
        named=list(map(_asked_about, worst)),
    )


def _asked_about(mistake: Mistake) -> str | None:
    """The label or the number, of several, that is the most wrong; None where there is but one answer."""
    if isinstance(mistake, WrongLabels):
        return mistake.surest or None
    farthest = mistake.farthest if isinstance(mistake, Residual) else None
    return None if farthest is None else str(farthest)


def _last_split(folder: RunFolder, data: DataView | None) -> str:
    """The test split, or what there is where there is none; a part of a cross-validation is tested on what it holds
    back."""
    there = {split.name for split in data.splits} if data is not None else set()
    return next((name for name in _TRIED if name in there and read_fold(folder) is None), _TRIED[0])


def _resolved(folder: RunFolder) -> str:
    """The run's spec.yaml; raises Rejected."""
    try:
        content = read_whole(folder.spec, MAX_BYTES)
    except Unreadable as problem:
        raise rejected("no-run", str(problem), at=NOWHERE) from None
    if content is None:
        raise rejected("no-run", "there is no spec.yaml", at=NOWHERE)
    wrong: list[Diagnostic] = []
    text = decode(content, folder.spec.name, wrong.append)
    if text is None:
        raise Rejected(wrong)
    return text
