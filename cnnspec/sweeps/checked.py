"""A sweep's values tried on its spec before anything is trained: each is really laid over it, and the spec read."""

import itertools
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cnnspec.analysis import Analysis, analyse
from cnnspec.graph.nodes import Graph
from cnnspec.language.figures import Direction, directions
from cnnspec.language.merge import SETTINGS, Setting
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Diagnostic, Note, rejected, suggestion
from cnnspec.source.route import NOWHERE
from cnnspec.source.span import Span
from cnnspec.source.values import plain, show
from cnnspec.sweeps.request import Mistaken, Request, overridden, set_and_swept
from cnnspec.sweeps.space import Candidate, Dimension

_MOST_COMBINED = 64
"""Combinations of a grid that are tried beforehand; the others when their turn comes."""
_OF_THE_PROCESS = {
    "training.seed": "give --seeds 3: each trial is trained with as many, and judged by their mean",
    "training.distribute": "it does not change what is learnt: give it with --set",
    "name": "trials are told apart by their values",
    "description": "trials are told apart by their values",
}
"""Paths that no sweep goes over, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A request that holds: its spec as it is without the sweep's values, what it is judged by, and which way."""

    request: Request
    spec: Spec
    graph: Graph
    monitor: str
    direction: Direction
    first_seed: int

    @property
    def seeds(self) -> tuple[int, ...]:
        """Those of every trial."""
        return tuple(range(self.first_seed, self.first_seed + self.request.seeds))


def checked(request: Request, base: Analysis) -> Checked:
    """The request, each of its values tried; raises Mistaken with every mistake, Rejected for one that has no place.

    `base` is the analysis of its spec and settings alone, which holds.
    """
    spec, graph = base.require()
    found = [
        *(_passed_over(setting, dimension) for setting, dimension in overridden(request.settings, request.space)),
        *(each for dimension in request.space for each in _mistakes(request, dimension)),
    ]
    if not found:
        found = list(itertools.chain.from_iterable(_combined(request)))
    if found:
        raise Mistaken(found, {**base.texts, **request.texts})
    monitor, direction = _monitor(request, spec, graph)
    assert spec.training is not None
    return Checked(request, spec, graph, monitor, direction, spec.training.seed or 0)


def _passed_over(setting: Setting, dimension: Dimension) -> Diagnostic:
    """What is set by an option and swept; who wants one value of what a file sweeps over can say so."""
    path = ".".join(setting.path)
    same, held = path == dimension.path, show(plain(setting.value))
    help = f"leave --set out, or write --over {shlex.quote(f'{path}=[{held}]')} to try that alone"
    return set_and_swept(path, dimension, setting.span, help if same else "leave one of them out")


def _mistakes(request: Request, dimension: Dimension) -> Iterator[Diagnostic]:
    """What is wrong with the values of a path; of a path that is not there it is said once."""
    if help := _OF_THE_PROCESS.get(dimension.path):
        yield Diagnostic("bad-range", f"no sweep goes over {dimension.path}", dimension.key, help=help)
        return
    if request.sampler == "grid" and dimension.listed is None:
        help = "write a list, or give the range a step; or leave the grid: --sampler tpe"
        yield Diagnostic(
            "bad-range", f"{dimension.path} has no values to count, as a grid does", dimension.span, help=help
        )
        return
    for candidate in dimension.tried:
        setting = f"{dimension.path}={candidate.text}"
        found = analyse(request.spec, (*request.settings, setting))
        wrong = [each for each in found.diagnostics if each.severity == "error"]
        line = len(request.settings) + 1
        told = [_here(each, line, dimension, candidate) for each in wrong]
        yield from told
        if any(each.code == "unknown-path" for each in wrong):
            return


def _here(found: Diagnostic, line: int, dimension: Dimension, candidate: Candidate) -> Diagnostic:
    """A mistake at the place of the value, or of its path, that makes it; one elsewhere says which value it is of."""
    span = found.span
    if span is not None and (span.file != SETTINGS or span.line < line):
        note = Note(f"where {dimension.path} is {candidate.text}", candidate.span)
        return replace(found, notes=(*found.notes, note))
    edit = found.edit and replace(found.edit, span=_placed(found.edit.span, dimension, candidate))
    help = str(edit) if edit is not None and found.help.startswith("write ") else found.help
    notes = tuple(each for each in found.notes if each.span is None or each.span.file != SETTINGS)
    return replace(found, span=span and _placed(span, dimension, candidate), edit=edit, help=help, notes=notes)


def _placed(span: Span, dimension: Dimension, candidate: Candidate) -> Span:
    """A part of the path at its own place, anything of the value at that of the whole value."""
    if span.column <= len(dimension.path):
        return dimension.key.part(span.column - 1, min(span.width, len(dimension.path) - span.column + 1))
    return candidate.span


def _combined(request: Request) -> Iterator[list[Diagnostic]]:
    """Mistakes of values together that are right alone: of a small grid all, else of the first and the last ones."""
    for combination in itertools.islice(combinations(request), _MOST_COMBINED):
        texts = [f"{each.path}={text}" for each, text in zip(request.space, combination, strict=True)]
        found = analyse(request.spec, (*request.settings, *texts))
        wrong = [each for each in found.diagnostics if each.severity == "error"]
        if wrong:
            note = Note(f"where {', '.join(texts)}")
            yield [replace(each, span=_elsewhere(each, request), notes=(*each.notes, note)) for each in wrong]
            return


def _elsewhere(found: Diagnostic, request: Request) -> Span | None:
    """Its place, unless that is in a setting of the sweep: then that of the path."""
    span = found.span
    if span is None or span.file != SETTINGS or span.line <= len(request.settings):
        return span
    return request.space[span.line - len(request.settings) - 1].key


def combinations(request: Request) -> Iterable[Sequence[str]]:
    """All of a grid, the last path's values in turn first; of others those of all first and all last values."""
    if request.sampler == "grid":
        return itertools.product(*(each.listed or () for each in request.space))
    ends = [each.tried for each in request.space]
    return [[each[place].text for each in ends] for place in (0, -1)]


def _monitor(request: Request, spec: Spec, graph: Graph) -> tuple[str, Direction]:
    """The figure that is to get better, and which way that is; raises Rejected where the training has none such."""
    for key, example in (("training", "training: {loss: auto}"), ("data", "data: {source: digits}")):
        if getattr(spec, key) is None:
            received, expected = f"{spec.file} has no {key}", f"a {key} section to train with"
            raise rejected("no-section", received, expected, f"write {example}", at=NOWHERE)
    assert spec.training is not None and spec.data is not None
    training, validated = spec.training, spec.data.validates
    outputs = tuple(graph.outputs) if graph.named_outputs else ("output",)
    known = directions({name: training.metrics_of(name) for name in outputs if training.learns(name)})
    names = [*(f"val_{name}" for name in known if validated), *known]
    monitor = request.monitor or training.judged_by(validated)
    if monitor.startswith("test_"):
        help = f"write --monitor {monitor.replace('test_', 'val_', 1)}: what was chosen by the test split is no test"
        raise rejected("unknown-monitor", f"a sweep by {monitor}", help=help, at=NOWHERE)
    figure = _base(monitor.removeprefix("val_"), known)
    if monitor not in names and (figure is None or (monitor.startswith("val_") and not validated)):
        unkept = figure is not None
        why = "but nothing is kept for validation" if unkept else "which the training does not measure"
        help = "write validation_split: 0.1 in data, or name validation data" if unkept else suggestion(monitor, names)
        raise rejected("unknown-monitor", f"the sweep watches {monitor}, {why}", help=help, at=NOWHERE)
    if request.pruner != "none" and request.monitor is None and not validated:
        received = f"the pruner {request.pruner} without a figure to prune by: nothing is kept for validation"
        help = "write validation_split: 0.1 in data, or --monitor loss to prune by the training's own"
        raise rejected("usage", received, help=help, at=NOWHERE)
    assert figure is not None
    return monitor, known[figure]


def _base(name: str, known: dict[str, Direction]) -> str | None:
    """The figure that a name is of: `f1_score` for `f1_score_2`, which is that of a class."""
    for each in (name, name.rpartition("_")[0] if name.rpartition("_")[2].isdecimal() else ""):
        if each in known:
            return each
    return None
