"""A run as a report tells it: all that could be read of it or made of it, and why the rest could not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cnnspec.reports.diagram.diagram import Diagram
from cnnspec.reports.run_page.blocks import Beside, Block, Panel, Words
from cnnspec.reports.runs.collect import Known
from cnnspec.reports.summary.collect import Summary
from cnnspec.results.attribution import Look
from cnnspec.results.data import DataView
from cnnspec.results.evaluation import Evaluation, OutputFigures
from cnnspec.runs.log import Log
from cnnspec.runs.written import Written


@dataclass(frozen=True, slots=True)
class Reported:
    """One run. `written` is its spec as somebody wrote it, `resolved` is what was made of that.

    `looks` are at the worst mistakes of each output, in their order. `missing` says, by what is missing, why: spec,
    network, data, scores, looks.
    """

    known: Known
    log: Log
    resolved: str
    written: Written | None = None
    summary: Summary | None = None
    diagram: Diagram | None = None
    data: DataView | None = None
    evaluation: Evaluation | None = None
    looks: Mapping[str, tuple[Look, ...]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """By which it is told from the others on the page."""
        return self.known.name


def beside(runs: Sequence[Reported], told: Callable[[Reported], Sequence[Block]]) -> tuple[Block, ...]:
    """What is `told` of each run, in panels under their names where they are several; runs of which nothing is told
    have none."""
    if len(runs) == 1:
        return tuple(told(runs[0]))
    panels = tuple(Panel(run.name, blocks) for run in runs if (blocks := tuple(told(run))))
    return (Beside(panels),) if panels else ()


def outputs_of(runs: Sequence[Reported]) -> dict[str, list[tuple[Reported, OutputFigures]]]:
    """The outputs that were scored, by name, each with the runs that have it."""
    found: dict[str, list[tuple[Reported, OutputFigures]]] = {}
    for run in runs:
        for output in () if run.evaluation is None else run.evaluation.outputs:
            found.setdefault(output.output, []).append((run, output))
    return found


def missing(run: Reported, what: str) -> tuple[Words, ...]:
    """Why something is not there; nothing where it is."""
    return (Words(run.missing[what], missing=True),) if what in run.missing else ()
