"""A residual block: a main path and a skip connection, added (He et al. 2015)."""

from cnnspec.graph.entries import Written, read_entries
from cnnspec.graph.nodes import Branch
from cnnspec.graph.paths import branch, known_arguments, one_input
from cnnspec.graph.scope import Around, Result
from cnnspec.graph.shortcut import connect
from cnnspec.graph.walk import SPOILT, Made, Walk
from cnnspec.source.values import Mapping


def residual(
    walk: Walk, written: Written, arguments: Mapping, sources: list[Result], around: Around, name: str
) -> Made:
    """A main path and a skip connection, added; then an activation, if there is one."""
    meant = known_arguments(walk, written, arguments, around, ("layers", "shortcut", "activation"))
    source = one_input(walk, written, sources, around)
    listed = arguments.get("layers")
    if listed is None and "layers" not in meant:
        help = "write residual: {layers: [...]}"
        walk.error(around, "missing-argument", "residual needs layers", written.key, help)
    items = read_entries(listed, "layers of residual", written.key, walk.reporter(around.uses)) if listed else None
    if items is None:
        walk.uncertain = True
        return SPOILT
    steps, main = branch(walk, items, source, around, name)
    return connect(walk, written, arguments, source, Branch("main", steps), main, around, name)
