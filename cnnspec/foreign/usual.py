"""What all entries of a kind say alike, said once: the defaults of a spec."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cnnspec.foreign.fused import Fused, Node
from cnnspec.foreign.items import Item, Row
from cnnspec.layers import LAYERS
from cnnspec.layers.norm import NORMS

Defaults = dict[str, dict[str, Any]]
_LEARNING = ("_initializer", "_regularizer")
_NORMS = {name: norm.kind for name, norm in NORMS.items()}


def without_usual(fused: Fused) -> tuple[Fused, Defaults]:
    """The nodes without what all of their kind say alike of how weights start and are kept small, and of norms; that.

    It also holds for the layers that a program makes by itself, as those of a gate are.
    """
    defaults: Defaults = {}
    for kind, each in _arguments(fused.nodes).items():
        if len(each) > 1:
            shared = {name: value for name, value in each[0].items() if all(_has(held, name, value) for held in each)}
            learning = {
                name: value for name, value in shared.items() if name.endswith(_LEARNING) or kind in _NORMS.values()
            }
            if learning:
                defaults[kind] = learning
    return replace(fused, nodes=tuple(_stripped(node, defaults) for node in fused.nodes)), defaults


def _has(held: Mapping[str, Any], name: str, value: Any) -> bool:
    return name in held and held[name] == value


def _arguments(nodes: Iterable[Node]) -> dict[str, list[Mapping[str, Any]]]:
    """The arguments of each entry by its kind, those of norms within others among them."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for node in nodes:
        if node.shared is None:
            found.setdefault(node.kind, []).append(_but(node.arguments, "activation"))
            name, held = _norm(node)
            if name:
                found.setdefault(_NORMS[name], []).append(held)
    return found


def _norm(node: Node) -> tuple[str, Mapping[str, Any]]:
    """The norm within an entry, and its arguments."""
    norm = node.arguments.get("norm")
    if isinstance(norm, Mapping):
        ((name, held),) = norm.items()
        return name, held
    return (norm or "", {})


def _but(arguments: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {key: value for key, value in arguments.items() if key != name}


def _stripped(node: Node, defaults: Defaults) -> Node:
    own = defaults.get(node.kind, {})
    arguments = {name: value for name, value in node.arguments.items() if name not in own}
    name, held = _norm(node)
    if name:
        usual = defaults.get(_NORMS[name], {})
        left = {key: value for key, value in held.items() if key not in usual}
        arguments["norm"] = {name: left} if left else name
    return replace(node, arguments=arguments)


_TAKEN_BACK: Mapping[str, Any] = {"norm": "none", "activation": None, "padding": "valid"}


def most_say(rows: Sequence[Row]) -> Defaults:
    """By kind, what more than two thirds of its entries say alike and the others can take back."""
    entries: dict[str, list[Item]] = {}
    for row in rows:
        for item in row:
            for each in item.walk():
                entries.setdefault(each.kind, []).append(each)
    found: Defaults = {}
    for kind, items in entries.items():
        if kind in LAYERS and kind not in _NORMS.values() and len(items) > 3:  # a norm within others follows its kind's
            usual = {name: value for name in _names(items) if (value := _usual(name, items)) is not None}
            found |= {kind: usual} if usual else {}
    return found


def _names(items: Sequence[Item]) -> list[str]:
    fields = LAYERS[items[0].kind].model_fields
    names = dict.fromkeys(name for item in items for name in item.arguments)
    return [name for name in names if name in _LEANING and (name != "padding" or fields[name].default == "valid")]


_LEANING = (*_TAKEN_BACK, "use_bias")


def _usual(name: str, items: Sequence[Item]) -> Any:
    counts = Counter(repr(item.arguments[name]) for item in items if name in item.arguments)
    said, count = counts.most_common(1)[0]
    value = next(item.arguments[name] for item in items if repr(item.arguments.get(name)) == said)
    return value if 3 * count > 2 * len(items) and not (isinstance(value, str) and value.startswith("$")) else None


def leaning(item: Item, defaults: Defaults) -> Item:
    """An entry without what the defaults say, and with what it takes back of it."""
    own = defaults.get(item.kind, {})
    arguments = {
        name: value for name, value in item.arguments.items() if name not in own or repr(value) != repr(own[name])
    }
    for name in own:
        if name not in item.arguments:
            arguments[name] = _TAKEN_BACK.get(name, "norm" not in item.arguments)
            if name == "use_bias" and arguments[name] == own[name]:
                del arguments[name]
    return replace(item, arguments=arguments)
