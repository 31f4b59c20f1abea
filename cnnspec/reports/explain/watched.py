"""What a run of the same network watched of its gradients, where there is one."""

from collections.abc import Iterator
from pathlib import Path

from cnnspec.analysis import analyse
from cnnspec.graph.nodes import Graph
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Grid, Paragraph, Section
from cnnspec.results.watched import Watched
from cnnspec.runs.finding import numbered
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.log import read_log

_MOST_LOOKED_AT = 8


def watched_sections(network: Network) -> Iterator[Section]:
    """The gradients by stage, in the first and in the last epoch of the newest run that watched them."""
    for run in _runs(network):
        epochs = {epoch: each for epoch, each in read_log(RunFolder(run)).watched.items() if each.gradients}
        if epochs:
            first, last = epochs[min(epochs)], epochs[max(epochs)]
            yield Section(f"what {run.name} watched", tuple(_told(network, first, last)))
            return


def _told(network: Network, first: Watched, last: Watched) -> Iterator[Grid | Paragraph]:
    rows = [("stage", "first epoch", "last epoch")]
    stages = [stage.title for stage in network.graph.stages if stage.title in last.gradients]
    rows += [(title, _size(first.gradients.get(title)), _size(last.gradients[title])) for title in stages]
    yield Grid("gradients, root mean square over a stage's weights", tuple(rows))
    front, back = (last.gradients[stages[at]] for at in (0, -1)) if stages else (0.0, 0.0)
    if front > 0 and back > 0:
        yield Paragraph(f"{stages[0]} gets {front / back:.1e} times what {stages[-1]} gets in the last epoch.")


def _size(value: float | None) -> str:
    return "" if value is None else f"{value:.1e}"


def _runs(network: Network) -> Iterator[Path]:
    """The newest runs of the spec's name whose network is this one."""
    try:
        names = sorted(path.name for path in network.runs.iterdir()) if network.runs is not None else []
    except OSError:
        return
    for name in numbered(network.spec.name, names)[:_MOST_LOOKED_AT]:
        assert network.runs is not None
        graph = analyse(str(RunFolder(network.runs / name).spec), trained=True).graph
        if graph is not None and _layers(graph) == _layers(network.graph):
            yield network.runs / name


def _layers(graph: Graph) -> list[tuple[str, str, tuple[object, ...]]]:
    return [(node.name, node.kind, node.output) for node in graph.nodes]
