"""Nodes that stand for each other in both networks, and what of them differs: arguments, reads, stages."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cnnspec.comparison.arguments import shown_value
from cnnspec.comparison.difference import Difference
from cnnspec.comparison.differences import ArgumentChanged, Moved, OutputChanged, OutputRenamed, Rewired
from cnnspec.comparison.laid import Laid, of_stage
from cnnspec.comparison.side import Side
from cnnspec.layers.phrase import words


def elsewhere(laid: Laid) -> Iterator[Difference]:
    """Layers that stand in another stage of the other network."""
    groups: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for one, other in sorted(laid.rows.pairs.items()):
        here, there = laid.one.titles[one], laid.other.titles[other]
        if laid.title(here) != there:
            groups[here, there].append((one, other))
    for (here, there), pairs in groups.items():
        said = laid.one.called(pairs[0][0]) if len(pairs) == 1 else f"{len(pairs)} layers"
        names = tuple(laid.name(0, one) for one, _ in pairs), tuple(laid.name(1, other) for _, other in pairs)
        yield Moved(there, of_stage(here), of_stage(there), said, names)


def changed(laid: Laid) -> Iterator[Difference]:
    """Arguments that differ; what differs alike, or by numbers, in several layers of a stage is one difference."""
    groups: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for one, other in sorted(laid.rows.pairs.items()):
        mine, theirs = dict(laid.one.arguments[one]), dict(laid.other.arguments[other])
        kind, title = laid.one.node(one).kind, laid.other.titles[other]
        for name in _comparable(laid, one, mine, theirs):
            if mine.get(name) != theirs.get(name):
                groups[title, kind, name, repr(mine.get(name)), repr(theirs.get(name))].append((one, other))
    rows: dict[tuple[str, str, str], list[list[tuple[int, int]]]] = defaultdict(list)
    for (title, kind, name, _, _), pairs in groups.items():
        rows[title, kind, name].append(pairs)
    for (title, kind, name), found in rows.items():
        changes = [_change(laid, title, kind, name, pairs) for pairs in found]
        yield from [_together(changes, found)] if all(map(_is_number, changes)) and len(changes) > 1 else changes


def _change(laid: Laid, title: str, kind: str, name: str, pairs: list[tuple[int, int]]) -> ArgumentChanged:
    one, other = pairs[0]
    before, after = _argument(laid.one, one, name), _argument(laid.other, other, name)
    names = tuple((laid.name(0, mine), laid.name(1, theirs)) for mine, theirs in pairs)
    return ArgumentChanged(title, before, after, words(kind), name, names)


def _comparable(laid: Laid, one: int, mine: dict[str, Any], theirs: dict[str, Any]) -> Iterator[str]:
    """The arguments of both; one of a layer that has no effect in one of them lost it by another argument."""
    layer = laid.one.layer(one)
    own = type(layer).model_fields if layer is not None else {}
    for name in dict.fromkeys((*mine, *theirs)):
        if name not in own or (name in mine and name in theirs):
            yield name


def rewired(laid: Laid) -> Iterator[Difference]:
    """What reads other layers, or shares other weights, than what stands for it."""
    pairs = {**laid.rows.pairs, **laid.moved}
    back = {other: one for one, other in laid.rows.pairs.items()}
    for one, other in sorted(laid.rows.pairs.items()):
        mine, theirs = laid.one.node(one), laid.other.node(other)
        if (mine.shared is None) != (theirs.shared is None) or (
            mine.shared is not None and theirs.shared is not None and pairs.get(mine.shared) != theirs.shared
        ):
            before, after = _weights_of(laid, 0, mine.shared), _weights_of(laid, 1, theirs.shared)
            yield Rewired(laid.other.titles[other], before, after, laid.other.called(other), "has")
        elif _reads_other(laid, mine.inputs, theirs.inputs, back, laid.other.ordered(other)):
            before, after = (
                ", ".join(laid.name(which, at) for at in node.inputs) for which, node in enumerate((mine, theirs))
            )
            yield Rewired(laid.other.titles[other], before, after, laid.other.called(other))


def _reads_other(
    laid: Laid, mine: tuple[int, ...], theirs: tuple[int, ...], back: dict[int, int], ordered: bool
) -> bool:
    """Whether what is read stands for something else; what is in one network alone is told of as that."""
    if len(mine) != len(theirs):
        return True
    known = [laid.rows.pairs.get(at) for at in mine]
    if None in known or any(at not in back for at in theirs):
        return False
    return (known != list(theirs)) if ordered else Counter(known) != Counter(theirs)


def _weights_of(laid: Laid, which: int, at: int | None) -> str:
    return "weights of its own" if at is None else f"the weights of {laid.name(which, at)}"


def outputs(laid: Laid) -> Iterator[Difference]:
    """Outputs that are other layers, or in one network alone."""
    mine, theirs = (_outputs_of(side) for side in (laid.one, laid.other))
    known = {**laid.rows.pairs, **laid.moved}.values()
    if len(mine) > 1 and not laid.one.has_names:
        theirs = {name: at for name, at in theirs.items() if at not in map(laid.stands_for, mine.values())}
        mine = {name: at for name, at in mine.items() if laid.stands_for(at) not in _outputs_of(laid.other).values()}
    for before, after in list(_renamed(laid, mine, theirs)):
        yield OutputRenamed("", before, after)
        mine = {after if name == before else name: at for name, at in mine.items()}
    for name in dict.fromkeys((*mine, *theirs)):
        one, other = mine.get(name), theirs.get(name)
        if one is not None and other is not None:
            new = not name and other not in known  # an end without a name that is told of as added
            if new or laid.stands_for(one) in (other, None):
                continue
        before, after = ("none" if at is None else laid.name(which, at) for which, at in enumerate((one, other)))
        yield OutputChanged("", before, after, name)


def _renamed(laid: Laid, mine: dict[str, int], theirs: dict[str, int]) -> Iterator[tuple[str, str]]:
    """The names that one output has in each; the only output of both is one, whichever layer gives it."""
    if not (laid.one.has_names and laid.other.has_names):
        return
    only = len(mine) == len(theirs) == 1
    waiting = [name for name in theirs if name not in mine]
    for before in (name for name in mine if name not in theirs):
        after = next((name for name in waiting if only or laid.stands_for(mine[before]) == theirs[name]), None)
        if after is not None:
            waiting.remove(after)
            yield before, after


def _outputs_of(side: Side) -> dict[str, int]:
    """The outputs by name, where somebody chose one."""
    graph = side.graph
    if graph.named_outputs and side.has_names:
        return graph.outputs
    return {str(number or ""): at for number, at in enumerate(graph.outputs.values())}


def _argument(side: Side, at: int, name: str) -> Any:
    """An argument as a spec would write it; None where the layer has none of this name."""
    layer = side.layer(at)
    held = dict(side.arguments[at])
    if layer is None or name not in type(layer).model_fields:
        value = held.get(name)
        return list(value) if isinstance(value, tuple) else value
    if name not in held:
        return None
    return shown_value(layer.effective(*(side.node(each).output for each in side.node(at).inputs)).get(name))


def _is_number(change: ArgumentChanged) -> bool:
    return all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in (change.before, change.after))


def _together(changes: list[ArgumentChanged], places: list[list[tuple[int, int]]]) -> ArgumentChanged:
    """Changes of one argument to several numbers, as the rates that grow from block to block, in order."""
    each = [
        (place, change.before, change.after, names)
        for change, held in zip(changes, places, strict=True)
        for place, names in zip(held, change.names, strict=True)
    ]
    _, before, after, names = zip(*sorted(each, key=lambda one: one[0]), strict=True)
    return replace(changes[0], before=list(before), after=list(after), names=names, each=True)
