"""The function that builds the model: the stages one after the other, from the inputs to the outputs."""

from cnnspec.reports.code.functions import Functions
from cnnspec.reports.code.operations import Statements
from cnnspec.reports.code.parameters import INDEXES, Scope
from cnnspec.reports.code.syntax import (
    Assign,
    Call,
    Comment,
    Expression,
    Keyword,
    Literal,
    Name,
    Statement,
    Symbol,
    Variable,
)
from cnnspec.reports.code.uses import Entry, View
from cnnspec.reports.code.variables import identifier


class Writer(Functions):
    """Writes a graph as functions, of which the last builds the model."""

    @property
    def taken_in_model(self) -> set[str]:
        """Names that no variable of the model's function can have."""
        return {*self.taken, *self.reserved, *map(identifier, self.graph.inputs), *self.arguments.values}

    def model(self) -> tuple[tuple[Statement, ...], Scope]:
        """The statements of the function that builds the model, without its inputs and its end."""
        scope = Scope([""], {}, self.taken_in_model)
        view = View(scope, (Entry(0, (), {}),))
        written: Statements = []
        used = {*self.taken, *self.arguments.values, *INDEXES}
        for name, position in self.graph.inputs.items():
            word = identifier(name, "value")
            variable = Variable(name=word if word not in used else scope.free(word))
            used.add(variable.name)
            scope.variables[position] = variable
            written.append(Assign((variable,), self._input(position)))
        stages = self.graph.stages
        current = next(iter(self.graph.inputs.values()))
        for number, stage in enumerate(stages):
            after = stages[number + 1] if number + 1 < len(stages) else None
            following = [[after.steps[0]]] if after else [[]]
            last = [[stage.steps[-1]]]
            kept = after is not None and self.kept(last, following)
            target = Variable(identifier(stage.slug, "stage") if kept else "", lead="")
            written.append(Comment(stage.title))
            written += self.listed(view, [stage.steps], [current], target)
            scope.variables[stage.output] = target
            current = stage.output
        return tuple(written), scope

    def _input(self, position: int) -> Expression:
        node = self.graph.nodes[position]
        shape = self.arguments.shapes.get(node.name, node.output)
        sizes = tuple(size if isinstance(size, int | Symbol) else None for size in shape)
        dtype = self.graph.dtypes.get(node.name, "float32")
        more = (Keyword("dtype", Literal(dtype), ("float32",)), Keyword("name", Literal(node.name)))
        return Call(Name("keras.Input"), (Literal(sizes),), more)
