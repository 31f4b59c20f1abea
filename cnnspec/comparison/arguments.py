"""Arguments as they count: every declared one, defaults included, so that what is written differently is equal."""

from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.kind import Kind
from cnnspec.layers.model import FieldInfo, Fields

Arguments = tuple[tuple[str, Any], ...]


def of_node(graph: Graph, at: int, names: bool = True) -> Arguments:
    """What a node is beside its kind and what it reads: its layer's arguments, or an input's name, shape and type.

    `names`: whether the name of an input counts.
    """
    node = graph.nodes[at]
    if node.layer is None:
        return _of_input(graph, at, names)
    fields = type(node.layer).model_fields
    given = node.layer.effective(*(graph.nodes[each].output for each in node.inputs))
    held = {name: canonical(value, _is_spread(fields[name])) for name, value in given.items()}
    if not node.facts.weights:
        held.pop("trainable", None)
    return (*held.items(), *_in_training(graph, at, node))


def _of_input(graph: Graph, at: int, names: bool) -> Arguments:
    name = next((name for name, position in graph.inputs.items() if position == at), "")
    held = (("shape", tuple(map(_size, graph.nodes[at].output))), ("dtype", graph.dtypes.get(name)))
    return (("name", name), *held) if names else held


def _size(size: object) -> object:
    """An unknown length is one whatever it is called."""
    return size if isinstance(size, int) else None


def _in_training(graph: Graph, at: int, node: Node) -> Arguments:
    """What the phases of a training change of a node with weights."""
    if not node.facts.weights:
        return ()
    still = tuple(number + 1 for number, each in enumerate(graph.changes) if at in each.frozen)
    rates = tuple(each.rates.get(at, 1.0) for each in graph.changes)
    held: list[tuple[str, Any]] = []
    if still and len(still) < len(graph.changes):
        held.append(("frozen in phases", still))
    if any(rate != 1 for rate in rates):
        held.append(("rate", rates if len(set(rates)) > 1 else rates[:1]))
    return tuple(held)


def canonical(value: Any, spread: bool = False) -> Any:
    """A value that equals those of the same meaning; `spread`: whether one number stands for a list of equal ones."""
    if isinstance(value, Kind):
        return (value.kind, *_of_fields(value))
    if isinstance(value, Fields):
        return tuple(_of_fields(value))
    if isinstance(value, dict):
        return tuple((name, canonical(each)) for name, each in sorted(value.items(), key=lambda item: str(item[0])))
    if isinstance(value, (list, tuple)):
        items = tuple(canonical(each, spread) for each in value)
        return items[0] if spread and items and all(each == items[0] for each in items) else items
    return value


def _of_fields(value: Fields) -> Arguments:
    fields = type(value).model_fields
    return tuple((name, canonical(getattr(value, name), _is_spread(fields[name]))) for name in fields)


def _is_spread(field: FieldInfo) -> bool:
    """Whether an argument is a whole number for every axis, or a list with one for each."""
    return _is_spread_type(field.type)


@cache
def _is_spread_type(type: Any) -> bool:
    parts = set(_parts(type))
    return int in parts and any(get_origin(each) is tuple for each in parts)


def _parts(type: Any) -> tuple[Any, ...]:
    """The types that a type allows for the whole of a value."""
    if get_origin(type) is Annotated:
        return _parts(type.__origin__)
    if get_origin(type) in (Union, UnionType):
        return tuple(part for each in get_args(type) if each is not NoneType for part in _parts(each))
    return (type,)


def shown_value(value: Any) -> Any:
    """A value as a spec would write it, in plain lists, maps and scalars; defaults inside of it are left out."""
    if isinstance(value, Kind):
        told = _told(value)
        return {value.kind: told} if told else value.kind
    if isinstance(value, Fields):
        return _told(value)
    if isinstance(value, dict):
        return {name: shown_value(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown_value(each) for each in value]
    return value


def _told(value: Fields) -> dict[str, Any]:
    fields = type(value).model_fields
    given = ((field.alias or name, getattr(value, name), field) for name, field in fields.items())
    return {name: shown_value(each) for name, each, field in given if field.is_required() or each != field.default}
