"""What the layers of a step ask of Keras, as statements."""

import builtins
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from typing import Any

from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.code.arguments import arguments_of
from cnnspec.reports.code.asked import Asked, Calls, asked
from cnnspec.reports.code.function import Function
from cnnspec.reports.code.keras_calls import Made, Tensor
from cnnspec.reports.code.merging import Merging
from cnnspec.reports.code.parameters import INDEXES, Apart, Parameter
from cnnspec.reports.code.syntax import Assign, Call, Expression, Keyword, Literal, Name, Statement, Variable
from cnnspec.reports.code.uses import View
from cnnspec.reports.code.variables import identifier

Statements = list[Statement]
RESERVED = frozenset(
    {"keras", "layers", "ops", "initializers", "regularizers", "name", "build_model", "range", "zip", "enumerate"}
    | {"channels", "float", "print", "len", "open", "sorted", "set", "list", "int", "dict", "isinstance"}
    | {"train", "load_data", "read_array", "read_lines", "read_table", "class_numbers", "balanced"}
    | {"np", "tf", "math", "csv", "gzip", "load_digits", "train_test_split"}
)
"""Names that stand for something else."""
OFTEN = frozenset({"branches", "shortcut", "x", "y", "z", "w", *INDEXES})
"""Names that variables have, and arguments have not."""
_LARGE = 3
"""With how many operations a layer is a function."""


class Operations(ABC):
    """Writes the nodes of a graph, each for several uses at once."""

    def __init__(self, spec: Spec, graph: Graph) -> None:
        self.spec, self.graph = spec, graph
        self.asked = asked(graph)
        self.arguments = arguments_of(spec, graph, self.asked, RESERVED | OFTEN | _words(graph, self.asked))
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
            target = out if last else Variable(out.hint)
            if all(present):
                written += self._node(view, positions, target)
            else:
                raise Apart
            for position in positions:
                view.scope.variables[position] = target
        return written

    def read_outside(self, made: Collection[int], inside: Collection[int]) -> bool:
        """Whether something that is not inside reads one of these, or the model gives it."""
        return any(
            position in self.outputs or not self.readers.get(position, set()) <= set(inside) for position in made
        )

    @abstractmethod
    def kind_function(self, position: int) -> Function | None:
        """The function of a layer that is several operations; None where it is written in its place."""

    def _node(self, view: View, positions: Sequence[int], out: Variable) -> Statements:
        found = [self.kind_function(position) for position in positions]
        function = found[0]
        if function is None or any(each is not function for each in found):
            return self.operations(view, positions, out)
        nodes = [self.graph.nodes[position] for position in positions]
        if len({len(node.inputs) for node in nodes}) > 1:
            raise Apart
        read = [view.variable(row) for row in zip(*(node.inputs for node in nodes), strict=True)]
        return [called(view, function, read, [node.name for node in nodes], out)]

    def is_large(self, position: int) -> bool:
        """Whether a layer is a function of its own."""
        found = self.asked[position]
        return found is not None and len(found.steps) >= _LARGE and not self.is_called_again(found)

    def is_called_again(self, found: Asked) -> bool:
        """Whether one of its layers is called elsewhere, too."""
        return any(layer_of(step) in self.layers for step in found.steps)

    def operations(self, view: View, positions: Sequence[int], out: Variable) -> Statements:
        """All operations of a layer, where it stands."""
        asked = [each for position in positions if (each := self.asked[position]) is not None]
        operations = asked[0].steps
        if len({len(each.steps) for each in asked}) > 1:
            raise Apart
        merging = Merging(view, self.layers, self.arguments.literals)
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
            if isinstance(made, Made) and id(made) in self.layers and id(made) not in view.scope.made:
                view.scope.made.add(id(made))
                variable = self.layers[id(made)]
                variable.hint = identifier(_layer_word(made), "layer")
                written.append(Assign((variable,), Merging(view, {}, self.arguments.literals).merged([made.call])))
        return written


def _words(graph: Graph, calls: Calls) -> frozenset[str]:
    """What functions and inputs are called."""
    steps = (step for stage in graph.stages for written in stage.steps for step in written.all_steps())
    blocks = [step.kind for step in steps if step.block]
    large = [node.kind for node, call in zip(graph.nodes, calls, strict=True) if call and len(call.steps) >= _LARGE]
    return frozenset(identifier(name) for name in (*blocks, *large, *graph.inputs))


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
        word = identifier(made.function.text.split(".")[-1], "value")
        return f"{word}_" if word in vars(builtins) else word
    return "learnt" if isinstance(made, Call) else "part"


def called(
    view: View, function: Function, read: Sequence[Expression], names: Sequence[str], out: Variable
) -> Statement:
    """A call of a function, by the names of its uses."""
    values = [function.values(name) for name in names]
    positional, keywords = list(read), list[Keyword]()
    for name, parameter in function.parameters.items():
        default = parameter.default
        given = [each.get(name, default[0] if default else _any(parameter)) for each in values]
        value = view.said(given, name, default)
        if not default and len(positional) == len(read) and not keywords:
            positional.append(value)
        else:
            keywords.append(Keyword(name, value, default))
    keywords.append(Keyword("name", view.layer_name(names)))
    return Assign((out,), Call(Name(function.name), tuple(positional), tuple(keywords)))


def _any(parameter: Parameter) -> Any:
    return next(iter(parameter.values.values()))
