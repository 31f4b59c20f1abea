"""A walk through a network, stage by stage, that can be read aloud."""

from collections.abc import Iterator

from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Stage, Step
from cnnspec.layers.base import Layer
from cnnspec.layers.phrase import words
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.reports.explain.costs import percent
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Grid, Paragraph, Section
from cnnspec.reports.numbers import count, field, listed, plural
from cnnspec.reports.summary.collect import weight_layers

_MOST_KINDS = 6


def walk_sections(network: Network) -> Iterator[Section]:
    """What goes in, each stage, what comes out, and what it learns from."""
    yield Section("", tuple(map(Paragraph, _whole(network))))
    for stage in network.graph.stages:
        yield Section(stage.title, tuple(map(Paragraph, stage_passage(network, stage))))
    yield Section("what it learns", tuple(map(Paragraph, _learning(network))))
    yield Section("", (Paragraph(_more(network)),))


def _whole(network: Network) -> Iterator[str]:
    spec, graph, sums = network.spec, network.graph, network.totals
    if spec.description:
        yield spec.description
    inputs = " and ".join(f"{name} of {write_shape(graph.nodes[at].output)}" for name, at in graph.inputs.items())
    outputs = " and ".join(f"{name} of {write_shape(graph.nodes[at].output)}" for name, at in graph.outputs.items())
    yield (
        f"The network reads {inputs}, goes through {plural(len(graph.stages), 'stage')} and gives {outputs}. It is "
        f"{plural(weight_layers(graph), 'weight layer')} deep, has {plural(sums.params, 'parameter')}, and takes "
        f"{_macs(sums.macs)} for one example."
    )


def _macs(macs: int | None) -> str:
    return "a number of multiply-adds that an unknown length decides" if macs is None else plural(macs, "multiply-add")


def stage_passage(network: Network, stage: Stage) -> Iterator[str]:
    """A stage in a few sentences: what it reads, what it does, what it gives, what it costs, how far it sees."""
    graph = network.graph
    own = frozenset(stage.all_nodes())
    before = [position for at in sorted(own) for position in graph.nodes[at].inputs if position not in own]
    reads = " and ".join(dict.fromkeys(write_shape(graph.nodes[at].output) for at in before)) or "nothing"
    given = graph.nodes[stage.output].output
    yield f"It reads {reads} and gives {write_shape(given)}: {', then '.join(_steps(network, stage.steps))}."
    sums = totals(graph.nodes[at] for at in own)
    shares = [
        f"{plural(sums.params, 'parameter')} ({percent(sums.params, network.totals.params)})"
        if sums.params
        else "no parameters",
        f"{plural(sums.macs, 'multiply-add')} ({percent(sums.macs, network.totals.macs)})"
        if sums.macs and network.totals.macs
        else "",
    ]
    view = network.views[stage.output]
    sees = (
        f" A number of its output sees {field(view.window)} pixels or steps along a side." if view is not None else ""
    )
    yield (
        f"That takes {' and '.join(filter(None, shares))} of the network's.{sees}"
        if sums.params
        else f"It learns nothing.{sees}"
    )


def _steps(network: Network, steps: tuple[Step, ...]) -> list[str]:
    """The steps in words, equal ones in a row counted."""
    said: list[tuple[str, int]] = []
    for step in steps:
        text = step_words(network, step)
        if said and said[-1][0] == text:
            said[-1] = (text, said[-1][1] + 1)
        else:
            said.append((text, 1))
    return [text if times == 1 else f"{times} times {text}" for text, times in said]


def step_words(network: Network, step: Step) -> str:
    """One step in words."""
    if step.layer is not None:
        read = network.shapes(step.reads)
        return _layer_words(step.layer, read, network.graph.nodes[step.output].output)
    inner = [", ".join(_steps(network, branch.steps)) or "the input as it is" for branch in step.branches]
    if step.kind == "residual":
        return f"a residual block ({inner[0]}; shortcut {step.shortcut})"
    if step.kind == "parallel":
        return f"{len(inner)} branches side by side ({'; '.join(inner)}), joined by {step.merge}"
    return f"a block {step.kind} ({'; '.join(inner)})" if inner else words(step.kind)


def _layer_words(layer: Layer, read: tuple[Shape, ...], given: Shape) -> str:
    phrase = layer.phrase(read[0], given) if read else None
    if phrase is None:
        return words(layer.kind)
    if layer.weighs and layer.slides:
        return (
            f"{words(layer.kind)} {phrase.text}"
            + (f" with stride {phrase.stride}" if phrase.stride else "")
            + _tail(layer)
        )
    return phrase.text + (f" with stride {phrase.stride}" if phrase.stride else "") + _tail(layer)


def _tail(layer: Layer) -> str:
    return f", {layer.ends_in}" if layer.weighs and layer.ends_in != "linear" else ""


def _learning(network: Network) -> Iterator[str]:
    spec, training = network.spec, network.spec.training
    if training is None:
        yield "The spec has no training: it is an architecture alone."
        return
    losses = ", ".join(f"{name}: {_name(network.graph.losses.get(name))}" for name in network.graph.learnt)
    optimizer = training.optimizer.kind if training.optimizer is not None else "none"
    how = f"over {training.epochs} epochs by {optimizer}, in batches of {training.batch_size}"
    yield f"It is trained {how}; its loss is {losses}."
    if spec.data is not None:
        yield f"The data comes from the source {spec.data.source}."


def _name(loss: object) -> str:
    return str(getattr(loss, "kind", loss))


def _more(network: Network) -> str:
    names = [stage.slug for stage in network.graph.stages]
    places = f"{listed(names)}, a layer's name, or a key as training.loss"
    return f"More of each: cnnspec explain {network.spec.shown} PLACE, where PLACE is {places}."


def stage_sections(network: Network, stage: Stage) -> Iterator[Section]:
    """A stage alone, with its layers."""
    yield Section("", tuple(map(Paragraph, stage_passage(network, stage))))
    rows = [("layer", "gives", "parameters", "multiply-adds")]
    for at in sorted(stage.all_nodes()):
        node = network.graph.nodes[at]
        short = node.name.removeprefix(f"{stage.slug}.")
        macs = node.facts.macs
        sums = totals([node])
        rows.append(
            (
                short,
                write_shape(node.output),
                count(sums.params),
                count(macs) if isinstance(macs, int) else "unknown",
            )
        )
    yield Section("its layers", (Grid("", tuple(rows)),))
