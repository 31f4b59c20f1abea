"""Several expressions of one form as one: what differs becomes parameters, indexes and variables."""

from collections.abc import Sequence
from typing import Any, cast

from cnnspec.reports.code.asked import At
from cnnspec.reports.code.keras_calls import Dtype, Made, Tensor, first_words
from cnnspec.reports.code.parameters import Apart
from cnnspec.reports.code.syntax import (
    Call,
    Expression,
    Keyword,
    Listed,
    Literal,
    Name,
    Operation,
    Part,
    Ref,
    Variable,
)
from cnnspec.reports.code.uses import View


class Merging:
    """Merges what stands in one view. `held` are variables of what was made before, by the first of its expressions."""

    def __init__(self, view: View, layers: dict[int, Variable], symbols: dict[int, Any]) -> None:
        self.view, self.layers, self.symbols = view, layers, symbols
        self.held: dict[int, Variable] = {}

    def merged(self, each: Sequence[Expression], word: str = "value") -> Expression:
        """One expression for all; raises Apart."""
        first = each[0]
        if len({type(one) for one in each}) > 1:
            return self._apart(each)
        if isinstance(first, Tensor):
            return self._tensor(cast(Sequence[Tensor], each))
        if isinstance(first, At):
            return self.view.variable([cast(At, one).position for one in each])
        if isinstance(first, Literal):
            return self.view.said([self._value(one) for one in each], word)
        if isinstance(first, Made):
            if id(first) in self.layers:
                return self._layer(cast(Sequence[Made], each))
            return self.merged([cast(Made, one).call for one in each])
        if isinstance(first, Call):
            return self._call(cast(Sequence[Call], each))
        if isinstance(first, Listed):
            return self._list(cast(Sequence[Listed], each))
        if isinstance(first, Operation):
            return self._operation(cast(Sequence[Operation], each))
        if isinstance(first, Part | Name | Dtype):
            return self._rest(each)
        raise TypeError(type(first).__name__)

    def _apart(self, each: Sequence[Expression]) -> Expression:
        raise Apart

    def _tensor(self, each: Sequence[Tensor]) -> Expression:
        held = self.held.get(id(each[0]))
        if held is not None:
            return Ref(held)
        return self.merged([one.made for one in each])

    def _layer(self, each: Sequence[Made]) -> Expression:
        if len(each) > 1:
            raise Apart
        return Ref(self.layers[id(each[0])])

    def _call(self, each: Sequence[Call]) -> Expression:
        functions = self.merged([one.function for one in each])
        if len({len(one.positional) for one in each}) > 1:
            raise Apart
        names = _first_words(each[0])
        positional = tuple(
            self.merged([one.positional[place] for one in each], names[place] if place < len(names) else "value")
            for place in range(len(each[0].positional))
        )
        words = [tuple(keyword.name for keyword in one.keywords) for one in each]
        if len(set(words)) > 1:
            raise Apart
        rows = zip(*(one.keywords for one in each), strict=True)
        return Call(functions, positional, tuple(self._keyword(row) for row in rows))

    def _keyword(self, row: Sequence[Keyword]) -> Keyword:
        name, values = row[0].name, [keyword.value for keyword in row]
        if name == "name" and all(isinstance(value, Literal) for value in values):
            names = [cast(Literal, value).value for value in values]
            return Keyword(name, self.view.layer_name(names))
        if not all(isinstance(value, Literal) for value in values):
            return Keyword(name, self.merged(values, name))
        plain = [self._value(value) for value in values]
        return Keyword(name, self.view.said(plain, name, row[0].default), row[0].default)

    def _list(self, each: Sequence[Listed]) -> Expression:
        if len({len(one.items) for one in each}) > 1:
            raise Apart
        gathered = self._gathered(each)
        if gathered is not None:
            return Ref(gathered)
        rows = zip(*(one.items for one in each), strict=True)
        return Listed(tuple(self.merged(row) for row in rows), each[0].brackets)

    def _value(self, literal: Expression) -> Any:
        """A literal's value, in which arguments of the model stand for some numbers."""
        return self.symbols.get(id(literal), cast(Literal, literal).value)

    def _gathered(self, each: Sequence[Listed]) -> Variable | None:
        """The list that holds all of the items already."""
        found = {self.view.scope.gathered.get(_positions(one)) for one in each}
        return found.pop() if len(found) == 1 else None

    def _operation(self, each: Sequence[Operation]) -> Expression:
        if len({one.operator for one in each}) > 1:
            raise Apart
        left, right = self.merged([one.left for one in each]), self.merged([one.right for one in each])
        return Operation(left, each[0].operator, right)

    def _rest(self, each: Sequence[Any]) -> Expression:
        first = each[0]
        if isinstance(first, Dtype):
            return Part(self.merged([one.of for one in each]), ".dtype")
        if len({one.text for one in each}) > 1:
            raise Apart
        return first if isinstance(first, Name) else Part(self.merged([one.of for one in each]), first.text)


def _first_words(call: Call) -> tuple[str, ...]:
    """What the arguments without names are called."""
    return first_words(call.function.text.split(".")[-1]) if isinstance(call.function, Name) else ()


def _positions(listed: Listed) -> tuple[int, ...]:
    """Of tensors that the graph's nodes give."""
    made = [item.made if isinstance(item, Tensor) else item for item in listed.items]
    return tuple(one.position for one in made if isinstance(one, At))
