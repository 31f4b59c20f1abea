"""From a graph to the functions of a program: blocks become functions, and the stages one that builds the model."""

from collections.abc import Sequence
from typing import Any

from cnnspec.graph.nodes import Graph, Step
from cnnspec.language.spec import Spec
from cnnspec.reports.code.alignment import last_run
from cnnspec.reports.code.function import Function
from cnnspec.reports.code.operations import Statements, layer_of
from cnnspec.reports.code.sequences import Sequences
from cnnspec.reports.code.syntax import (
    Assign,
    Call,
    Comment,
    Expression,
    Keyword,
    Literal,
    Name,
    Part,
    Ref,
    Return,
    Statement,
    Variable,
)
from cnnspec.reports.code.uses import Apart, Entry, Scope, View, same
from cnnspec.reports.code.variables import identifier
from cnnspec.source.values import Scalar
from cnnspec.source.values import plain as plain_value

_RESERVED = frozenset(
    {"keras", "layers", "ops", "initializers", "regularizers", "name", "build_model", "range", "zip", "enumerate"}
    | {"channels", "True", "False", "None"}
)
"""Names that stand for something else."""


class Writer(Sequences):
    """Writes a graph as functions."""

    def __init__(self, spec: Spec, graph: Graph) -> None:
        super().__init__(graph)
        self.spec = spec
        self.functions: dict[str, Function] = {}
        self.blocks: dict[str, list[Step]] = {}
        self._functions_of: dict[str, Function | None] = {}
        self._tried: set[str] = set()
        self.taken = {*_RESERVED, *map(identifier, graph.inputs)}
        for stage in graph.stages:
            for step in stage.steps:
                self._collect(step)

    def _collect(self, step: Step) -> None:
        if step.block:
            self.blocks.setdefault(step.kind, []).append(step)
        for branch in step.branches:
            for inner in branch.steps:
                self._collect(inner)

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
            group = (
                waiting if self._function(kind, waiting) else [step for step in waiting if _form(step) == _form(first)]
            )
            function = self._function(kind, group) or self._function(kind, group := [first])
            if function is not None:
                self._add(function, group)
            waiting = [step for step in waiting if step not in group]

    def _add(self, function: Function, group: Sequence[Step]) -> None:
        self.functions[function.name] = function
        self.taken.add(function.name)
        for step in group:
            self._functions_of[step.name] = function

    def _is_shared(self, step: Step) -> bool:
        for position in step.all_nodes():
            found = self.asked[position]
            if found is not None and any(layer_of(each) in self.layers for each in found.steps):
                return True
        return False

    def _function(self, kind: str, steps: Sequence[Step]) -> Function | None:
        hints: dict[str, dict[int, Any]] = {}
        for use, step in enumerate(steps):
            for name, value in step.parameters.items():
                if not isinstance(value, dict):
                    hints.setdefault(name, {})[use] = value
        name = identifier(kind, "block")
        while name in self.taken:
            name = f"{name}_" if not name[-1].isdigit() and name.endswith("_") else _again(name)
        scope = Scope([step.name for step in steps], hints, {*self.taken, name, "x", "i", "j", "k"})
        scope.inside = frozenset(position for step in steps for position in step.all_nodes())
        sizes = [
            size for step in steps for size in self.graph.nodes[step.reads[0]].output[-1:] if isinstance(size, int)
        ]
        if len(sizes) == len(steps):
            scope.channels = dict(enumerate(sizes))
        read, out = Variable(name="x"), Variable()
        entries = tuple(Entry(use, (), {step.reads[0]: read}) for use, step in enumerate(steps))
        view = View(scope, entries)
        try:
            body = self.listed(view, [step.branches[0].steps for step in steps], [step.reads[0] for step in steps], out)
        except Apart:
            return None
        if any(self._leaks(step) for step in steps):
            return None
        statements = (*body, Return(Ref(out)))
        reads = (read, *scope.outside.values())
        if scope.with_channels:
            statements = (Assign((Variable(name="channels"),), Part(Ref(read), ".shape[-1]")), *statements)
        self._defaults(kind, scope)
        ordered = sorted(scope.parameters.items(), key=lambda item: bool(item[1].default))
        return Function(
            name, reads, dict(ordered), statements, kind, tuple(step.name for step in steps), tuple(scope.outside)
        )

    def _defaults(self, kind: str, scope: Scope) -> None:
        """What parameters are where nothing is given: as in the spec, as in Keras, or as in most uses."""
        known = {identifier(each.name, "value"): each.default for each in self.spec.blocks[kind].parameters}
        for name, parameter in scope.parameters.items():
            default = known.get(name)
            if name in known:
                value = plain_value(default) if isinstance(default, Scalar) else None
                used = any(same(value, each) for each in parameter.values.values())
                parameter.default = (value,) if used else ()
            elif not parameter.default:
                parameter.default = _commonest(list(parameter.values.values()))

    def _leaks(self, step: Step) -> bool:
        """Whether something outside of a block reads more of it than what it gives."""
        inside = set(step.all_nodes())
        return any(
            position != step.output and (position in self.outputs or not self.readers.get(position, set()) <= inside)
            for position in inside
        )

    def model(self) -> tuple[tuple[Statement, ...], Scope]:
        """The statements of the function that builds the model, without its inputs and its end."""
        scope = Scope([""], {}, {*self.taken})
        view = View(scope, (Entry(0, (), {}),))
        written: Statements = []
        for name, position in self.graph.inputs.items():
            variable = Variable(name=identifier(name, "value"))
            scope.variables[position] = variable
            written.append(Assign((variable,), self._input(position)))
        out = Variable()
        stages = self.graph.stages
        current = next(iter(self.graph.inputs.values()))
        for number, stage in enumerate(stages):
            after = stages[number + 1] if number + 1 < len(stages) else None
            following = [[after.steps[0]]] if after else [[]]
            last = [[stage.steps[-1]]]
            kept = after is not None and self.kept(last, following)
            target = Variable(identifier(stage.slug, "stage")) if kept else out
            written.append(Comment(stage.title))
            written += self._stage(view, stage.steps, current, out, target)
            current = stage.output
        return tuple(written), scope

    def _stage(self, view: View, steps: tuple[Step, ...], current: int, out: Variable, target: Variable) -> Statements:
        if target is out:
            return self.listed(view, [steps], [current], out)
        before, last = last_run(steps)
        written: Statements = []
        if before:
            written = self.listed(view, [before], [current], out)
        if len(last) > 1:
            written += self.column(view, [last], out)
            written.append(Assign((target,), Ref(out)))
            view.scope.variables[last[-1].output] = target
            return written
        return written + self.column(view, [last], target)

    def _input(self, position: int) -> Expression:
        node = self.graph.nodes[position]
        sizes = tuple(size if isinstance(size, int) else None for size in node.output)
        dtype = self.graph.dtypes.get(node.name, "float32")
        more = (Keyword("dtype", Literal(dtype), ("float32",)), Keyword("name", Literal(node.name)))
        return Call(Name("keras.Input"), (Literal(sizes),), more)


def _commonest(values: Sequence[Any]) -> tuple[Any, ...]:
    """The value of more than half of the uses, if there is one."""
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
