"""What a run can be given to predict, for the commands that are suggested."""

from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.examples import to_predict
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.ranges import known_range
from cnnspec.runs.recorded import read_ranges
from cnnspec.source.diagnostic import Rejected


def inputs_of(folder: RunFolder, spec: Spec, graph: Graph) -> list[str]:
    """What to write after `cnnspec predict RUN`: a picture only where its run knows what white is."""
    name = next(iter(graph.inputs))
    try:
        found = known_range(spec.data, read_ranges(folder), name)
    except Rejected:
        found = None
    return to_predict(spec.data, graph, found is not None and found.ends is not None)
