"""What the layers of a step ask of Keras, as statements."""

from collections.abc import Sequence

from cnnspec.graph.nodes import Graph
from cnnspec.reports.code.asked import Asked, asked
from cnnspec.reports.code.keras_calls import Made, Tensor
from cnnspec.reports.code.merging import Merging
from cnnspec.reports.code.syntax import Assign, Call, Literal, Name, Statement, Variable
from cnnspec.reports.code.uses import Apart, View
from cnnspec.reports.code.variables import identifier

Statements = list[Statement]


class Operations:
    """Writes the nodes of a graph, each for several uses at once."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.asked = asked(graph)
        self.outputs = frozenset(graph.outputs.values())
        self.readers = _readers(graph)
        self.layers = _called_again(self.asked)

    def nodes(self, view: View, each: Sequence[tuple[str, tuple[int, ...]]], out: Variable) -> Statements:
        """The nodes of a step, one after the other; those of a reuse are a network of their own."""
        written: Statements = []
        rows = _aligned([[self.graph.nodes[p].name.removeprefix(name) for p in nodes] for name, nodes in each], each)
        for number, row in enumerate(rows):
            present = [position is not None for position in row]
            positions = [position for position in row if position is not None]
            last = number == len(rows) - 1
            target = out if last or self._only_next(positions, rows[number + 1 :]) else Variable()
            if all(present):
                written += self._node(view, positions, target)
            else:
                raise Apart
            for position in positions:
                view.scope.variables[position] = target
        return written

    def _only_next(self, positions: Sequence[int], later: Sequence[Sequence[int | None]]) -> bool:
        following = {position for position in later[0] if position is not None}
        return all(self.readers.get(position, set()) <= following for position in positions)

    def _node(self, view: View, positions: Sequence[int], out: Variable) -> Statements:
        asked = [each for position in positions if (each := self.asked[position]) is not None]
        operations = asked[0].steps
        if len({len(each.steps) for each in asked}) > 1:
            raise Apart
        merging = Merging(view, self.layers)
        written: Statements = self._layers_first(view, operations)
        for number in range(len(operations)):
            rows = [each.steps[number] for each in asked]
            target = out if number == len(operations) - 1 else Variable(_temporary(operations[number]))
            written.append(Assign((target,), merging.merged([row.made for row in rows])))
            merging.held[id(operations[number])] = target
        return written

    def _layers_first(self, view: View, operations: Sequence[Tensor]) -> Statements:
        """Layers that are called again later are made before they are called."""
        written: Statements = []
        for operation in operations:
            made = operation.made.function if isinstance(operation.made, Call) else None
            if isinstance(made, Made) and id(made) in self.layers and self.layers[id(made)].hint == "":
                variable = self.layers[id(made)]
                variable.hint = identifier(_layer_word(made), "layer")
                written.append(Assign((variable,), Merging(view, {}).merged([made.call])))
        return written


def _aligned(words: Sequence[Sequence[str]], each: Sequence[tuple[str, tuple[int, ...]]]) -> list[list[int | None]]:
    if len({tuple(row) for row in words}) == 1:
        return [list(row) for row in zip(*(nodes for _, nodes in each), strict=True)]
    raise Apart


def _readers(graph: Graph) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for position, node in enumerate(graph.nodes):
        for read in node.inputs:
            found.setdefault(read, set()).add(position)
    return found


def _called_again(asked: Sequence[Asked | None]) -> dict[int, Variable]:
    """Layers that are called more than once, by identity, each with what holds it."""
    seen: dict[int, int] = {}
    for each in asked:
        for step in each.steps if each else ():
            layer = layer_of(step)
            if layer:
                seen[layer] = seen.get(layer, 0) + 1
    return {layer: Variable() for layer, count in seen.items() if count > 1}


def layer_of(step: Tensor) -> int:
    """Which layer is called, by identity; 0 for an operation."""
    function = step.made.function if isinstance(step.made, Call) else None
    return id(function) if isinstance(function, Made) else 0


def _layer_word(made: Made) -> str:
    name = next((each.value for each in made.call.keywords if each.name == "name"), None)
    return str(name.value).replace(".", "_") if isinstance(name, Literal) else "layer"


def _temporary(operation: Tensor) -> str:
    made = operation.made
    if isinstance(made, Call) and isinstance(made.function, Name):
        return identifier(made.function.text.split(".")[-1], "value")
    return "value"
