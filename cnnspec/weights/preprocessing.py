"""What a network makes of raw numbers before its first weights: a factor and a summand for each channel."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any

from cnnspec.analysis import analyse
from cnnspec.graph.nodes import Graph
from cnnspec.layers.preprocessing import Normalization, Rescaling
from cnnspec.layers.shape import Shape
from cnnspec.runs import reading
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.route import LayerAt
from cnnspec.weights.source import Source
from cnnspec.weights.stored import Store

_EPSILON = 1e-7
"""The least standard deviation that Keras divides by."""
_MUCH = 0.05
"""How far two preparations may lie apart, of the range that one gives."""
_PIXELS, _NUMBERS = (0.0, 255.0), (0.0, 1.0)
_PREPARING = ("InputLayer", "Rescaling", "Normalization")
_FEW, _MOST, _DEEPEST = 4, 4096, 8
"""Channels that are told; numbers that are read of a list, and lists within each other."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Of each channel `factors` times it plus `summands`, one number for all that are alike.

    Of what is `learnt` from data nothing is known before that is seen.
    """

    factors: tuple[float, ...] = (1.0,)
    summands: tuple[float, ...] = (0.0,)
    learnt: bool = False

    def then(self, factors: Sequence[float], summands: Sequence[float]) -> "Prepared":
        """With another factor and summand after it."""
        pairs = _together(self.factors, self.summands, factors, summands)
        held = [(old * factor, moved * factor + summand) for old, moved, factor, summand in pairs]
        return Prepared(tuple(factor for factor, _ in held), tuple(summand for _, summand in held), self.learnt)

    def ends(self, span: tuple[float, float]) -> tuple[tuple[float, float], ...]:
        """What becomes of both ends of a range, of each channel."""
        each = _together(self.factors, self.summands)
        return tuple((factor * span[0] + summand, factor * span[1] + summand) for factor, summand in each)

    def differs(self, other: "Prepared", span: tuple[float, float]) -> bool:
        """Whether a network trained with the other would be told something else."""
        if self.learnt or other.learnt:
            return self.learnt != other.learnt
        for (low, high), (least, most) in _together(self.ends(span), other.ends(span)):
            if max(abs(low - least), abs(high - most)) > _MUCH * max(abs(most - least), _EPSILON):
                return True
        return False

    def words(self, span: tuple[float, float]) -> str:
        """`0 to 255 as -1 to 1`."""
        if self.learnt:
            return "by mean and variance that are learnt"
        ends = [f"{low:.3g} to {high:.3g}" for low, high in self.ends(span)[:_FEW]]
        return f"{span[0]:g} to {span[1]:g} as {', '.join(dict.fromkeys(ends))}"

    @property
    def written(self) -> str:
        """The entry that does it."""
        if self.learnt:
            return "normalization"
        return f"rescaling: {{scale: {_listed(self.factors)}, offset: {_listed(self.summands)}}}"


def doubts(graph: Graph, source: Source, store: Store) -> Iterator[Diagnostic]:
    """A warning for each input whose numbers the weights were trained with otherwise, as far as that is known."""
    for name, there in _there(source, store, graph).items():
        here = prepared_in(graph).get(name)
        span = _span(graph.nodes[graph.inputs[name]].output)
        if here is not None and here.differs(there, span):
            message = f"the weights were trained with {there.words(span)}; {name} is read {here.words(span)}"
            plain = there == Prepared()
            help = "leave out what rescales or normalises it" if plain else f"prepare it as there: {there.written}"
            at = LayerAt(_first(graph, name))
            yield Diagnostic("other-preprocessing", message, None, "warning", help=help, at=at)


def prepared_in(graph: Graph) -> dict[str, Prepared]:
    """What a network makes of each of its inputs."""
    return {name: _followed(graph, position) for name, position in graph.inputs.items()}


def _followed(graph: Graph, position: int) -> Prepared:
    found = Prepared()
    for node in _chain(graph, position):
        layer = graph.nodes[node].layer
        if isinstance(layer, Rescaling):
            found = found.then(_numbers(layer.scale), _numbers(layer.offset))
        elif isinstance(layer, Normalization):
            found = _normalised(found, layer.mean, layer.variance, layer.invert)
    return found


def _chain(graph: Graph, position: int) -> Iterator[int]:
    """The layers that prepare an input, one after the other, until something else is computed of it."""
    while True:
        readers = [at for at, node in enumerate(graph.nodes) if position in node.inputs]
        layer = graph.nodes[readers[0]].layer if len(readers) == 1 else None
        if layer is None or not (layer.prepares or layer.passes_values or layer.moves):
            return
        position = readers[0]
        yield position


def _first(graph: Graph, name: str) -> str:
    """The layer where an input begins to be prepared, else that input."""
    chain = _chain(graph, graph.inputs[name])
    found = (at for at in chain if isinstance(graph.nodes[at].layer, Rescaling | Normalization))
    return graph.nodes[next(found, graph.inputs[name])].name


def _there(source: Source, store: Store, graph: Graph) -> dict[str, Prepared]:
    """What the weights were trained with, by the names of the inputs here, where it is known."""
    if source.run is not None:
        return _of_run(source.run, graph)
    if store.config is None or len(graph.inputs) != 1:
        return {}
    found = _of_config(store.config)
    return {} if found is None else dict.fromkeys(graph.inputs, found)


def _of_run(run: RunFolder, graph: Graph) -> dict[str, Prepared]:
    """A run's spec says all of it."""
    there = analyse(str(run.spec), trained=True).graph
    known = {} if there is None else prepared_in(there)
    if len(known) == len(graph.inputs) == 1:
        return dict(zip(graph.inputs, known.values(), strict=True))
    return {name: known[name] for name in graph.inputs if name in known}


def _of_config(config: Mapping[str, Any]) -> Prepared | None:
    """What a file's model does before its first other layer; None where it prepares nothing, and others may have."""
    found, prepares = Prepared(), False
    for name, arguments in _layers(config):
        if name not in _PREPARING:
            break
        if name == "Rescaling":
            scale, offset = (_numbers(arguments.get(key, usual)) for key, usual in (("scale", 1.0), ("offset", 0.0)))
            found, prepares = found.then(scale, offset), True
        if name == "Normalization":
            given = arguments.get("mean"), arguments.get("variance"), bool(arguments.get("invert"))
            found, prepares = _normalised(found, *given), True
    return found if prepares else None


def _layers(config: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    inner = config.get("config")
    listed = inner.get("layers") if isinstance(inner, dict) else None
    for layer in listed if isinstance(listed, list) else ():
        arguments = layer.get("config") if isinstance(layer, dict) else None
        kind = layer.get("class_name") if isinstance(layer, dict) else None
        yield str(kind), arguments if isinstance(arguments, dict) else {}


def _normalised(before: Prepared, mean: Any, variance: Any, invert: bool) -> Prepared:
    if mean is None or variance is None:
        return Prepared(learnt=True)
    spread = [max(sqrt(abs(each)), _EPSILON) for each in _numbers(variance)]
    means = _numbers(mean)
    if invert:
        return before.then(spread, means)
    pairs = _together(spread, means)
    return before.then([1 / each for each, _ in pairs], [-middle / each for each, middle in pairs])


def _numbers(value: Any, depth: int = 0) -> tuple[float, ...]:
    """A number, or those of a list, however it is nested; a file's may hold anything, which counts as nothing."""
    if isinstance(value, list | tuple) and depth < _DEEPEST:
        return tuple(number for each in value[:_MOST] for number in _numbers(each, depth + 1))[:_MOST] or (0.0,)
    found = reading.number(value)
    return (found if found is not None and isfinite(found) else 0.0,)


def _together(*each: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Channel by channel; one value stands for all channels."""
    count = max(map(len, each))
    return list(zip(*((list(one) * count)[:count] for one in each), strict=True))


def _listed(numbers: Sequence[float]) -> str:
    shown = [f"{number:.6g}" for number in numbers]
    return shown[0] if len(set(shown)) == 1 else f"[{', '.join(shown)}]"


def _span(shape: Shape) -> tuple[float, float]:
    """Between which numbers an input lies: pixels, or any."""
    return _PIXELS if len(shape) == 3 and shape[-1] in (1, 3, 4) else _NUMBERS
