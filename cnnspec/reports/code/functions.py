"""The functions of a program: one for each block, and for each layer that is several operations."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cnnspec.graph.nodes import Graph, Node, Step
from cnnspec.language.spec import Spec
from cnnspec.reports.code.function import Function
from cnnspec.reports.code.operations import RESERVED
from cnnspec.reports.code.parameters import INDEXES, Apart, Scope
from cnnspec.reports.code.sequences import Sequences
from cnnspec.reports.code.syntax import Assign, Part, Ref, Return, Variable, has_symbols, same
from cnnspec.reports.code.uses import Entry, View
from cnnspec.reports.code.variables import identifier
from cnnspec.source.values import Scalar
from cnnspec.source.values import plain as plain_value


class Functions(Sequences):
    """Writes blocks, and layers of many operations, as functions, each as soon as it is first called."""

    def __init__(self, spec: Spec, graph: Graph) -> None:
        super().__init__(spec, graph)
        self.functions: dict[str, Function] = {}
        self.blocks: dict[str, list[Step]] = {}
        self._functions_of: dict[str, Function | None] = {}
        self._tried: set[str] = set()
        self.taken = set(RESERVED)
        for stage in graph.stages:
            for step in stage.steps:
                self._collect(step)
        large = {node.kind for position, node in enumerate(graph.nodes) if self.is_large(position)}
        self.reserved = {identifier(kind, "block") for kind in (*self.blocks, *large)}

    def _collect(self, step: Step) -> None:
        if step.block:
            self.blocks.setdefault(step.kind, []).append(step)
        for branch in step.branches:
            for inner in branch.steps:
                self._collect(inner)

    # Blocks

    def function_of(self, step: Step) -> Function | None:
        """The function of a block, for this use of it; None where its uses stand where they are."""
        if step.kind not in self._tried:
            self._tried.add(step.kind)
            self._make(step.kind)
        return self._functions_of.get(step.name)

    def _make(self, kind: str) -> None:
        """As few functions as say all uses of a block."""
        waiting = [step for step in self.blocks[kind] if not self._is_shared(step)]
        while waiting:
            first = waiting[0]
            alike = [step for step in waiting if _form(step) == _form(first)]
            for group in (waiting, alike, [first]):
                function = self._of_block(kind, group)
                if function is not None:
                    self._add(function)
                    break
            waiting = [step for step in waiting if step not in group]

    def _add(self, function: Function) -> None:
        self.functions[function.name] = function
        self.taken.add(function.name)
        self._functions_of |= dict.fromkeys(function.uses, function)

    def _is_shared(self, step: Step) -> bool:
        found = (self.asked[position] for position in step.all_nodes())
        return any(each is not None and self.is_called_again(each) for each in found)

    def _of_block(self, kind: str, steps: Sequence[Step]) -> Function | None:
        name = self._free_name(kind)
        scope = Scope(
            [step.name for step in steps], self._hints(steps), {*self.taken, *self.reserved, name, "x", *INDEXES}
        )
        scope.inside = tuple(frozenset(step.all_nodes()) for step in steps)
        source = [step.reads[0] for step in steps]
        scope.channels = self._channels(source)
        read, out = Variable(name="x"), Variable()
        entries = (Entry(use, (), {position: read}) for use, position in enumerate(source))
        if any(self._leaks(step) for step in steps):
            return None
        try:
            body = self.listed(View(scope, tuple(entries)), [step.branches[0].steps for step in steps], source, out)
        except Apart:
            return None
        return self._finished(Function(name, (read,), {}, tuple(body), kind, scope.prefixes, ()), scope, out)

    def _hints(self, steps: Sequence[Step]) -> dict[str, dict[int, Any]]:
        """What the uses of a block give it, by name."""
        hints: dict[str, dict[int, Any]] = {}
        for use, step in enumerate(steps):
            for name, value in step.parameters.items():
                if not isinstance(value, dict):
                    hints.setdefault(name, {})[use] = self.arguments.hints.get((step.name, name), value)
        return hints

    def _leaks(self, step: Step) -> bool:
        """Whether something outside of a block reads more of it than what it gives."""
        inside = set(step.all_nodes())
        return self.read_outside(inside - {step.output}, inside)

    # Layers

    def kind_function(self, position: int) -> Function | None:
        """The function of a layer that is several operations; None where it is written in its place."""
        node = self.graph.nodes[position]
        if not self.is_large(position):
            return None
        if node.name not in self._functions_of:
            self._make_of_kind(node)
        return self._functions_of[node.name]

    def _make_of_kind(self, first: Node) -> None:
        """One function for all layers of a kind that are as many operations, or one for the first alone."""
        alike = [
            position
            for position, node in enumerate(self.graph.nodes)
            if node.kind == first.kind and len(node.inputs) == len(first.inputs) and self.is_large(position)
        ]
        mine = [position for position in alike if self.graph.nodes[position] is first]
        function = self._of_nodes(alike) or self._of_nodes(mine)
        if function is None:
            self._functions_of[first.name] = None
        else:
            self._add(function)

    def _of_nodes(self, positions: Sequence[int]) -> Function | None:
        nodes = [self.graph.nodes[position] for position in positions]
        name, count = self._free_name(nodes[0].kind), len(nodes[0].inputs)
        words = "xyzw"[:count] if count <= len("xyzw") else [f"x{number + 1}" for number in range(count)]
        read, out = tuple(Variable(name=word) for word in words), Variable()
        scope = Scope([node.name for node in nodes], {}, {*self.taken, *self.reserved, name, *words})
        scope.channels = self._channels([node.inputs[0] for node in nodes])
        entries = (Entry(use, (), dict(zip(node.inputs, read, strict=True))) for use, node in enumerate(nodes))
        try:
            body = self.operations(View(scope, tuple(entries)), positions, out)
        except Apart:
            return None
        return self._finished(Function(name, read, {}, tuple(body), nodes[0].kind, scope.prefixes, ()), scope, out)

    # Both

    def _free_name(self, kind: str) -> str:
        name = identifier(kind, "block")
        while name in self.taken or (name in self.reserved and name != identifier(kind, "block")):
            name = _again(name)
        return name

    def _channels(self, read: Sequence[int]) -> dict[int, int]:
        """How many channels each use reads, where all have so many."""
        last = [size for position in read for size in self.graph.nodes[position].output[-1:]]
        sizes = [size for size in last if isinstance(size, int)]
        return dict(enumerate(sizes)) if len(sizes) == len(read) else {}

    def _finished(self, function: Function, scope: Scope, out: Variable) -> Function:
        """With its end, its parameters, and what else it reads."""
        statements = (*function.statements, Return(Ref(out)))
        if scope.with_channels:
            channels = Assign((Variable(name="channels"),), Part(Ref(function.reads[0]), ".shape[-1]"))
            statements = (channels, *statements)
        self._defaults(function.about, scope)
        return replace(
            function,
            reads=(*function.reads, *scope.outside.values()),
            parameters=dict(sorted(scope.parameters.items(), key=lambda item: bool(item[1].default))),
            statements=statements,
            outside=tuple(scope.outside),
        )

    def _defaults(self, kind: str, scope: Scope) -> None:
        """What parameters are where nothing is given: as in the spec, as in Keras, or as in most uses."""
        block = self.spec.blocks.get(kind)
        known = {identifier(each.name, "value"): each.default for each in block.parameters} if block else {}
        for name, parameter in scope.parameters.items():
            default = known.get(name)
            if name in known:
                value = plain_value(default) if isinstance(default, Scalar) else None
                used = any(same(value, each) for each in parameter.values.values())
                parameter.default = (value,) if used else ()
            elif not parameter.default:
                parameter.default = _commonest(list(parameter.values.values()))


def _commonest(values: Sequence[Any]) -> tuple[Any, ...]:
    """The value of more than half of the uses, if there is one that says itself."""
    if any(map(has_symbols, values)):
        return ()
    common = max(values, key=lambda value: sum(same(value, each) for each in values))
    return (common,) if sum(same(common, each) for each in values) * 2 > len(values) > 2 else ()


def _again(name: str) -> str:
    stem = name.rstrip("0123456789")
    number = name[len(stem) :]
    return f"{stem}{int(number) + 1}" if number and stem.endswith("_") else f"{name}_2"


def _form(step: Step) -> tuple[Any, ...]:
    """What two uses of a block have in common that one text says."""
    inner = tuple((branch.name, tuple(map(_form, branch.steps))) for branch in step.branches)
    return (step.kind, step.shortcut, len(step.nodes), inner)
