"""Which of a spec's variables are arguments of the model's function: those that change numbers alone.

Each variable is given other values, and the network is expanded anew. Where the same layers then ask for the same but
for numbers that are the variable, a multiple, a part or a sum of it, those numbers are said by the variable.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from cnnspec.graph.expand import expand
from cnnspec.graph.nodes import Graph, Step
from cnnspec.language.interpolation import Variables
from cnnspec.language.kind_defaults import read_defaults
from cnnspec.language.spec import Spec
from cnnspec.reports.code.asked import Calls, asked
from cnnspec.reports.code.keras_calls import Dtype, Made, Tensor
from cnnspec.reports.code.syntax import Call, Expression, Literal, Name, Operation, Part, Symbol, same
from cnnspec.reports.code.variables import identifier
from cnnspec.source.diagnostic import Collected, has_errors
from cnnspec.source.frozen import frozen
from cnnspec.source.values import Scalar

Place = tuple[Any, ...]
"""Where a value is: of a node its position and the literal's number, of a step its number and the argument's name."""


_APART: Place = ("apart",)
"""Where networks differ by more than values."""


_CHECKS = 2
"""For how many more values the formulas have to hold."""


@frozen
class Formula:
    """A variable, or a number made of it: its text, the operator, and what stands on the other side."""

    text: str
    operator: str
    number: int

    def of(self, value: Any) -> Any:
        """The number for a value of the variable."""
        if not self.operator:
            return value
        if self.operator == "//":
            return value // self.number if self.number else None
        return value * self.number if self.operator == "*" else value + self.number


@frozen
class Arguments:
    """The arguments with their values, and what is said by them: literals by identity, inputs' shapes, hints.

    `fixed` are the other variables.
    """

    values: dict[str, Any]
    literals: dict[int, Any]
    shapes: dict[str, tuple[Any, ...]]
    hints: dict[tuple[str, str], Any]
    fixed: tuple[str, ...]


class _Form:
    """A network as what stays the same, and the values in it, each at its place."""

    def __init__(self, graph: Graph, calls: Calls) -> None:
        self.graph, self.calls = graph, calls
        self.names = [node.name for node in graph.nodes]
        self.steps = [step for stage in graph.stages for written in stage.steps for step in written.all_steps()]
        self._read: dict[int, tuple[list[Any], list[Literal]]] = {}

    def node(self, position: int) -> tuple[list[Any], list[Literal]]:
        """What a node asks for, as what stays the same, and the literals in it."""
        if position not in self._read:
            skeleton: list[Any] = []
            literals: list[Literal] = []
            call = self.calls[position]
            for step in call.steps if call else ():
                _read(step.made, skeleton, literals)
            self._read[position] = skeleton, literals
        return self._read[position]

    def value(self, place: tuple[Any, ...]) -> Any:
        """The value at a place, which is that of a literal, of an input's shape or of a block's argument."""
        kind, where, name, *inside = place
        if kind == "node":
            value = self.node(where)[1][name].value
        else:
            value = self.graph.nodes[where].output if kind == "shape" else self.steps[where].parameters[name]
        for number in inside:
            value = value[number]
        return value


def _read(expression: Expression, skeleton: list[Any], literals: list[Literal]) -> None:
    if isinstance(expression, Literal):
        skeleton.append("value")
        literals.append(expression)
        return
    skeleton.append(_said(expression))
    for inner in expression.inner() if not isinstance(expression, Tensor) else ():
        _read(inner, skeleton, literals)


def _said(expression: Expression) -> Any:
    if isinstance(expression, Name | Part):
        return expression.text
    if isinstance(expression, Operation):
        return expression.operator
    if isinstance(expression, Call):
        return tuple(keyword.name for keyword in expression.keywords)
    if isinstance(expression, Made | Dtype):
        return type(expression).__name__
    return getattr(expression, "position", type(expression).__name__)


def arguments_of(spec: Spec, graph: Graph, calls: Calls, taken: frozenset[str]) -> Arguments:
    """The variables that are arguments, and what they say of the calls."""
    base = _Form(graph, calls)
    known: dict[str, dict[Place, Formula]] = {}
    words = [identifier(name, "value") for name in spec.variables.raw]
    numbers = {
        name: value
        for name, value in _numbers(spec)
        if (word := identifier(name, "value")) not in taken and words.count(word) == 1
    }
    tried: dict[str, int | float] = {}
    for name, value in numbers.items():
        for other in _others(value):
            form = _changed(spec, base, {name: other})
            if form is not None:
                found = _formulas(base, form, name, value, other)
                if found and not any(place in other for other in known.values() for place in found):
                    known[name], tried[name] = found, other
                break
    sure = (
        known
        if _hold(spec, base, known, numbers, tried)
        else {name: found for name, found in known.items() if _hold(spec, base, {name: found}, numbers, tried)}
    )
    return _told(spec, base, {name: numbers[name] for name in sure}, sure)


def _told(
    spec: Spec, base: _Form, values: Mapping[str, int | float], known: Mapping[str, Mapping[Place, Formula]]
) -> Arguments:
    texts = {place: formula.text for found in known.values() for place, formula in found.items()}
    said = {place[:3]: _with_symbols(place[:3], base.value(place[:3]), texts) for place in texts}
    nodes, steps = base.graph.nodes, base.steps
    return Arguments(
        {identifier(name, "value"): value for name, value in values.items()},
        {id(base.node(where)[1][number]): value for (kind, where, number), value in said.items() if kind == "node"},
        {nodes[where].name: value for (kind, where, _), value in said.items() if kind == "shape"},
        {(steps[where].name, name): value for (kind, where, name), value in said.items() if kind == "hint"},
        tuple(name for name in spec.variables.raw if name not in values),
    )


def _numbers(spec: Spec) -> Iterator[tuple[str, int | float]]:
    for name, value in spec.variables.raw.items():
        if isinstance(value, Scalar) and isinstance(value.value, int | float) and not isinstance(value.value, bool):
            yield name, value.value


def _others(value: int | float) -> Iterator[int | float]:
    """Other values: those nearby, then those that share more divisors."""
    if isinstance(value, float):
        yield from (value * 0.75, value * 0.5, value * 1.5, value + 0.125)
    else:
        yield from (value + 1, 2 * value, 3 * value, value + 2, 4 * value, value // 2)


def _hold(
    spec: Spec,
    base: _Form,
    known: Mapping[str, Mapping[Place, Formula]],
    numbers: Mapping[str, int | float],
    tried: Mapping[str, int | float],
) -> bool:
    """Whether the formulas say all that differs for yet other values of these variables, all changed at once."""
    rows = [[other for other in _others(numbers[name]) if other != tried[name]] for name in known]
    checked = 0
    for row in zip(*rows, strict=False):
        others = dict(zip(known, row, strict=True))
        form = _changed(spec, base, others)
        if form is None:
            continue
        told = {place: formula.of(others[name]) for name, found in known.items() for place, formula in found.items()}
        if not all(place in told and same(told[place], value) for place, value in _differences(base, form)):
            return False
        checked += 1
        if checked == _CHECKS:
            return True
    return checked == _CHECKS


def _changed(spec: Spec, base: _Form, others: Mapping[str, int | float]) -> _Form | None:
    """The network with other values of variables; None where it is none, or not of the same layers."""
    graph = _expanded(spec, others)
    if graph is None:
        return None
    form = _Form(graph, ())
    if form.names == base.names and [_outline(step) for step in form.steps] == [_outline(step) for step in base.steps]:
        form.calls = asked(graph, (base.graph, base.calls))
        return form
    return form


def _outline(step: Step) -> tuple[str, ...]:
    return (step.name, step.kind, step.shortcut, *step.parameters)


def _expanded(spec: Spec, others: Mapping[str, int | float]) -> Graph | None:
    found = Collected(lambda _: True)
    raw = dict(spec.variables.raw)
    for name, value in others.items():
        raw[name] = replace(cast(Scalar, raw[name]), value=value, text=repr(value))
    variables = Variables(raw, found.add)
    changed = replace(spec, variables=variables, defaults=read_defaults(spec.root, variables, found.add))
    graph = expand(changed, found.add).graph
    return None if has_errors(found.ordered()) else graph


def _formulas(base: _Form, form: _Form, name: str, value: int | float, other: int | float) -> dict[Place, Formula]:
    """By place, how what differs is said by the variable; nothing where some of it is not."""
    said = identifier(name, "value")
    different = dict(_differences(base, form))
    if _APART in different:
        return {}
    found = {place: _formula(said, value, other, base.value(place), now) for place, now in different.items()}
    return {place: formula for place, formula in found.items() if formula} if all(found.values()) else {}


def _differences(base: _Form, form: _Form) -> Iterator[tuple[Place, Any]]:
    """Where values differ, each place with the value that is there now; a list's items have places of their own."""
    if not form.calls:
        yield _APART, None
        return
    for position in base.graph.inputs.values():
        yield from _different(
            ("shape", position, ""), base.graph.nodes[position].output, form.graph.nodes[position].output
        )
    for number, (one, two) in enumerate(zip(base.steps, form.steps, strict=True)):
        for name, value in one.parameters.items():
            yield from _different(("hint", number, name), value, two.parameters[name])
    for position, (was, now) in enumerate(zip(base.calls, form.calls, strict=True)):
        if was is now:
            continue
        (skeleton, literals), (other, others) = base.node(position), form.node(position)
        if skeleton != other:
            yield _APART, None
            return
        for number, pair in enumerate(zip(literals, others, strict=True)):
            yield from _different(("node", position, number), pair[0].value, pair[1].value)


def _different(place: Place, one: Any, other: Any) -> Iterator[tuple[Place, Any]]:
    if isinstance(one, tuple | list) and type(one) is type(other) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from _different((*place, number), *pair)
    elif not same(one, other):
        yield place, other


def _formula(said: str, value: int | float, other: int | float, was: Any, now: Any) -> Formula | None:
    """The variable, a multiple, a part, or a sum of it, that gives both values; None if none of these does."""
    if type(was) is not type(now) or type(was) not in (int, float):
        return None
    formulas = [Formula(said, "", 0)]
    if type(value) is int and type(was) is int and value and was:
        more = was - value
        formulas += [
            Formula(f"{was // value} * {said}", "*", was // value),
            Formula(f"{said} // {value // was}", "//", value // was),
        ]
        formulas.append(Formula(f"{said} {'+' if more > 0 else '-'} {abs(more)}", "+", more))
    return next((each for each in formulas if same(each.of(value), was) and same(each.of(other), now)), None)


def _with_symbols(place: Place, value: Any, texts: Mapping[Place, str]) -> Any:
    if place in texts:
        return Symbol(value, texts[place])
    if isinstance(value, tuple | list):
        items = [_with_symbols((*place, number), item, texts) for number, item in enumerate(value)]
        return type(value)(items)
    return value
