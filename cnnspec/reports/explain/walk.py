"""A walk through a network, stage by stage, that can be read aloud."""

from collections.abc import Iterator

from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Stage, Step
from cnnspec.layers.affine import Affine
from cnnspec.layers.base import Layer
from cnnspec.layers.phrase import window, words
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.reports.explain.costs import percent, sum_figures, window_seen
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Grid, Paragraph, Part, Points, Section
from cnnspec.reports.numbers import count, listed, plural
from cnnspec.reports.summary.collect import weight_layers

_MOST_KINDS = 6


def walk_sections(network: Network) -> Iterator[Section]:
    """What goes in, each stage, what comes out, and what it learns from."""
    yield Section("", tuple(map(Paragraph, _whole(network))))
    for stage in network.graph.stages:
        yield Section(stage.title, tuple(stage_parts(network, stage)))
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


def stage_parts(network: Network, stage: Stage) -> Iterator[Part]:
    """A stage in a few sentences: what it reads, what it does, what it gives, what it costs, how far it sees."""
    graph, own = network.graph, frozenset(stage.all_nodes())
    before = [position for at in sorted(own) for position in graph.nodes[at].inputs if position not in own]
    reads = " and ".join(dict.fromkeys(write_shape(graph.nodes[at].output) for at in before)) or "nothing"
    yield Paragraph(f"It reads {reads} and gives {write_shape(graph.nodes[stage.output].output)}:")
    yield Points(tuple(_steps(network, stage.steps)))
    yield Paragraph(" ".join(filter(None, (_costs(network, own), _sees(network, stage.output)))))


def _costs(network: Network, own: frozenset[int]) -> str:
    """Parameters and multiply-adds, with their shares of the network's."""
    sums, whole = totals(network.graph.nodes[at] for at in own), network.totals
    params = f"{plural(sums.params, 'parameter')} ({percent(sums.params, whole.params)})" if sums.params else ""
    macs = f"{plural(sums.macs, 'multiply-add')} ({percent(sums.macs, whole.macs)})" if sums.macs and whole.macs else ""
    both = " and ".join(filter(None, (params, macs)))
    return f"That takes {both} of the network's." if both else "It learns nothing, and multiplies nothing by weights."


def _sees(network: Network, output: int) -> str:
    view = network.views[output]
    return f"One number of its output sees {window_seen(view.window)} places of the input." if view is not None else ""


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
        return _layer_words(step.layer, network.shapes(step.reads), network.graph.nodes[step.output].output)
    inner = ["; then ".join(_steps(network, branch.steps)) or "the input as it is" for branch in step.branches]
    if step.kind == "residual":
        after = network.graph.nodes[step.nodes[-1]].ends_in if step.nodes else "linear"
        last = f"; then {after}" if after != "linear" else ""
        return f"{inner[0]}; {_ADDED.get(step.shortcut, 'then a sum with its shortcut')}{last}"
    if step.kind == "parallel":
        return f"{len(inner)} branches side by side, joined by {step.merge}: {' | '.join(inner)}"
    return f"the block {step.kind}: {' | '.join(inner)}" if inner else words(step.kind)


_ADDED = {
    "identity": "then what was read is added",
    "projection": "then a projection of what was read is added",
    "pad": "then what was read is added, with zeros for the channels that it lacks",
    "none": "with no shortcut",
}


def _layer_words(layer: Layer, read: tuple[Shape, ...], given: Shape) -> str:
    """A layer, its stride, its norm and its activation."""
    phrase, filters = layer.phrase(read[0], given), getattr(layer, "filters", None)
    text = phrase.text
    if layer.slides and layer.weighs and isinstance(filters, int):
        size = window(getattr(layer, "kernel_size", 1), read[0])
        text = f"{words(layer.kind)} with {plural(filters, 'kernel')} of {size}"
    elif layer.weighs and not text.replace("-", " ").startswith(words(layer.kind)):
        text = f"{words(layer.kind)} {text}"
    stride = f"stride {phrase.stride}" if phrase.stride else ""
    norm = words(layer.normalisation.kind) if isinstance(layer, Affine) and layer.normalisation is not None else ""
    last = layer.ends_in if isinstance(layer, Affine) and layer.ends_in != "linear" else ""
    return ", ".join(filter(None, (text, stride, norm, last)))


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
    return f"More of each: cnnspec explain {network.argument} PLACE, where PLACE is {places}."


def stage_sections(network: Network, stage: Stage) -> Iterator[Section]:
    """A stage alone, with its layers."""
    yield Section("", tuple(stage_parts(network, stage)))
    yield Section("", (sum_figures(network, stage.all_nodes(), stage.output),))
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
