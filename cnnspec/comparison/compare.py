"""Two specs held against each other."""

from collections.abc import Mapping
from hashlib import sha256

from cnnspec.comparison.architecture import network_differences
from cnnspec.comparison.difference import UNSET, Difference
from cnnspec.comparison.differences import OfVariant, SettingChanged
from cnnspec.comparison.sections import section_differences
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.source import values
from cnnspec.source.frozen import frozen


@frozen
class Compared:
    """What is compared: a network, and the spec with its data and training, None where there is the network alone."""

    shown: str
    graph: Graph
    spec: Spec | None = None

    @property
    def has_titles(self) -> bool:
        """Whether somebody gave its stages their titles; those of one plain list of entries are the program's."""
        return self.spec is not None and isinstance(self.spec.root.get("model"), values.Mapping)


@frozen
class Differences:
    """All that differs in meaning; none, exactly where both build the same model, read the same data and learn alike.

    `compares` says what of them was compared: the network, and with two specs the training and the data.
    """

    one: str
    other: str
    all: tuple[Difference, ...]

    def __bool__(self) -> bool:
        return bool(self.all)

    def __str__(self) -> str:
        return "\n".join(map(str, self.all))

    def mirrored(self) -> "Differences":
        """The same, from the other side."""
        return Differences(self.other, self.one, tuple(each.mirrored() for each in self.all))


def compare(one: Compared, other: Compared) -> Differences:
    """What differs in meaning; `compare(b, a)` is the same mirrored, since both are made of one comparison."""
    if _rank(one) > _rank(other):
        return _compare(other, one).mirrored()
    return _compare(one, other)


def compare_variants(one: str, other: str, mine: Mapping[str, Compared], theirs: Mapping[str, Compared]) -> Differences:
    """The same of all variants of two specs, each by itself; a variant that one alone has is a difference, too."""
    found: list[Difference] = []
    for name in sorted({*mine, *theirs}, key=_in_numbers):
        if name in mine and name in theirs:
            found += (OfVariant(each.place, name, each) for each in compare(mine[name], theirs[name]).all)
        else:
            before, after = (name if name in each else UNSET for each in (mine, theirs))
            found.append(SettingChanged("variants", before, after, ""))
    return Differences(one, other, tuple(found))


def _in_numbers(name: str) -> tuple[int, str]:
    return (int(name) if name.isdecimal() and len(name) < 10 else 10**9, name)


def _rank(compared: Compared) -> tuple[int, str]:
    """Which of two is looked at first, whatever the order in which they are given."""
    graph, spec = compared.graph, compared.spec
    nodes = [(node.name, repr(node.layer), node.inputs, node.shared, str(node.output)) for node in graph.nodes]
    stages = [(stage.title, stage.output) for stage in graph.stages]
    said = (nodes, stages, graph.outputs, graph.inputs, graph.dtypes, graph.named_outputs, graph.changes)
    sections = (spec.data, [phase.training for phase in spec.phases], spec.training, spec.variant) if spec else ()
    return len(nodes), sha256(repr((said, sections)).encode()).hexdigest()


def _compare(one: Compared, other: Compared) -> Differences:
    both = one.spec is not None and other.spec is not None
    found = list(network_differences(one.graph, other.graph, one.has_titles and other.has_titles, both))
    if one.spec is not None and other.spec is not None:
        found += section_differences(one.spec, other.spec)
    return Differences(one.shown, other.shown, tuple(found))
