"""A line for every layer: what the papers say of it, then what is not as usual, so that no two different look alike."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from cnnspec.graph.nodes import Graph, Step
from cnnspec.layers.base import Layer
from cnnspec.layers.kind import Kind
from cnnspec.layers.phrase import Ending, said_with_arguments, words, written_argument
from cnnspec.reports.notation import Line
from cnnspec.reports.safe import shown
from cnnspec.reports.summary.usual import END, INSIDE, Leaf, Usual, leaves, usual_in
from cnnspec.source.frozen import frozen

Settings = tuple[tuple[str, Any], ...]
_HUSHED = frozenset({"epsilon", "momentum", "seed", "synchronized", "keepdims", "depth_multiplier", "mean", "variance"})
"""Arguments that are said only of layers that would look alike otherwise, as all initializers and regularizers."""

PLAIN = (None, (), ())
"""The form of a line of which the text says all."""


@frozen
class _Draft:
    """A line on the way: its parts, and settings that are only said where something else would look alike."""

    leaf: Leaf
    ending: tuple[str, ...]
    settings: Settings
    hushed: Settings

    @property
    def looks(self) -> object:
        """What a reader sees of it."""
        phrase = self.leaf.phrase
        place = self.leaf.place if phrase.ending and self.leaf.place != END else INSIDE
        return phrase.text, phrase.stride, phrase.tail, phrase.padded.said, self.ending, self.settings, place


def lines_of(graph: Graph) -> tuple[dict[int, Line], Usual]:
    """The line of each layer and gate by the position of its output, and what goes without saying."""
    found = leaves(graph)
    usual = usual_in(found, graph)
    partly = _partly_frozen(graph)
    drafts = [_draft(leaf, usual, graph, partly) for leaf in found]
    alike: dict[object, Counter[Settings]] = {}
    looks = [draft.looks for draft in drafts]
    for look, draft in zip(looks, drafts, strict=True):
        alike.setdefault(look, Counter())[draft.hushed] += 1
    common = {look: hushed.most_common(1)[0][0] for look, hushed in alike.items()}
    lines = {
        draft.leaf.step.output: _line(draft, dict(common[look]), usual)
        for look, draft in zip(looks, drafts, strict=True)
    }
    return lines, replace(usual, silent=tuple(_silent(drafts, looks, common)))


def _silent(drafts: Sequence[_Draft], looks: Sequence[object], common: dict[object, Settings]) -> Iterator[str]:
    """What lines do not tell where others that look like them do, unless it is the default."""
    found: dict[str, dict[str, str]] = {}
    for draft, look in zip(drafts, looks, strict=True):
        own = dict(draft.hushed)
        for name, value in common[look]:
            if name != "norm" and own.get(name) != value:
                found.setdefault(name, {})[_named(name, value)] = shown(draft.leaf.phrase.text)
    for said in found.values():
        yield from said if len(said) == 1 else (f"{words} in {where}" for words, where in said.items())


def _draft(leaf: Leaf, usual: Usual, graph: Graph, partly: frozenset[int]) -> _Draft:
    said: list[tuple[str, Any]] = []
    hushed: list[tuple[str, Any]] = []
    for name, value in _settings(leaf):
        (hushed if _is_hushed(name, leaf) else said).append((name, value))
    end, silent = leaf.phrase.ending, usual.ending(leaf)
    if end and silent and end.norm != silent.norm:
        hushed.append(("norm", end.norm))
    if leaf.step.output in partly:
        said.append(("frozen", True))
    ending = tuple(_ending(end, silent)) if end and silent else ()
    return _Draft(leaf, ending, tuple(said), tuple(hushed))


def _is_hushed(name: str, leaf: Leaf) -> bool:
    """Whether an argument changes how a layer starts or is trained; or is in the text, if not to the last digit."""
    first = leaf.step.layer.first_argument() if leaf.step.layer else None
    return name == first or bool(leaf.gate) or _is_quiet(name)


def _settings(leaf: Leaf) -> Iterator[tuple[str, Any]]:
    """The arguments that are not the default, and that the phrase does not tell."""
    if leaf.step.layer is not None:
        yield from _written(leaf.step.layer, leaf.phrase.told)
    elif leaf.gate is not None:
        for title, step in (("squeeze", leaf.gate.squeeze), ("excite", leaf.gate.excite)):
            layer = step.layer
            assert layer is not None
            yield title, layer.kind
            hidden = layer.phrase((1, 1, 1), (1, 1, 1)).told
            yield from ((f"{title} {name}", value) for name, value in _written(layer, hidden))


def _written(layer: Layer, told: frozenset[str]) -> Iterator[tuple[str, Any]]:
    for name in sorted(layer.model_fields_set - told - {"trainable"}):
        value = getattr(layer, name)
        if value != type(layer).model_fields[name].default:
            yield name, value


def _ending(end: Ending, silent: Ending) -> Iterator[str]:
    """What follows on the weights and is not as usual."""
    if end.norm != silent.norm:
        yield _norm(end.norm, silent.norm) if end.norm else "no norm"
    if end.bias != silent.bias:
        yield "bias" if end.bias else "no bias"
    if end.activation != silent.activation:
        yield said_with_arguments(end.activation) if end.activation else "linear"


def _norm(norm: Kind, usual: Kind | None) -> str:
    """The norm by name, with the arguments that tell it from the usual one of its kind, or change what it computes."""
    other = usual if type(usual) is type(norm) else None
    parts = [words(norm.kind)]
    for name, field in type(norm).model_fields.items():
        value, plain = getattr(norm, name), getattr(other, name, field.default)
        if value != plain and (other or not _is_quiet(name)):
            bare = other is None and name == norm.first_argument()
            parts.append(written_argument(value) if bare else _named(name, value))
    return " ".join(parts)


def _is_quiet(name: str) -> bool:
    return name in _HUSHED or name.endswith(("_initializer", "_regularizer"))


def _named(name: str, value: Any) -> str:
    """An argument as words: `epsilon 0.001`, `no center`, `antialias`."""
    if isinstance(value, bool):
        return words(name) if value else f"no {words(name)}"
    return f"{words(name)} {'none' if value is None else written_argument(value)}"


def _line(draft: _Draft, common: dict[str, Any], usual: Usual) -> Line:
    phrase = draft.leaf.phrase
    tail = [phrase.tail, *draft.ending, *(_named(name, value) for name, value in draft.settings)]
    tail += _apart(draft, common)
    padding = phrase.padded.said or ("" if usual.even or phrase.padded.even == "same" else phrase.padded.even)
    form = (phrase.ending, draft.settings, draft.hushed)
    text, told = shown(phrase.text), shown(", ".join(filter(None, tail)))
    rates = None if phrase.rate is None else (phrase.rate, phrase.rate)
    return Line(text, phrase.stride, told, padding, form, phrase.padded.kinds, rates)


def _apart(draft: _Draft, common: dict[str, Any]) -> Iterator[str]:
    """What tells a line from the most frequent one that looks the same."""
    own = dict(draft.hushed)
    for name in dict.fromkeys((*own, *common)):
        value = _value(draft, name)
        if name not in common or value != common[name]:
            yield _named(name, value)


def _value(draft: _Draft, name: str) -> Any:
    """An argument of the layer, or of the layers of a gate."""
    own = dict(draft.hushed)
    return own[name] if name in own else getattr(draft.leaf.step.layer, name, None)


def _partly_frozen(graph: Graph) -> frozenset[int]:
    """Outputs of frozen layers in stages that are not frozen as a whole."""
    found: set[int] = set()
    for stage in graph.stages:
        weights = [at for at in stage.all_nodes() if graph.nodes[at].facts.weights]
        still = {at for at in weights if not _trains(graph, at)}
        if still and len(still) < len(weights):
            found |= {step.output for step in _layers(stage.steps) if still & set(step.nodes)}
    return frozenset(found)


def _trains(graph: Graph, at: int) -> bool:
    layer = graph.nodes[at].layer
    return layer is not None and layer.trainable


def _layers(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        if step.layer is not None:
            yield step
        for branch in step.branches:
            yield from _layers(branch.steps)
